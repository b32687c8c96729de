import { infiniteQueryOptions, type QueryKey } from "@tanstack/react-query";
import { ask, withQuery } from "./ask.ts";

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string | number | undefined;
}

type Parameters = Readonly<Record<string, string | number | undefined>>;

/** A list that the hub hands out a page at a time; `next` of one page is sent as `last`, or under another name, for the page after it. */
export function pagesOf<Item>(
  queryKey: QueryKey,
  path: `/${string}`,
  { cursor = "last", ...parameters }: Parameters & { readonly cursor?: string } = {},
) {
  return infiniteQueryOptions({
    queryKey: [...queryKey, parameters],
    queryFn: ({ signal, pageParam }) =>
      ask<Page<Item>>(`GET ${withQuery(path, { ...parameters, [cursor]: pageParam })}`, { signal }),
    initialPageParam: undefined as string | number | undefined,
    getNextPageParam: ({ next }) => next,
  });
}
