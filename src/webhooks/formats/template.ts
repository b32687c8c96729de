import type { Happening, Surroundings } from "../events/happening.ts";
import { type Message, message } from "./message.ts";

const LARGEST = 16 * 1024;
const DEEPEST = 16;
/** With values of ordinary length, some hundred KiB at most. */
const MOST_WORDS = 200;
const WORD = /\{\{([^{}]*)\}\}/g;

/** What a template may ask for, and nothing else: there are no expressions in it. */
const WORDS: Readonly<Record<string, (happening: Happening, around: Surroundings) => string>> = {
  event: ({ kind }) => kind,
  topic: ({ topic }) => topic,
  id: ({ id }) => id,
  time: ({ at }) => at.toISOString(),
  actor: ({ actor }) => actor,
  account: ({ account }) => account,
  name: ({ name }) => name,
  repository: ({ repository = "" }) => repository,
  tag: ({ tags }) => tags[0] ?? "",
  tags: ({ tags }) => tags.join(","),
  digest: ({ digest = "" }) => digest,
  from: ({ from = "" }) => from,
  mediaType: ({ mediaType = "" }) => mediaType,
  size: ({ size }) => (size === undefined ? "" : String(size)),
  address: ({ address = "" }) => address,
  client: ({ client = "" }) => client,
  action: ({ details }) => (typeof details.action === "string" ? details.action : ""),
  url: (_happening, { baseUrl }) => baseUrl,
};

/** What is wrong with a template, for whoever wrote it; undefined when nothing is. */
export function findTemplateFault(text: string): string | undefined {
  if (Buffer.byteLength(text) > LARGEST) return `a template has at most ${LARGEST} bytes`;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    return `a template is a JSON document: ${cause instanceof Error ? cause.message : cause}`;
  }
  if (depthOf(document) > DEEPEST) return `a template is at most ${DEEPEST} levels deep`;
  const words = textsOf(document).flatMap((one) => [...one.matchAll(WORD)].map(([, word]) => word));
  if (words.length > MOST_WORDS) return `a template holds at most ${MOST_WORDS} words in braces`;
  const unknown = words.find((word = "") => !Object.hasOwn(WORDS, word.trim()));
  if (unknown === undefined) return undefined;
  return `{{${unknown}}} is no word of templates; there are ${Object.keys(WORDS).join(", ")}`;
}

/**
 * One message for each tag. Words are replaced within the texts of the parsed document, which is then written as JSON: no
 * value, whatever it holds, can become anything but text.
 */
export function wordTemplate(
  text: string,
  happening: Happening,
  around: Surroundings,
): readonly Message[] {
  const document: unknown = JSON.parse(text);
  const tags = happening.tags.length === 0 ? [[]] : happening.tags.map((tag) => [tag]);
  return tags.map((one) => {
    const values = { ...happening, tags: one };
    return message(fill(document, (word) => WORDS[word.trim()]?.(values, around) ?? ""));
  });
}

function fill(value: unknown, find: (word: string) => string): unknown {
  if (typeof value === "string") return value.replace(WORD, (_all, word: string) => find(word));
  if (Array.isArray(value)) return value.map((item) => fill(item, find));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, find)]));
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  // Level by level: a document of nothing but brackets would be too deep for calls within calls.
  let level: unknown[] = [value];
  for (let depth = 0; ; depth += 1) {
    if (level.length === 0 || depth > DEEPEST) return depth;
    level = level.flatMap((one) => Object.values(one as object)).filter(isNested);
  }
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** Values only: names of properties stay as they are. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
