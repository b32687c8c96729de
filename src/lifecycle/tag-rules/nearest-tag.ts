import { isTag, type Tag } from "../../oci/tag.ts";
import type { Patterns } from "./patterns.ts";
import { ARCHITECTURES, ENVIRONMENTS, fitsFormat, type TagFormat } from "./tag-format.ts";

/** Other words for the endings of the presets. */
const ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/[-_.]?(?:develop|development|devel)$/i, "-dev"],
  [/[-_.]?(?:stage|stg|preprod)$/i, "-staging"],
  [/[-_.]?(?:production|prd|live)$/i, "-prod"],
  [/[-_.]?(?:x86[-_]64|x64)$/i, "-amd64"],
  [/[-_.]?(?:aarch64|arm64v8|armv8)$/i, "-arm64"],
];
const TAG_LENGTH = 128;
/** Of the processor: a hint is not worth more, since a push waits for it. What others make the thread wait for does not count. */
const SEARCH_MICROSECONDS = 20_000;

/** Of the names close to the tag that one of the formats allows, the one that changes least of it. */
export function findNearestTag(
  tag: Tag,
  formats: readonly TagFormat[],
  patterns: Patterns,
): Tag | undefined {
  const begun = process.threadCpuUsage();
  const isAllowed = (text: string): text is Tag =>
    isTag(text) && formats.some((format) => fitsFormat(format, text, patterns));
  const meant = otherWords(tag).find(isAllowed);
  if (meant !== undefined) return meant;
  let nearest: Tag | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of listCandidates(tag, formats)) {
    if (processorTimeSince(begun) > SEARCH_MICROSECONDS) break;
    const cost = countEdits(tag, candidate);
    if (cost < least && isAllowed(candidate)) [nearest, least] = [candidate, cost];
  }
  return nearest;
}

function processorTimeSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(begun);
  return user + system;
}

function listCandidates(tag: Tag, formats: readonly TagFormat[]): ReadonlySet<string> {
  const starts = new Set([tag, tag.toLowerCase(), tag.replace(/^V/, "v")]);
  const candidates = [...starts].flatMap((start) => [
    ...nearVersions(start),
    ...nearEndings(start),
  ]);
  const globs = formats.flatMap((format) => (format.kind === "glob" ? nearGlob(tag, format) : []));
  return new Set([...candidates, ...globs]);
}

/** What ends in another word for one of the endings. */
function otherWords(text: string): readonly string[] {
  return ENDINGS.flatMap(([other, ending]) =>
    other.test(text) ? [text.replace(other, ending)] : [],
  );
}

/** `1.25` is `1.25.0`, `release-1.2.3.4` is `1.2.3`, `1.2.3rc1` is `1.2.3-rc1`; each with and without a `v`, as it is first. */
function nearVersions(text: string): readonly string[] {
  const found = /\d+(?:\.\d+){0,2}/.exec(text);
  const numbers =
    found === null ? [] : found[0].split(".").map((one) => one.replace(/^0+(?=\d)/, ""));
  const core = [...numbers, "0", "0", "0"].slice(0, 3).join(".");
  const rest = found === null ? text : text.slice(found.index + found[0].length);
  const suffix = rest.replace(/^[^0-9A-Za-z]+/, "").replace(/_/g, "-");
  const isFourth = /^\.\d/.test(rest);
  const versions = suffix === "" || isFourth ? [core] : [`${core}-${suffix}`, core];
  const hasV = /^v/i.test(text);
  return [text, ...versions].flatMap((one) => {
    const bare = one.replace(/^v(?=\d)/i, "");
    return hasV ? [`v${bare}`, bare] : [bare, `v${bare}`];
  });
}

function nearEndings(text: string): readonly string[] {
  const found: string[] = [];
  for (const ending of [...ENVIRONMENTS, ...ARCHITECTURES]) {
    const word = ending.slice(1);
    const separated = new RegExp(`[-_.]?${word}$`, "i");
    if (separated.test(text)) found.push(text.replace(separated, ending));
    found.push(text.slice(0, TAG_LENGTH - ending.length) + ending);
  }
  return found;
}

/** What stands for the first `*` is the tag, or what of it is behind what the pattern says anyway; further ones are empty. */
function nearGlob(tag: string, { pattern }: { readonly pattern: string }): readonly string[] {
  const [prefix = "", ...others] = pattern.split("*");
  const suffix = others.join("");
  if (others.length === 0) return [pattern];
  let shared = 0;
  while (shared < tag.length && tag[shared] === prefix[shared]) shared += 1;
  const separator = Math.max(tag.indexOf("-"), tag.indexOf("_")) + 1;
  const middles = [tag, tag.slice(shared), tag.slice(separator), ""];
  return middles.flatMap((middle) => [
    prefix + middle + suffix,
    prefix + (middle.endsWith(suffix) ? middle : middle + suffix),
  ]);
}

/** Of characters put in, left out or exchanged (Levenshtein). */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let at = 1; at <= from.length; at += 1) {
    const next = [at];
    for (let other = 1; other <= to.length; other += 1) {
      const change = from[at - 1] === to[other - 1] ? 0 : 1;
      const [above = 0, aside = 0, left = 0] = [row[other], row[other - 1], next[other - 1]];
      next.push(Math.min(above + 1, left + 1, aside + change));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
