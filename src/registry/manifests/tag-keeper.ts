import type { Kysely } from "kysely";
import type { Origin, Principal } from "../../access/index.ts";
import { OciError, type OciErrorCode } from "../../oci/error.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { RegistryTables } from "../store/tables.ts";

/**
 * Who would do it. `caller`: somebody who asks for it, a person or a robot. `restore`: the same, for what was there before.
 * `follower`: the registry itself, because of what the principal pushed. `retention` and `adoption` work for nobody.
 */
export type TagMover =
  | {
      readonly kind: "caller" | "restore" | "follower";
      readonly principal: Principal;
      readonly origin: Origin;
    }
  | { readonly kind: "retention" | "adoption" };

export interface TagWish {
  readonly repository: RepositoryName;
  readonly repositoryId: RepositoryId;
  /** `create`: of tags that are not there. `delete`: also of a manifest that these tags stand for. */
  readonly deed: "create" | "move" | "delete";
  readonly tags: readonly Tag[];
  readonly by: TagMover;
}

/** Decides whether tags may appear, point elsewhere, or go. Whoever does that asks it, in the transaction that does it. */
export interface TagKeeper {
  /** Throws what {@link isTagRefusal} knows unless all of it may happen. */
  assertMay(trx: Kysely<RegistryTables>, wish: TagWish): Promise<void>;
}

const REFUSALS: ReadonlySet<OciErrorCode> = new Set([
  "TAG_IMMUTABLE",
  "TAG_FORMAT",
  "TAG_PROTECTED",
]);

/** Until when the rule says so, as far as it knows. */
export function findEndOfRefusal({ detail }: OciError): Date | undefined {
  const until = (detail as { until?: unknown } | null)?.until;
  return until instanceof Date ? until : undefined;
}

/** Whether a rule about tags said no: its sentence is the message. */
export function isTagRefusal(cause: unknown): cause is OciError {
  return cause instanceof OciError && REFUSALS.has(cause.code);
}
