/** A tag read as a version: `v1.4.2`, `release-1.4.2-rc.1`, `1.4.2-alpine`, `2024.1.2.3`. */
export interface TagVersion {
  /**
   * Versions of one family follow each other: `release-1.4` and `release-1.5` do, and so do `1.4-alpine` and `1.5-alpine`;
   * `1.4` and `1.5-alpine` do not. A `v` in front makes no difference.
   */
  readonly family: string;
  /** One to four. */
  readonly numbers: readonly number[];
  /** Identifiers of a pre-release; empty for a release. */
  readonly prerelease: readonly string[];
}

const LONGEST = 128;
const NUMBER_LIMIT = 1e15;
// A prefix ends in a separator or a `v`: `release-`, `v`, `api-v`. What follows the numbers begins with a separator.
const SHAPE =
  /^((?:(?![vV]\d)[A-Za-z][A-Za-z0-9_.-]*?[-_])?)[vV]?(\d+(?:\.\d+){0,3})(?:([-_+])([0-9A-Za-z_.+-]+))?$/;
/**
 * Words by which people mark what comes before a release; any other suffix is a variant of it, such as `alpine`. Digits are
 * repeated in one way alone: where a separator may be missing between repetitions, reading takes twice as long for each digit.
 */
const PRERELEASE =
  /^(?:a|alpha|b|beta|c|rc|cr|m|milestone|pre|preview|dev|snapshot|nightly|canary|next|ea|test|\d+)\d*(?:[.-]\d+)*$/i;

/** Undefined for what is no version, such as `latest`. Build metadata (`+5`, or `_5`, since a tag cannot hold a `+`) says nothing about the order. */
export function parseTagVersion(tag: string): TagVersion | undefined {
  if (tag.length > LONGEST) return undefined;
  const [, prefix = "", digits = "", separator, rest = ""] = SHAPE.exec(tag) ?? [];
  if (digits === "") return undefined;
  const numbers = digits.split(".").map(Number);
  if (numbers.some((number) => number > NUMBER_LIMIT)) return undefined;
  const isBuild = separator === "+" || separator === "_";
  const [suffix = ""] = isBuild ? [""] : rest.split(/[+_]/, 1);
  const { prerelease, variant } = readSuffix(suffix);
  return { family: `${prefix.toLowerCase()}*${variant}`, numbers, prerelease };
}

/**
 * `v1.4.2-alpine_5` of two numbers is `v1.4-alpine`, without build metadata. Undefined unless the tag is a version of more
 * numbers than that.
 */
export function shortenVersion(tag: string, count: number): string | undefined {
  const version = parseTagVersion(tag);
  if (version === undefined || version.numbers.length <= count) return undefined;
  const [, prefix = "", digits = "", separator = "", rest = ""] = SHAPE.exec(tag) ?? [];
  const letter = tag.slice(prefix.length, tag.indexOf(digits, prefix.length));
  const [variant = ""] = separator === "-" ? rest.split(/[+_]/, 1) : [""];
  const short = digits.split(".").slice(0, count).join(".");
  return `${prefix}${letter}${short}${variant === "" ? "" : `-${variant}`}`;
}

/**
 * What the names of all versions begin with that begin with the same `count` numbers: `v1.4` of `v1.4.2-alpine` and two.
 * Undefined for what is no version, or one of fewer numbers.
 */
export function stemOfVersion(tag: string, count: number): string | undefined {
  const [, prefix = "", digits = ""] = SHAPE.exec(tag) ?? [];
  const numbers = digits.split(".");
  if (digits === "" || numbers.length < count) return undefined;
  const start = tag.slice(0, tag.indexOf(digits, prefix.length));
  return `${start}${numbers.slice(0, count).join(".")}`;
}

/** `rc.1-alpine` is the pre-release `rc.1` of the variant `alpine`. */
function readSuffix(suffix: string): { prerelease: readonly string[]; variant: string } {
  if (suffix === "") return { prerelease: [], variant: "" };
  const [first = "", ...others] = suffix.split("-");
  const [word = ""] = first.split(".", 1);
  if (!PRERELEASE.test(word)) return { prerelease: [], variant: suffix.toLowerCase() };
  return { prerelease: first.split("."), variant: others.join("-").toLowerCase() };
}

/**
 * Negative when `a` comes before `b` (semver.org, section 11; missing numbers are 0, a fourth one counts after the third).
 * Versions of different families have no order of their own: compare only within one.
 */
export function compareVersions(a: TagVersion, b: TagVersion): number {
  for (let at = 0; at < 4; at += 1) {
    const difference = (a.numbers[at] ?? 0) - (b.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePrereleases(a.prerelease, b.prerelease);
}

export function isRelease({ prerelease }: TagVersion): boolean {
  return prerelease.length === 0;
}

/** A release comes after each of its pre-releases. */
function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  const longest = Math.max(a.length, b.length);
  for (let at = 0; at < longest; at += 1) {
    const difference = compareIdentifiers(a[at], b[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Numbers by value and before words, words by their characters, nothing before something. */
function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [left, right] = [toNumber(a), toNumber(b)];
  if (left !== undefined && right !== undefined) return left - right;
  if (left !== undefined) return -1;
  if (right !== undefined) return 1;
  const [word, other] = [a.toLowerCase(), b.toLowerCase()];
  return compareWords(word, other);
}

/** `rc2` comes before `rc10`, which people mean though semver.org says otherwise. */
function compareWords(a: string, b: string): number {
  const [, aWord = "", aNumber = ""] = /^(\D*)(\d*)$/.exec(a) ?? ["", a, ""];
  const [, bWord = "", bNumber = ""] = /^(\D*)(\d*)$/.exec(b) ?? ["", b, ""];
  if (aWord !== bWord) return aWord < bWord ? -1 : 1;
  const difference = Number(aNumber) - Number(bNumber);
  if (difference !== 0) return difference;
  return a === b ? 0 : a < b ? -1 : 1;
}

function toNumber(identifier: string): number | undefined {
  return /^\d{1,15}$/.test(identifier) ? Number(identifier) : undefined;
}
