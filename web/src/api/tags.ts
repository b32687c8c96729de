import {
  type InfiniteData,
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import type { z } from "zod";
import type { tagRow, tagRows, tagsDeleted } from "../../../src/contract/catalog.ts";
import type { freedByTags } from "../../../src/contract/usage.ts";
import { ask, withQuery } from "./ask.ts";
import { isLong, readAnew } from "./read-anew.ts";
import { type TagsWish, toTagsQuery } from "./tag-wish.ts";

export type TagRow = z.output<typeof tagRow>;
export type FreedByTags = z.output<typeof freedByTags>;
type Rows = z.output<typeof tagRows>;

const PAGE = 100;

export function tagsOf(repository: string, wish: TagsWish = {}) {
  return infiniteQueryOptions({
    queryKey: ["repository", repository, "tags", wish],
    queryFn: ({ signal, pageParam: last }) =>
      ask<Rows>(
        `GET ${withQuery(`/api/v1/catalog/tags/${repository}`, {
          ...toTagsQuery(wish, new Date()),
          ...{ last, limit: PAGE },
        })}`,
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    refetchOnWindowFocus: (query) => !isLong(query),
  });
}

/** What the repository shrinks by when these are deleted together. */
export function freedByQuery(repository: string, tags: readonly string[]) {
  return queryOptions({
    queryKey: ["repository", repository, "freed", tags],
    queryFn: ({ signal }) =>
      ask<FreedByTags>(`POST /api/v1/usage/freed/${repository}`, {
        body: { tags },
        signal,
      }),
  });
}

export function useDeleteTags(repository: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (tags: readonly string[]) => deleteAll(repository, tags),
    // A long list is not read again from its beginning, see `readAnew`.
    onSuccess: ({ deleted }) =>
      client.setQueriesData<InfiniteData<Rows>>(
        { queryKey: ["repository", repository, "tags"] },
        (data) => data && { ...data, pages: data.pages.map((page) => without(page, deleted)) },
      ),
    onSettled: () => readAnew(client, ["repository", repository]),
  });
}

type Deleted = z.output<typeof tagsDeleted>;

/** So many at once as the hub takes; one that may not go keeps none of the others. */
async function deleteAll(repository: string, tags: readonly string[]): Promise<Deleted> {
  const sum: { deleted: string[]; refused: Deleted["refused"] } = { deleted: [], refused: [] };
  for (let start = 0; start < tags.length; start += PAGE) {
    const body = { tags: tags.slice(start, start + PAGE) };
    const { deleted, refused } = await ask<Deleted>(`POST /api/v1/tag-deletions/${repository}`, {
      body,
    });
    sum.deleted.push(...deleted);
    sum.refused.push(...refused);
  }
  return sum;
}

function without(page: Rows, deleted: readonly string[]): Rows {
  return { ...page, items: page.items.filter(({ name }) => !deleted.includes(name)) };
}
