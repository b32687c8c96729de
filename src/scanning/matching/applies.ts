import { type AffectedEntry, holds, parseInterval } from "../../advisories/index.ts";
import type { CompareVersions } from "./ecosystems.ts";

/** What an entry says about one version. */
export interface Verdict {
  readonly isAffected: boolean;
  readonly fixedIn?: string;
}

/** Whether the version is one that the entry means, and from which on it is none. */
export function judgeVersion(
  entry: Pick<AffectedEntry, "affected" | "fixedIn" | "status">,
  version: string,
  compare: CompareVersions,
): Verdict {
  if (entry.status === "not-affected") return { isAffected: false };
  const intervals = entry.affected.map(parseInterval).filter((one) => one !== undefined);
  const matching = intervals.filter((interval) => holds(interval, version, compare));
  if (matching.length === 0) return { isAffected: false };
  const ends = matching.flatMap(({ to }) =>
    to === undefined || to.isIncluded ? [] : [to.version],
  );
  // Where several ranges hold the version, it is free of the fault only after the last of them.
  const isOpen = ends.length < matching.length;
  const later = (entry.fixedIn ?? []).filter((fixed) => compare(fixed, version) > 0);
  const fixedIn = isOpen ? later.sort(compare)[0] : ends.sort(compare).at(-1);
  return fixedIn === undefined ? { isAffected: true } : { isAffected: true, fixedIn };
}
