import { createKeywordMatcher } from "./keyword-matcher.ts";
import { SECRET_RULES, type SecretRule } from "./secret-rules.ts";

export interface FoundSecret {
  readonly rule: Pick<SecretRule, "id" | "title">;
  /** From 1. */
  readonly line: number;
  /** The first characters, enough to find it again, not to use it. */
  readonly beginning: string;
  /** Where it begins, in bytes. */
  readonly start: number;
  readonly length: number;
}

/** What is looked at before and after a keyword. */
const BEFORE = 160;
const AFTER = 1024;
/** A file that consists of keywords is no reason to try every expression at every byte of it. */
const MOST_TRIES = 2_000;
const MOST_FOUND = 50;
const SHOWN = 4;

const KEYWORDS = SECRET_RULES.flatMap((rule) =>
  rule.keywords.map((keyword) => ({ keyword, rule })),
);
const matchKeywords = createKeywordMatcher(KEYWORDS.map(({ keyword }) => keyword));

/** Secrets in text of whatever encoding is ASCII where secrets are. */
export function findSecrets(content: Buffer): readonly FoundSecret[] {
  const found = new Map<string, FoundSecret>();
  const triedUntil = new Map<SecretRule, number>();
  let tries = 0;
  matchKeywords(content, (index, end) => {
    const rule = KEYWORDS[index]?.rule;
    if (rule === undefined || end <= (triedUntil.get(rule) ?? 0)) return;
    tries += 1;
    if (tries > MOST_TRIES || found.size >= MOST_FOUND) return;
    const start = Math.max(0, end - BEFORE);
    const stop = Math.min(content.length, end + AFTER);
    // Half of the window is searched again by the next keyword, so that none is cut at its end.
    triedUntil.set(rule, end + AFTER / 2);
    for (const { secret, at } of tryRule(rule, content.toString("latin1", start, stop))) {
      const position = start + at;
      found.set(`${rule.id} ${position}`, {
        rule,
        line: lineAt(content, position),
        beginning: secret.slice(0, SHOWN),
        start: position,
        length: secret.length,
      });
    }
  });
  return [...found.values()].toSorted((one, other) => one.line - other.line);
}

function tryRule({ pattern }: SecretRule, text: string): { secret: string; at: number }[] {
  return [...text.matchAll(pattern)]
    .map((match) => {
      const secret = match.groups?.secret ?? match[0];
      return { secret, at: match.index + match[0].lastIndexOf(secret) };
    })
    .filter(({ secret }) => !isPlaceholder(secret));
}

/** What documentation and templates write in a secret's place. */
function isPlaceholder(secret: string): boolean {
  if (/example|placeholder|changeme|your[-_]?|dummy|xxxx|\*{3}|<[a-z]/i.test(secret)) return true;
  // Of one or two different characters, such as zeros.
  return new Set(secret.slice(-16)).size <= 3;
}

function lineAt(content: Buffer, position: number): number {
  let line = 1;
  for (
    let at = content.indexOf(0x0a);
    at !== -1 && at < position;
    at = content.indexOf(0x0a, at + 1)
  ) {
    line += 1;
  }
  return line;
}
