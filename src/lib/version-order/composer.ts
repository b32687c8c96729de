import { compareDigits } from "./digits.ts";

/** What comes in which order where a piece is no number; "#" is a number. Any other word comes before "dev". */
const WORDS = ["dev", "a", "b", "rc", "#", "p"];

/** How a version may end: `-beta2`, `RC1`, `.dev`. */
const ENDING = "[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?\\d+)*)?)?([.-]?dev)?$";
const CLASSICAL = new RegExp(`^v?(\\d{1,5})(\\.\\d+)?(\\.\\d+)?(\\.\\d+)?${ENDING}`, "i");
const DATED = new RegExp(`^v?(\\d{4}(?:[.:-]?\\d{2}){1,6}(?:[.:-]?\\d{1,3})?)${ENDING}`, "i");
const BRANCH = /^v?(\d+)(\.(?:\d+|[x*]))?(\.(?:\d+|[x*]))?(\.(?:\d+|[x*]))?[.-]?dev$/i;
const LONGEST = 200;

/** Packagist's order: versions are written out as Composer writes them, and compared as PHP's version_compare does. */
export function compareComposer(a: string, b: string): number {
  return comparePieces(toPieces(writeOut(a)), toPieces(writeOut(b)));
}

/** `1.0-b2` is `1.0.0.0-beta2`; what Composer takes for no version stays as it is. */
function writeOut(text: string): string {
  const version = text.trim();
  if (version.length > LONGEST || /^dev-/i.test(version)) return version;
  const [plain = ""] = /^[^,\s+]+(?=\+\S+$)/.exec(version) ?? [version];
  const classical = CLASSICAL.exec(plain);
  if (classical !== null) {
    const [, first, second = ".0", third = ".0", fourth = ".0", ...ending] = classical;
    return `${first}${second}${third}${fourth}${writeEnding(ending)}`;
  }
  const [, date, ...ending] = DATED.exec(plain) ?? [];
  if (date !== undefined) return `${date.replace(/\D/g, ".")}${writeEnding(ending)}`;
  const [, ...numbers] = BRANCH.exec(plain) ?? [];
  if (numbers.length === 0) return plain;
  return `${numbers.map((number = ".x") => number.replace(/[x*]/i, "9999999")).join("")}-dev`;
}

function writeEnding([word, numbers = "", dev]: readonly (string | undefined)[]): string {
  // "stable" says nothing, and Composer looks no further.
  if (word === "stable") return "";
  const stability =
    word === undefined ? "" : `-${word.toLowerCase()}${numbers.replace(/^[.-]+/, "")}`;
  return dev === undefined || dev === "" ? stability : `${stability}-dev`;
}

function toPieces(version: string): readonly string[] {
  return version
    .trim()
    .replace(/^v/i, "")
    .replace(/[-_+]/g, ".")
    .replace(/([^\d.])(?=\d)/g, "$1.")
    .replace(/(\d)(?=[^\d.])/g, "$1.")
    .split(".");
}

function comparePieces(a: readonly string[], b: readonly string[]): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    const difference = comparePiece(a[at] ?? "", b[at] ?? "");
    if (difference !== 0) return difference;
  }
  return compareRest(a.slice(shared)) - compareRest(b.slice(shared));
}

function comparePiece(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOtherNumber) return compareDigits(a, b);
  return weigh(isNumber ? "#" : a) - weigh(isOtherNumber ? "#" : b);
}

/** What goes on with a number is newer; with a word, as the word is against a number. */
function compareRest(rest: readonly string[]): number {
  const [next] = rest;
  if (next === undefined) return 0;
  return /^\d+$/.test(next) ? 1 : Math.sign(comparePieces(rest, ["#"]));
}

function weigh(piece: string): number {
  if (piece.startsWith("RC")) return WORDS.indexOf("rc");
  return WORDS.findIndex((word) => piece.startsWith(word));
}
