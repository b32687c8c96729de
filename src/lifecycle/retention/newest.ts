import { compareVersions, parseTagVersion, type TagVersion } from "../../lib/semver-order.ts";
import type { RetentionCandidate } from "./candidate.ts";
import type { PerVersion } from "./retention-rule.ts";

/** The newest by the time of their push; names settle a tie, so that it always comes out the same. */
export function newestByTime(
  candidates: readonly RetentionCandidate[],
  count: number,
): ReadonlySet<RetentionCandidate> {
  const ordered = candidates.toSorted(
    (a, b) => b.pushedAt.getTime() - a.pushedAt.getTime() || compareNames(a, b),
  );
  return new Set(ordered.slice(0, count));
}

/** The newest versions of each group, among the newest groups of each family; and what is no version at all. */
export interface NewestVersions {
  readonly kept: ReadonlySet<RetentionCandidate>;
  /** Nobody can say where these belong. */
  readonly unversioned: ReadonlySet<RetentionCandidate>;
}

interface Versioned {
  readonly candidate: RetentionCandidate;
  readonly version: TagVersion;
}

export function newestByVersion(
  candidates: readonly RetentionCandidate[],
  count: number,
  { unit, groups }: PerVersion,
): NewestVersions {
  const unversioned = new Set<RetentionCandidate>();
  const versioned: Versioned[] = [];
  for (const candidate of candidates) {
    const version = candidate.tag === undefined ? undefined : parseTagVersion(candidate.tag);
    if (version === undefined) unversioned.add(candidate);
    else versioned.push({ candidate, version });
  }
  const kept = new Set<RetentionCandidate>();
  for (const family of Map.groupBy(versioned, ({ version }) => version.family).values()) {
    const newestFirst = family.toSorted(
      (a, b) => compareVersions(b.version, a.version) || compareNames(a.candidate, b.candidate),
    );
    const byGroup = Map.groupBy(newestFirst, ({ version }) => groupOf(version, unit));
    for (const members of [...byGroup.values()].slice(0, groups))
      for (const { candidate } of members.slice(0, count)) kept.add(candidate);
  }
  return { kept, unversioned };
}

function groupOf({ numbers }: TagVersion, unit: PerVersion["unit"]): string {
  const length = { major: 1, minor: 2, patch: 3 }[unit];
  return Array.from({ length }, (_, at) => numbers[at] ?? 0).join(".");
}

function compareNames(a: RetentionCandidate, b: RetentionCandidate): number {
  const [one, other] = [a.tag ?? a.digest, b.tag ?? b.digest];
  return one < other ? -1 : one > other ? 1 : 0;
}
