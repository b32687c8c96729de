import { compareDigits } from "./digits.ts";

/**
 * The order of semver.org, of versions with any count of numbers: Go's modules and toolchains (with their pseudo-versions, which are
 * pre-releases), Cargo's crates. `v` and `go` in front make no difference, and neither does what follows a `+`.
 */
export function compareSemver(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  for (let at = 0; at < Math.max(left.numbers.length, right.numbers.length); at += 1) {
    const difference = compareDigits(left.numbers[at] ?? "0", right.numbers[at] ?? "0");
    if (difference !== 0) return difference;
  }
  return comparePrereleases(left.prerelease, right.prerelease);
}

function split(text: string): { numbers: readonly string[]; prerelease: readonly string[] } {
  const [whole = ""] = text
    .trim()
    .replace(/^(?:go|v)(?=\d)/i, "")
    .split("+", 1);
  // Go's toolchains say 1.21rc2 for what semver calls 1.21.0-rc2, and others 1.0.0.rc2.
  const [, core = "", rest = ""] = /^(\d+(?:\.\d+)*)(?:[-.]?(.*))$/s.exec(whole) ?? ["", "", whole];
  return { numbers: core.split("."), prerelease: rest === "" ? [] : rest.split(".") };
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  // A release comes after its pre-releases.
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = compareIdentifiers(a[at], b[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOtherNumber) return compareDigits(a, b);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return a < b ? -1 : 1;
}
