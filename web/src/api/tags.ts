import {
  type InfiniteData,
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import type { z } from "zod";
import type { tagRow, tagRows, tagsDeleted, tagsQuery } from "../../../src/contract/catalog.ts";
import type { freedBy } from "../../../src/contract/usage.ts";
import { ask, withQuery } from "./ask.ts";
import { isLong, readAnew } from "./read-anew.ts";

export type TagRow = z.output<typeof tagRow>;
type Rows = z.output<typeof tagRows>;
type TagOrder = z.output<typeof tagsQuery>["order"];
export const TAG_ORDERS = [
  "updated",
  "-updated",
  "version",
  "-version",
  "name",
  "-name",
] as const satisfies readonly TagOrder[];

const PAGE = 100;

interface TagsWish {
  readonly q: string;
  readonly order: TagOrder;
}

export const FIRST_WISH: TagsWish = { q: "", order: "updated" };

export function tagsOf(repository: string, wish: TagsWish = FIRST_WISH) {
  return infiniteQueryOptions({
    queryKey: ["repository", repository, "tags", wish],
    queryFn: ({ signal, pageParam: last }) =>
      ask<Rows>(
        `GET ${withQuery(`/api/v1/catalog/tags/${repository}`, { ...wish, last, limit: PAGE })}`,
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    refetchOnWindowFocus: (query) => !isLong(query),
  });
}

/** Bytes that the repository shrinks by at least: what several of the tags share counts for none of them. */
export function freedByQuery(repository: string, tags: readonly string[]) {
  return queryOptions({
    queryKey: ["repository", repository, "freed", tags],
    queryFn: async ({ signal }) => {
      const answers = await Promise.all(
        tags.map((tag) =>
          ask<z.output<typeof freedBy>>(
            `GET ${withQuery(`/api/v1/usage/freed/${repository}`, { tag })}`,
            { signal },
          ),
        ),
      );
      return answers.reduce((sum, { withUntagged }) => sum + withUntagged.repository, 0);
    },
  });
}

export function useDeleteTags(repository: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (tags: readonly string[]) =>
      ask<z.output<typeof tagsDeleted>>(`POST /api/v1/tag-deletions/${repository}`, {
        body: { tags },
      }),
    // A long list is not read again from its beginning, see `readAnew`.
    onSuccess: ({ deleted }) =>
      client.setQueriesData<InfiniteData<Rows>>(
        { queryKey: ["repository", repository, "tags"] },
        (data) => data && { ...data, pages: data.pages.map((page) => without(page, deleted)) },
      ),
    onSettled: () => readAnew(client, ["repository", repository]),
  });
}

function without(page: Rows, deleted: readonly string[]): Rows {
  return { ...page, items: page.items.filter(({ name }) => !deleted.includes(name)) };
}
