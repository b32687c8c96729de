import { RetentionSyntaxError } from "./syntax-error.ts";

/** A word of a line. Quotes are taken off and make no difference otherwise, but for `isQuoted`. */
export interface Token {
  readonly text: string;
  readonly isQuoted: boolean;
  /** Counted from 1. */
  readonly column: number;
}

export interface Line {
  readonly number: number;
  readonly text: string;
  readonly tokens: readonly Token[];
  /** Where the line ends: what is missing is missing there. */
  readonly end: number;
}

const LINES = 200;
const COLUMNS = 500;
const WORD = /"((?:[^"\\]|\\["\\])*)"|'([^']*)'|[^\s#"']+/y;

/** The lines that say something: without empty ones and comments. Throws RetentionSyntaxError. */
export function readLines(policy: string): readonly Line[] {
  const texts = policy.split(/\r?\n/);
  if (texts.length > LINES) {
    throw new RetentionSyntaxError(
      { line: LINES + 1, column: 1 },
      `a policy has at most ${LINES} lines`,
    );
  }
  return texts.map(readLine).filter(({ tokens }) => tokens.length > 0);
}

function readLine(text: string, at: number): Line {
  const number = at + 1;
  if (text.length > COLUMNS) {
    throw new RetentionSyntaxError(
      { line: number, column: COLUMNS + 1 },
      `a line has at most ${COLUMNS} characters`,
    );
  }
  const tokens: Token[] = [];
  for (let position = skipSpace(text, 0); position < text.length; ) {
    if (text[position] === "#") break;
    WORD.lastIndex = position;
    const found = WORD.exec(text);
    if (found === null) {
      throw new RetentionSyntaxError(
        { line: number, column: position + 1 },
        "a quotation mark is not closed",
      );
    }
    const [word, double, single] = found;
    const quoted = double?.replaceAll(/\\(["\\])/g, "$1") ?? single;
    tokens.push({ text: quoted ?? word, isQuoted: quoted !== undefined, column: position + 1 });
    position = skipSpace(text, WORD.lastIndex);
  }
  return { number, text: text.trim(), tokens, end: text.trimEnd().length + 1 };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? "")) at += 1;
  return at;
}
