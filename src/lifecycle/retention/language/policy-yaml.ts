import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { parseRetentionPolicy } from "./parse-policy.ts";
import { type Place, RetentionSyntaxError } from "./syntax-error.ts";

const RULES = 200;
const CHARACTERS = 20_000;
const DEEPEST = 16;
/** Lists in lists on one line. */
const COMPACT = /(?:[-?:][ \t]{1,9}){9}/;
const VERBS = ["keep", "delete"] as const;
type Verb = (typeof VERBS)[number];

/** Rules one a line begin with a verb and no colon; YAML and JSON begin with a key or a brace. */
export function isYamlPolicy(text: string): boolean {
  // Line by line: one expression over all of it would try every way to share the empty lines out.
  const first = text.split("\n").find((line) => !/^\s*(?:#|$)/.test(line)) ?? "";
  return /^\s*(?:---|\{|"?(?:keep|delete)"?\s*:)/.test(first);
}

/**
 * The same rules one a line, from
 * `keep: [{age: 30d}, {newest: 3, per: minor, of: 4}]` and `delete: [{match: "*-dev", olderThan: 90d}, {untagged: true}]`.
 * Throws RetentionSyntaxError with the place in the document.
 */
export function toPolicyLines(text: string): string {
  assertSimple(text);
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true });
  const placeOf = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [error] = document.errors;
  if (error !== undefined) {
    const why = error.message.split("\n", 1)[0]?.replace(/ at line \d+.*$/, "") ?? "";
    throw new RetentionSyntaxError(placeOf(error.pos[0]), why);
  }
  const fail = (node: Node | null, why: string): never => {
    throw new RetentionSyntaxError(placeOf(node?.range?.[0] ?? 0), why);
  };
  return readRules(document.contents, fail).join("\n");
}

/** Reading YAML takes the longer the deeper it is nested, and no policy is. */
function assertSimple(text: string): void {
  const fail = (why: string): never => {
    throw new RetentionSyntaxError({ line: 1, column: 1 }, why);
  };
  if (text.length > CHARACTERS) fail(`a policy as YAML has at most ${CHARACTERS} characters`);
  const tooDeep = "a policy is not nested that deep";
  let depth = 0;
  for (const character of text) {
    if (character === "[" || character === "{") depth += 1;
    if (character === "]" || character === "}") depth -= 1;
    if (depth > DEEPEST) fail(tooDeep);
  }
  if (COMPACT.test(text)) fail(tooDeep);
}

type Fail = (node: Node | null, why: string) => never;

function readRules(contents: Node | null, fail: Fail): readonly string[] {
  if (!isMap(contents)) return fail(contents, "a policy has the keys keep and delete");
  const lines = contents.items.flatMap(({ key, value }) => {
    const verb = VERBS.find((one) => isScalar(key) && key.value === one);
    if (verb === undefined) return fail(key as Node, "a policy has the keys keep and delete");
    return readList(verb, value as Node | null, fail);
  });
  return lines.length > RULES ? fail(contents, `a policy has at most ${RULES} rules`) : lines;
}

function readList(verb: Verb, value: Node | null, fail: Fail): readonly string[] {
  if (!isSeq(value)) return fail(value, `${verb} takes a list of rules`);
  return value.items.map((item) =>
    isMap(item)
      ? toLine(verb, item, fail)
      : fail(item as Node | null, `a rule is like ${EXAMPLES[verb]}`),
  );
}

const EXAMPLES = { keep: "{ age: 30d }", delete: '{ match: "*-dev", olderThan: 90d }' } as const;

function toLine(verb: Verb, rule: YAMLMap, fail: Fail): string {
  const words: string[] = [verb];
  for (const { key, value } of rule.items) {
    const name = isScalar(key) ? String(key.value) : "";
    words.push(...toWords(name, { key: key as Node, value: value as Node | null, rule, fail }));
  }
  const line = words.join(" ");
  try {
    parseRetentionPolicy(line);
  } catch (cause) {
    if (cause instanceof RetentionSyntaxError) return fail(rule, cause.why);
    throw cause;
  }
  return line;
}

interface Entry {
  readonly key: Node;
  readonly value: Node | null;
  readonly rule: YAMLMap;
  readonly fail: Fail;
}

function toWords(name: string, entry: Entry): readonly string[] {
  const { rule, fail } = entry;
  switch (name) {
    case "age":
      return [word(entry)];
    case "newest":
      return ["n:", word(entry), ...perWords(rule, fail)];
    case "per":
    case "of":
      // Said with `newest`.
      return rule.has("newest") ? [] : fail(entry.key, `"${name}" goes with newest`);
    case "match":
      return ["--match", quoted(textOf(entry))];
    case "olderThan":
      return ["--older-than", word(entry)];
    case "filter":
      return filterWords(entry);
    case "untagged":
      return isScalar(entry.value) && entry.value.value === true
        ? ["untagged"]
        : fail(entry.value, "untagged is true, or left away");
    default:
      return fail(
        entry.key,
        `"${name}" is not known: there are age, newest, per, of, match, olderThan, filter and untagged`,
      );
  }
}

function perWords(rule: YAMLMap, fail: Fail): readonly string[] {
  const per = rule.get("per", true) as Node | undefined;
  const of = rule.get("of", true) as Node | undefined;
  if (per === undefined) return of === undefined ? [] : fail(of, '"of" goes with per');
  const unit = word({ key: per, value: per, rule, fail });
  if (of === undefined) return ["per", unit];
  const units = unit === "patch" ? "patches" : `${unit}s`;
  return ["per", unit, "of", word({ key: of, value: of, rule, fail }), units];
}

function filterWords({ value, key, rule, fail }: Entry): readonly string[] {
  const items = isSeq(value) ? (value.items as readonly Node[]) : [value];
  return items.flatMap((item) => ["--filter", quoted(textOf({ key, value: item, rule, fail }))]);
}

/** One word of a line: a value cannot bring another condition in. */
function word(entry: Entry): string {
  const text = textOf(entry);
  return /[\s#"']/.test(text) ? entry.fail(entry.value, `"${text}" is more than one word`) : text;
}

function textOf({ key, value, fail }: Entry): string {
  const text = isScalar(value) ? String(value.value ?? "") : "";
  if (text === "") return fail(value ?? key, "a value is missing here");
  return /[\r\n]/.test(text) ? fail(value, "a value is one line") : text;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/(["\\])/g, "\\$1")}"`;
}
