import { ScimError } from "./scim-error.ts";

/** An attribute compared with a value; attributes are in lower case. */
export interface ScimComparison {
  readonly kind: "compare";
  readonly attribute: string;
  readonly operator: "eq" | "ne" | "co" | "sw";
  readonly value: string | boolean;
}

/** RFC 7644, section 3.4.2.2, with the operators that Docker Hub knows. */
export type ScimFilter =
  | ScimComparison
  | { readonly kind: "and" | "or"; readonly left: ScimFilter; readonly right: ScimFilter }
  | { readonly kind: "not"; readonly filter: ScimFilter };

interface Token {
  readonly kind: "word" | "text" | "open" | "close";
  readonly value: string;
}

const LONGEST = 1000;
/** A filter nests and chains this much at most: nobody means more, and each level costs the database one. */
const PARTS = 50;
const OPERATORS: ReadonlySet<string> = new Set(["eq", "ne", "co", "sw"]);
const TOKEN = /\s*(?:(\()|(\))|("(?:[^"\\]|\\.)*")|([A-Za-z0-9_.:$-]+))/y;

/** Throws ScimError (invalidFilter) with what is wrong. */
export function parseScimFilter(text: string): ScimFilter {
  if (text.length > LONGEST) throw invalid(`a filter has at most ${LONGEST} characters`);
  const reader = new TokenReader(tokensOf(text));
  const filter = readOr(reader);
  if (reader.peek() !== undefined) throw invalid(`"${reader.next().value}" is not expected there`);
  return filter;
}

class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** Throws at the end of the filter. */
  next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw invalid("it ends too early");
    this.#at += 1;
    return token;
  }

  /** Takes the word if it comes next. */
  take(word: string): boolean {
    const token = this.peek();
    if (token?.kind !== "word" || token.value.toLowerCase() !== word) return false;
    this.#at += 1;
    return true;
  }
}

function readOr(reader: TokenReader): ScimFilter {
  let left = readAnd(reader);
  while (reader.take("or")) left = { kind: "or", left, right: readAnd(reader) };
  return left;
}

function readAnd(reader: TokenReader): ScimFilter {
  let left = readOne(reader);
  while (reader.take("and")) left = { kind: "and", left, right: readOne(reader) };
  return left;
}

function readOne(reader: TokenReader): ScimFilter {
  if (reader.take("not")) return { kind: "not", filter: readGroup(reader) };
  if (reader.peek()?.kind === "open") return readGroup(reader);
  return readComparison(reader);
}

function readGroup(reader: TokenReader): ScimFilter {
  if (reader.next().kind !== "open") throw invalid('"not" takes a group in parentheses');
  const filter = readOr(reader);
  if (reader.next().kind !== "close") throw invalid("a parenthesis is not closed");
  return filter;
}

function readComparison(reader: TokenReader): ScimFilter {
  const name = reader.next();
  if (name.kind !== "word") throw invalid(`"${name.value}" is no attribute`);
  const operator = reader.next().value.toLowerCase();
  if (!isOperator(operator)) throw invalid(`"${operator}" is no operator: eq, ne, co and sw are`);
  const attribute = name.value.replace(/^urn:[^ ]*:User:/i, "").toLowerCase();
  return { kind: "compare", attribute, operator, value: readValue(reader.next()) };
}

function isOperator(text: string): text is ScimComparison["operator"] {
  return OPERATORS.has(text);
}

function readValue({ kind, value }: Token): string | boolean {
  if (kind === "word" && /^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  if (kind !== "text") throw invalid(`"${value}" is no value: texts stand in double quotes`);
  try {
    return JSON.parse(value) as string;
  } catch (cause) {
    throw invalid(`${value} is no text`, { cause });
  }
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== "") {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw invalid(`"${text.slice(at, at + 20).trim()}" cannot be read`);
    tokens.push(toToken(found));
  }
  if (tokens.length === 0) throw invalid("it is empty");
  if (tokens.length > PARTS * 4) throw invalid(`a filter has at most ${PARTS} comparisons`);
  return tokens;
}

function toToken([, open, close, quoted, word = ""]: RegExpExecArray): Token {
  if (open !== undefined) return { kind: "open", value: open };
  if (close !== undefined) return { kind: "close", value: close };
  return quoted === undefined ? { kind: "word", value: word } : { kind: "text", value: quoted };
}

function invalid(why: string, options?: ErrorOptions): ScimError {
  return new ScimError(
    { status: 400, scimType: "invalidFilter", detail: `the filter: ${why}` },
    options,
  );
}
