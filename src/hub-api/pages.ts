import type { FastifyRequest } from "fastify";
import { z } from "zod";

const LARGEST_PAGE = 100;
const DEFAULT_PAGE = 10;
/** Nobody reads on from there page by page; it bounds what a page costs. */
const LAST_ENTRY = 100_000;

/** Tools ask for `page_size=1000`: they get what there is at most, and never a refusal. */
function clamped(otherwise: number, most: number) {
  return z
    .string()
    .optional()
    .transform((text) => {
      const number = Number(text ?? otherwise);
      if (!Number.isFinite(number) || number < 1) return otherwise;
      return Math.min(most, Math.floor(number));
    });
}

export const hubPage = hubPageOf(DEFAULT_PAGE);

export function hubPageOf(size: number) {
  return { page: clamped(1, LAST_ENTRY), page_size: clamped(size, LARGEST_PAGE) };
}

export interface PageWish {
  readonly page: number;
  readonly page_size: number;
}

export function sliceOf({ page, page_size: limit }: PageWish): { offset: number; limit: number } {
  return { offset: Math.min((page - 1) * limit, LAST_ENTRY), limit };
}

/** Docker Hub's envelope. Its addresses begin with `url` where that is set, and with what the client called the hub elsewhere. */
export function envelope<Item>(
  request: FastifyRequest,
  wish: PageWish,
  found: { readonly count: number; readonly results: readonly Item[] },
) {
  const { page, page_size: size } = wish;
  const address = (number: number) => {
    const [path = "", query = ""] = request.url.split("?");
    const parameters = new URLSearchParams(query);
    parameters.set("page", String(number));
    parameters.set("page_size", String(size));
    return `${request.caller?.baseUrl ?? ""}${path}?${parameters}`;
  };
  return {
    count: found.count,
    next: page * size < found.count ? address(page + 1) : null,
    previous: page > 1 ? address(page - 1) : null,
    results: [...found.results],
  };
}
