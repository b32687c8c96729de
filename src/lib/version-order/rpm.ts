import { compareDigits } from "./digits.ts";

/** The order of RPM's versions: `[epoch:]version[-release]`, as rpm's own rpmvercmp (lib/rpmvercmp.c). No epoch is epoch 0. */
export function compareRpm(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareParts(left.version, right.version) ||
    compareReleases(left.release, right.release)
  );
}

function split(text: string): { epoch: string; version: string; release: string | undefined } {
  const [, epoch = "0", rest = ""] = /^(?:(\d*):)?(.*)$/s.exec(text.trim()) ?? [];
  const dash = rest.lastIndexOf("-");
  if (dash < 0) return { epoch, version: rest, release: undefined };
  return { epoch, version: rest.slice(0, dash), release: rest.slice(dash + 1) };
}

function compareReleases(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return compareParts(a, b);
}

/** Digits, letters, `~` and `^`; anything else separates and is not compared. */
function compareParts(a: string, b: string): number {
  const [left, right] = [toTokens(a), toTokens(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = compareTokens(left[at], right[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function toTokens(text: string): readonly string[] {
  return text.match(/~|\^|\d+|[A-Za-z]+/g) ?? [];
}

/** `~` comes before the end, and the end before `^`, which comes before everything that goes on. */
const PLACES = new Map<string | undefined, number>([
  ["~", 0],
  [undefined, 1],
  ["^", 2],
]);

function compareTokens(a: string | undefined, b: string | undefined): number {
  const difference = (PLACES.get(a) ?? 3) - (PLACES.get(b) ?? 3);
  if (difference !== 0 || a === undefined || b === undefined || a === b) return difference;
  const [isNumber, isOtherNumber] = [/^\d/.test(a), /^\d/.test(b)];
  if (isNumber && isOtherNumber) return compareDigits(a, b);
  if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
  return a < b ? -1 : 1;
}
