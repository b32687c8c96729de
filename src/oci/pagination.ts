import { excerpt } from "../lib/excerpt.ts";
import { OciError } from "./error.ts";

export interface Page {
  /** How many entries the client wants, at most the registry's limit. */
  readonly n: number;
  /** The entry after which the page starts; it need not exist. */
  readonly last: string | undefined;
}

const LAST_LIMIT = 1024;

/** Reads `n` and `last` of a query; `n` above `max` is cut to it. Throws PAGINATION_NUMBER_INVALID. */
export function parsePage(query: URLSearchParams, max: number): Page {
  return { n: parseNumber(query.get("n"), max), last: parseLast(query.get("last")) };
}

function parseNumber(text: string | null, max: number): number {
  if (text === null || text === "") return max;
  if (!/^\d{1,18}$/.test(text)) {
    throw invalidPage({ n: excerpt(text) }, "n must be a whole number, 0 or more");
  }
  return Math.min(Number(text), max);
}

/** An empty `last` starts at the beginning. */
function parseLast(text: string | null): string | undefined {
  if (text === null || text === "") return undefined;
  // No name is as long or contains a NUL, which not every database can be asked about.
  if (text.length <= LAST_LIMIT && !text.includes("\0")) return text;
  throw invalidPage({ last: excerpt(text) }, "last must be the last entry of the page before");
}

function invalidPage(detail: unknown, message: string): OciError {
  return new OciError("PAGINATION_NUMBER_INVALID", detail, { message });
}

/** The value of a `Link` header that leads to the next page. */
export function nextLink(path: string, parameters: Readonly<Record<string, string>>): string {
  return `<${path}?${new URLSearchParams(parameters)}>; rel="next"`;
}
