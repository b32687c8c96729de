import type { HookEvent } from "../../contract/webhooks.ts";

/** What hooks choose between. `blob` is for the endpoints of a registry's configuration alone. */
export type EventKind = HookEvent | "blob";

/** Who sent the request that caused it, as far as that was written down. */
export interface Asker {
  readonly actor: string;
  readonly address?: string | undefined;
  readonly client?: string | undefined;
  readonly host?: string | undefined;
  readonly requestId?: string | undefined;
}

/** What an event tells, before it is known which event it is. */
export interface Facts extends Asker {
  /** What it is found by when it has been renamed or deleted since; undefined in events of former versions. */
  readonly repositoryId?: number | undefined;
  readonly namespaceId?: number | undefined;
  /** As it was then; undefined where the event does not say. */
  readonly isPublic?: boolean | undefined;
  /** Of a repository; undefined for what concerns an account and none of its repositories. */
  readonly repository?: string | undefined;
  /** The user or organization that it concerns: the first part of the repository's name. */
  readonly account: string;
  /** Of the thing itself: a repository, a member, a pattern of names. */
  readonly name: string;
  /** Undefined for a tag that was deleted alone, and what is no manifest. */
  readonly digest?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly size?: number | undefined;
  readonly tags: readonly string[];
  /** What it was before: the digest that a tag pointed to, the name that a repository had. */
  readonly from?: string | undefined;
  /** What the manifest names, where that was asked for. */
  readonly references?: readonly unknown[] | undefined;
  /** What else the event says, in its own words. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Something that happened, as it was written down with its cause. */
export interface Happening extends Facts {
  readonly id: string;
  /** Of the event: `manifest.pushed`. */
  readonly topic: string;
  readonly kind: EventKind;
  readonly at: Date;
}

/** What a body says beside what happened. */
export interface Surroundings {
  readonly repository: {
    readonly isPublic: boolean;
    /** Whether the hub vouches for it. */
    readonly isOfficial: boolean;
    readonly description: string;
    readonly fullDescription: string;
    readonly createdAt: Date;
  };
  /** Where clients reach the hub, without a slash at its end; "" when it was not told. */
  readonly baseUrl: string;
  /** The hub itself: host and port, and an id of this process. */
  readonly source: { readonly addr: string; readonly instanceID: string };
  /** Unguessable, another one each time: part of the address that the receiver of one message may answer to. */
  readonly newCallbackId: () => string;
}
