import type { Digest } from "../../../oci/digest.ts";

/** A tag, or a manifest that has none, as a policy looks at it. */
export interface RetentionCandidate {
  /** Undefined for a manifest without a tag. */
  readonly tag: string | undefined;
  readonly digest: Digest;
  /** When the tag moved there, or the manifest was pushed. */
  readonly pushedAt: Date;
  /** By a person or a machine of theirs; undefined if never. */
  readonly pulledAt: Date | undefined;
  /** Of the image's configuration; undefined where nobody can tell. */
  readonly labels: ReadonlyMap<string, string> | undefined;
  /** Why it must not go whatever the policy says, such as that the tag is immutable. */
  readonly heldBecause: string | undefined;
}

/** What becomes of a candidate, and what decided it. */
export interface Decision {
  readonly candidate: RetentionCandidate;
  readonly action: "keep" | "remove";
  /** Of the policy's lines; undefined where none spoke. */
  readonly line: number | undefined;
  /** One sentence for a person. */
  readonly why: string;
}

/** Being pushed counts as being pulled. */
export function lastUseOf({ pushedAt, pulledAt }: RetentionCandidate): Date {
  return pulledAt !== undefined && pulledAt > pushedAt ? pulledAt : pushedAt;
}
