import { compareVersions, parseTagVersion, type TagVersion } from "../../../lib/semver-order.ts";
import { TopList } from "../../../lib/top-list.ts";
import type { PerVersion } from "../language/retention-rule.ts";
import type { RetentionCandidate } from "./candidate.ts";

/** Finds the newest of what it is shown, and then says of each whether it is one of them. */
export interface Newest {
  look(candidate: RetentionCandidate): void;
  /** `unknown` for what has no place in the order, or where there were too many kinds to tell. */
  includes(candidate: RetentionCandidate): "yes" | "no" | "unknown";
}

/** By the time of the push; names settle a tie, so that it always comes out the same. */
export function newestByTime(count: number): Newest {
  const list = new TopList<{ readonly at: number; readonly name: string }>(
    count,
    (a, b) => b.at - a.at || compareNames(a.name, b.name),
  );
  return {
    look: (candidate) => list.add(placeOf(candidate)),
    includes: (candidate) => (list.reaches(placeOf(candidate)) ? "yes" : "no"),
  };
}

function placeOf(candidate: RetentionCandidate) {
  return { at: candidate.pushedAt.getTime(), name: nameOf(candidate) };
}

interface Named {
  readonly version: TagVersion;
  readonly name: string;
}

/** Groups of one family, by the numbers that they share. */
type Groups = Map<string, { readonly numbers: readonly number[]; readonly best: TopList<Named> }>;

/** So that what is remembered does not grow with the tags; beyond, nothing is told and everything is kept. */
const FAMILIES = 10_000;
const GROUPS = 100_000;

/** The newest versions of each group, among the newest groups of each family. */
export function newestByVersion(count: number, { unit, groups }: PerVersion): Newest {
  const length = { major: 1, minor: 2, patch: 3 }[unit];
  const families = new Map<string, Groups>();
  let held = 0;
  let isFull = false;
  return { look, includes };

  function look(candidate: RetentionCandidate): void {
    const named = parse(candidate);
    if (named === undefined) return;
    const family = openFamily(named.version.family);
    const numbers = numbersOf(named.version);
    const group = family && openGroup(family, numbers);
    group?.best.add(named);
  }

  function includes(candidate: RetentionCandidate): "yes" | "no" | "unknown" {
    const named = parse(candidate);
    if (named === undefined) return "unknown";
    const family = families.get(named.version.family);
    const numbers = numbersOf(named.version);
    const group = family?.get(numbers.join("."));
    if (family !== undefined && group !== undefined)
      return group.best.reaches(named) ? "yes" : "no";
    const isLow = family !== undefined && groups !== undefined && family.size >= groups;
    if (isLow && !isAbove(numbers, lowestOf(family))) return "no";
    // Not looked at: it came meanwhile, or there was no room to look.
    return "unknown";
  }

  function openFamily(name: string): Groups | undefined {
    const known = families.get(name);
    if (known !== undefined) return known;
    if (families.size >= FAMILIES) isFull = true;
    if (isFull) return undefined;
    const made: Groups = new Map();
    families.set(name, made);
    return made;
  }

  function openGroup(family: Groups, numbers: readonly number[]) {
    const key = numbers.join(".");
    const known = family.get(key);
    if (known !== undefined) return known;
    if (groups !== undefined && family.size >= groups) {
      const lowest = lowestOf(family);
      if (!isAbove(numbers, lowest)) return undefined;
      family.delete(lowest.join("."));
    } else if (held >= GROUPS) {
      isFull = true;
      return undefined;
    } else held += 1;
    const best = new TopList<Named>(count, compareNamed);
    const made = { numbers, best };
    family.set(key, made);
    return made;
  }

  function numbersOf({ numbers }: TagVersion): readonly number[] {
    return Array.from({ length }, (_, at) => numbers[at] ?? 0);
  }
}

function parse(candidate: RetentionCandidate): Named | undefined {
  const version = candidate.tag === undefined ? undefined : parseTagVersion(candidate.tag);
  return version && { version, name: nameOf(candidate) };
}

function compareNamed(a: Named, b: Named): number {
  return compareVersions(b.version, a.version) || compareNames(a.name, b.name);
}

function lowestOf(family: Groups): readonly number[] {
  let lowest: readonly number[] = [];
  for (const { numbers } of family.values())
    if (lowest.length === 0 || isAbove(lowest, numbers)) lowest = numbers;
  return lowest;
}

function isAbove(one: readonly number[], other: readonly number[]): boolean {
  for (const [at, number] of one.entries()) {
    const difference = number - (other[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function nameOf({ tag, digest }: RetentionCandidate): string {
  return tag ?? digest;
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
