import { parseAge } from "./age.ts";
import { parsePruneFilter } from "./prune-filter.ts";
import type { PerVersion, RetentionPolicy, RetentionRule } from "./retention-rule.ts";
import { RetentionSyntaxError } from "./syntax-error.ts";
import { type Line, readLines, type Token } from "./tokens.ts";

const MOST = 1_000_000;
const GLOB = /^[A-Za-z0-9_.*?-]{1,128}$/;
const UNITS = { majors: "major", minors: "minor", patches: "patch" } as const;

type Draft = { -readonly [Key in keyof RetentionRule]: RetentionRule[Key] };

/** Reads a policy, one rule a line. Throws RetentionSyntaxError with line and column. */
export function parseRetentionPolicy(text: string): RetentionPolicy {
  return { rules: readLines(text).map(parseRule) };
}

function parseRule(line: Line): RetentionRule {
  const reader = new LineReader(line);
  const rule: Draft = {
    verb: parseVerb(reader),
    line: line.number,
    text: line.text,
    isUntagged: false,
    match: undefined,
    ageMs: undefined,
    newest: undefined,
    per: undefined,
    filters: [],
  };
  const start = reader.position;
  while (!reader.isAtEnd) parsePart(reader, rule);
  if (reader.position === start)
    throw reader.missing(`what to ${rule.verb}: ${EXAMPLES[rule.verb]}`);
  assertWhole(line, rule);
  return rule;
}

const EXAMPLES = {
  keep: '30d, n: 5 or --match "release-*"',
  delete: '--match "*-dev", --older-than 90d or untagged',
} as const;

function parseVerb(reader: LineReader): RetentionRule["verb"] {
  const token = reader.next("keep or delete");
  if (token.text === "keep" || token.text === "delete") return token.text;
  throw reader.wrong(token, `a line begins with keep or delete, not with "${token.text}"`);
}

function parsePart(reader: LineReader, rule: Draft): void {
  const token = reader.next("a condition");
  if (token.isQuoted)
    throw reader.wrong(token, `"${token.text}" stands alone: put --match before it`);
  switch (token.text) {
    case "--match":
      reader.assertFirst(token, rule.match);
      rule.match = parseGlob(reader);
      return;
    case "--older-than":
      if (rule.verb === "keep")
        throw reader.wrong(token, "keep goes by the youngest: write keep 30d, not --older-than");
      reader.assertFirst(token, rule.ageMs);
      rule.ageMs = parseAgeOf(reader, reader.next("an age, such as 90d"));
      return;
    case "--filter": {
      const value = reader.next('a filter, such as "until=720h" or "label=env=dev"');
      rule.filters = [...rule.filters, parseFilter(reader, value)];
      return;
    }
    case "untagged":
      if (rule.isUntagged) throw reader.wrong(token, '"untagged" is there twice');
      rule.isUntagged = true;
      return;
    case "n:":
    case "n":
      parseNewest(reader, { token, rule });
      return;
    default:
      parseBareAge(reader, { token, rule });
  }
}

/** `n: 5`, `n: 3 per minor`, `n: 3 per minor of 4 minors`. */
function parseNewest(reader: LineReader, { token, rule }: { token: Token; rule: Draft }): void {
  if (rule.verb === "delete")
    throw reader.wrong(token, "n: says how many to keep: write it in a keep line");
  reader.assertFirst(token, rule.newest);
  if (token.text === "n" && !reader.take(":"))
    throw reader.wrong(token, 'write "n:" and how many, such as n: 5');
  rule.newest = parseCount(reader, "how many to keep");
  if (!reader.take("per")) return;
  const unit = reader.next("major, minor or patch");
  if (unit.text !== "major" && unit.text !== "minor" && unit.text !== "patch")
    throw reader.wrong(unit, `"${unit.text}" is no part of a version: major, minor and patch are`);
  rule.per = { unit: unit.text, groups: parseGroups(reader, unit.text) };
}

function parseGroups(reader: LineReader, unit: PerVersion["unit"]): number | undefined {
  if (!reader.take("of")) return undefined;
  const groups = parseCount(reader, `of how many ${unit}s`);
  const word = reader.next(`${unit}s`);
  const named = UNITS[word.text as keyof typeof UNITS] ?? word.text;
  if (named !== unit)
    throw reader.wrong(word, `it goes by ${unit}, so this is "of ${groups} ${unit}s"`);
  return groups;
}

function parseCount(reader: LineReader, what: string): number {
  const token = reader.next(what);
  const count = /^\d{1,7}$/.test(token.text) ? Number(token.text) : 0;
  if (count < 1 || count > MOST)
    throw reader.wrong(token, `"${token.text}" is no number from 1 to ${MOST}: ${what}`);
  return count;
}

function parseBareAge(reader: LineReader, { token, rule }: { token: Token; rule: Draft }): void {
  if (!/^\d/.test(token.text)) {
    throw reader.wrong(
      token,
      `"${token.text}" is not known: there are an age such as 30d, n:, untagged, --match, --filter and --older-than`,
    );
  }
  if (rule.verb === "delete")
    throw reader.wrong(token, `write --older-than ${token.text}: delete goes by the oldest`);
  reader.assertFirst(token, rule.ageMs);
  rule.ageMs = parseAgeOf(reader, token);
}

function parseAgeOf(reader: LineReader, token: Token): number {
  const age = parseAge(token.text);
  if (age !== undefined) return age;
  throw reader.wrong(token, `"${token.text}" is no age: 12h, 30d, 6w and 1y are`);
}

function parseGlob(reader: LineReader): string {
  const token = reader.next('a pattern of tags, such as "release-*"');
  if (GLOB.test(token.text)) return token.text;
  throw reader.wrong(
    token,
    `"${token.text}" is no pattern of tags: letters, digits, '.', '_' and '-', with * for anything and ? for one character`,
  );
}

function parseFilter(reader: LineReader, token: Token) {
  const filter = parsePruneFilter(token.text);
  if (typeof filter !== "string") return filter;
  throw reader.wrong(token, filter);
}

/** Throws for conditions that cannot hold together. */
function assertWhole(line: Line, rule: RetentionRule): void {
  const place = { line: line.number, column: 1 };
  if (rule.isUntagged && rule.match !== undefined)
    throw new RetentionSyntaxError(place, "what is untagged has no tag that --match could match");
  if (rule.isUntagged && rule.per !== undefined)
    throw new RetentionSyntaxError(place, "what is untagged has no version");
}

/** The words of one line, one after the other. */
class LineReader {
  readonly #line: Line;
  #at = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  get position(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#line.tokens.length;
  }

  /** Throws when the line ends; `what` should have come. */
  next(what: string): Token {
    const token = this.#line.tokens[this.#at];
    if (token === undefined) throw this.missing(what);
    this.#at += 1;
    return token;
  }

  take(word: string): boolean {
    const token = this.#line.tokens[this.#at];
    if (token === undefined || token.isQuoted || token.text !== word) return false;
    this.#at += 1;
    return true;
  }

  assertFirst(token: Token, value: unknown): void {
    if (value !== undefined)
      throw this.wrong(token, `"${token.text}": there is one in this line already`);
  }

  missing(what: string): RetentionSyntaxError {
    const place = { line: this.#line.number, column: this.#line.end };
    return new RetentionSyntaxError(place, `the line ends where there should be ${what}`);
  }

  wrong({ column }: Token, why: string): RetentionSyntaxError {
    return new RetentionSyntaxError({ line: this.#line.number, column }, why);
  }
}
