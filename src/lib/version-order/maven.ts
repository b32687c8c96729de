import { compareDigits } from "./digits.ts";

/** Numbers, words, and lists of what stands after a hyphen or between a digit and a letter. */
type Item =
  | { readonly kind: "number"; readonly digits: string }
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "list"; readonly items: Item[] };

const QUALIFIERS = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];
const RELEASE = QUALIFIERS.indexOf("");
const ALIASES: Readonly<Record<string, string>> = { ga: "", final: "", release: "", cr: "rc" };
const BEFORE_DIGITS: Readonly<Record<string, string>> = { a: "alpha", b: "beta", m: "milestone" };

/** Maven's order, as ComparableVersion of maven-artifact has it. */
export function compareMaven(a: string, b: string): number {
  return compareItems(parse(a), parse(b));
}

function parse(version: string): Item {
  const root: Item[] = [];
  const lists: Item[][] = [root];
  // "1.0-alpha1" is "1", ".", "0", "-", "alpha", "", "1": what stands between two pieces is a dot, a hyphen or a change of kind.
  const pieces = version
    .trim()
    .toLowerCase()
    .split(/([.-]|(?<=\d)(?=[^\d.-])|(?<=[^\d.-])(?=\d))/);
  for (let at = 0; at < pieces.length; at += 2) addPiece(lists, pieces[at] ?? "", pieces[at + 1]);
  for (const list of lists.reverse()) dropNulls(list);
  return { kind: "list", items: root };
}

function addPiece(lists: Item[][], piece: string, separator: string | undefined): void {
  // ".X1" is read as "-X1".
  const isTail = /^\D/.test(piece) && !/[.-]/.test(separator ?? "");
  if (isTail && lists.at(-1)?.length !== 0) openList(lists);
  if (piece !== "" || separator !== undefined) lists.at(-1)?.push(toItem(piece, separator === ""));
  if (separator === "-" || separator === "") openList(lists);
}

/** A list within the innermost one, which is the innermost then. */
function openList(lists: Item[][]): void {
  const items: Item[] = [];
  lists.at(-1)?.push({ kind: "list", items });
  lists.push(items);
}

function toItem(piece: string, isFollowedByDigit: boolean): Item {
  if (piece === "" || /^\d/.test(piece))
    return { kind: "number", digits: piece.replace(/^0+/, "") };
  const long = isFollowedByDigit ? (BEFORE_DIGITS[piece] ?? piece) : piece;
  return { kind: "word", word: ALIASES[long] ?? long };
}

/** "1.0.0" is "1": zeros, releases and empty lists at the end say nothing, also before a list. */
function dropNulls(list: Item[]): void {
  for (let at = list.length - 1; at >= 0; at -= 1) {
    const item = list[at];
    if (item === undefined) return;
    if (isNull(item)) list.splice(at, 1);
    else if (item.kind !== "list") return;
  }
}

function isNull(item: Item): boolean {
  switch (item.kind) {
    case "number":
      return item.digits === "";
    case "word":
      return item.word === "";
    case "list":
      return item.items.length === 0;
  }
}

/** Numbers after lists after words; what is missing is a release. */
function compareItems(a: Item | undefined, b: Item | undefined): number {
  if (a === undefined) return b === undefined ? 0 : -compareWithNothing(b);
  if (b === undefined) return compareWithNothing(a);
  if (a.kind === "number" && b.kind === "number") return compareDigits(a.digits, b.digits);
  if (a.kind === "word" && b.kind === "word") return compareWords(a.word, b.word);
  if (a.kind === "list" && b.kind === "list") return compareLists(a.items, b.items);
  return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
}

const KINDS: readonly Item["kind"][] = ["word", "list", "number"];

function compareWithNothing(item: Item): number {
  switch (item.kind) {
    case "number":
      return item.digits === "" ? 0 : 1;
    case "word":
      return compareWords(item.word, "");
    case "list":
      return compareLists(item.items, []);
  }
}

function compareLists(a: readonly Item[], b: readonly Item[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = compareItems(a[at], b[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareWords(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Qualifiers that are known by their place, all others after them by their letters. */
function rank(word: string): string {
  const at = QUALIFIERS.indexOf(word);
  if (word === "") return String(RELEASE);
  return at < 0 ? `${QUALIFIERS.length}-${word}` : String(at);
}
