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
  const last = query.get("last") ?? undefined;
  const text = query.get("n");
  if (text === null || text === "") return { n: max, last: last?.slice(0, LAST_LIMIT) };
  if (!/^\d{1,18}$/.test(text)) {
    throw new OciError(
      "PAGINATION_NUMBER_INVALID",
      { n: text.slice(0, 50) },
      { message: "n must be a whole number, 0 or more" },
    );
  }
  return { n: Math.min(Number(text), max), last: last?.slice(0, LAST_LIMIT) };
}

/** The value of a `Link` header that leads to the next page. */
export function nextLink(path: string, parameters: Readonly<Record<string, string>>): string {
  return `<${path}?${new URLSearchParams(parameters)}>; rel="next"`;
}
