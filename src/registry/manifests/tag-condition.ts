import type { Digest } from "../../oci/digest.ts";
import { matchesEntityTag } from "../../oci/entity-tag.ts";
import { OciError } from "../../oci/error.ts";

/** The request's `If-Match` and `If-None-Match`, by which a client protects a tag that somebody else may move. */
export interface TagCondition {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** Throws PRECONDITION_FAILED (RFC 9110, section 13.1) unless the tag is in the state the client asked for. */
export function assertTagCondition(condition: TagCondition, current: Digest | undefined): void {
  const { ifMatch, ifNoneMatch } = condition;
  const isWrong =
    (ifMatch !== undefined && (current === undefined || !matchesEntityTag(ifMatch, current))) ||
    (ifNoneMatch !== undefined && current !== undefined && matchesEntityTag(ifNoneMatch, current));
  if (isWrong) throw new OciError("PRECONDITION_FAILED", { current: current ?? null });
}
