import { compareDigits } from "./digits.ts";

/** What comes in which order where a piece is no number; "#" is a number. Any other word comes before "dev". */
const WORDS = ["dev", "a", "b", "rc", "#", "p"];

/** Packagist's order: that of PHP's version_compare. */
export function compareComposer(a: string, b: string): number {
  return comparePieces(toPieces(a), toPieces(b));
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
