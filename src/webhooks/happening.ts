import { z } from "zod";
import type { Repository } from "../repositories/index.ts";

/** Something that happened to a repository, as the registry wrote it down with its cause. */
export interface Happening {
  readonly id: string;
  readonly kind: "push" | "delete";
  readonly repository: string;
  /** Undefined for a tag that was deleted alone. */
  readonly digest: string | undefined;
  readonly mediaType: string | undefined;
  readonly size: number | undefined;
  readonly tags: readonly string[];
  readonly actor: string;
  readonly at: Date;
}

/** What a body says beside what happened. */
export interface Surroundings {
  readonly repository: Pick<
    Repository,
    "isPublic" | "description" | "fullDescription" | "createdAt"
  >;
  /** Where clients reach the hub, without a slash at its end. */
  readonly baseUrl: string;
  readonly hookId: string;
}

const pushed = z.object({
  repository: z.string(),
  digest: z.string(),
  mediaType: z.string(),
  size: z.number(),
  tags: z.array(z.string()),
  actor: z.string(),
});
const tagDeleted = z.object({ repository: z.string(), tag: z.string(), actor: z.string() });
const manifestDeleted = z.object({
  repository: z.string(),
  digest: z.string(),
  tags: z.array(z.string()),
  actor: z.string(),
});

/** Undefined for events that no hook hears of. */
export function toHappening(row: {
  readonly id: number;
  readonly topic: string;
  readonly payload: string;
  readonly created_at: number;
}): Happening | undefined {
  const known = { id: String(row.id), at: new Date(row.created_at) };
  const payload: unknown = JSON.parse(row.payload);
  switch (row.topic) {
    case "manifest.pushed":
      return { ...known, kind: "push", ...pushed.parse(payload) };
    case "tag.deleted": {
      const { repository, tag, actor } = tagDeleted.parse(payload);
      const nothing = { digest: undefined, mediaType: undefined, size: undefined };
      return { ...known, kind: "delete", repository, tags: [tag], actor, ...nothing };
    }
    case "manifest.deleted": {
      const rest = { mediaType: undefined, size: undefined };
      return { ...known, kind: "delete", ...manifestDeleted.parse(payload), ...rest };
    }
    default:
      return undefined;
  }
}
