/** A condition in docker prune's words. */
export type PruneFilter =
  /** Pushed before that much ago, or before that time. */
  | { readonly kind: "until"; readonly agoMs: number }
  | { readonly kind: "before"; readonly at: Date }
  /** Of the image's configuration. Without a value: whatever the label says. */
  | {
      readonly kind: "label";
      readonly name: string;
      readonly value: string | undefined;
      readonly isNegated: boolean;
    };

/** Of how many groups of versions how many each: the newest three of each of the newest four minors. */
export interface PerVersion {
  readonly unit: "major" | "minor" | "patch";
  /** Undefined: of all. */
  readonly groups: number | undefined;
}

/** One line of a policy. What it names has to hold all together. */
export interface RetentionRule {
  readonly verb: "keep" | "delete";
  /** Counted from 1. */
  readonly line: number;
  /** The line as it was written. */
  readonly text: string;
  /** About manifests without a tag, not about tags. */
  readonly isUntagged: boolean;
  /** A glob over tags. */
  readonly match: string | undefined;
  /** `keep 30d`: pushed or pulled within. `delete --older-than 30d`: neither pushed nor pulled within. */
  readonly ageMs: number | undefined;
  /** `keep n: 5`. */
  readonly newest: number | undefined;
  readonly per: PerVersion | undefined;
  readonly filters: readonly PruneFilter[];
}

export interface RetentionPolicy {
  readonly rules: readonly RetentionRule[];
}

/** With a `delete` line, only what one matches is removed; without, whatever no `keep` line keeps. */
export type Reading = "removes what a delete line matches" | "removes what no keep line keeps";

export function readingOf({ rules }: RetentionPolicy): Reading {
  return rules.some(({ verb }) => verb === "delete")
    ? "removes what a delete line matches"
    : "removes what no keep line keeps";
}
