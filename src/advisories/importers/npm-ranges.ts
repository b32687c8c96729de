import { Range } from "semver";
import type { Interval } from "../interval.ts";
import { FeedError } from "../record.ts";

/** npm's expressions ("<=0.3.13 || >=1.0.0 <1.2.0") as intervals. */
export function parseNpmRanges(text: string): Interval[] {
  let range: Range;
  try {
    range = new Range(text.trim(), { loose: true, includePrerelease: true });
  } catch (cause) {
    throw new FeedError(`${JSON.stringify(text)} is no range of npm's`, { cause });
  }
  return range.set.flatMap((all) => {
    let interval: Interval | undefined = {};
    for (const { operator, semver } of all) interval = narrow(interval, operator, semver.version);
    return interval === undefined ? [] : [interval];
  });
}

function narrow(
  interval: Interval | undefined,
  operator: string,
  version: string | undefined,
): Interval | undefined {
  // "*" has a comparator without a version; "<0.0.0-0" holds nothing.
  if (interval === undefined || version === undefined) return interval;
  if (operator === "<" && version === "0.0.0-0") return undefined;
  const bound = { version, isIncluded: operator !== "<" && operator !== ">" };
  if (operator === "") return { from: bound, to: bound };
  return operator.startsWith(">") ? { ...interval, from: bound } : { ...interval, to: bound };
}
