import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { TagsWish } from "../../api/tag-wish.ts";
import { type TagRow, tagsOf } from "../../api/tags.ts";

/** Tags as far as they were read. A filter that fits few of them is answered in pieces, some of them empty: those are passed over. */
export function useFoundTags(
  repository: string,
  wish: TagsWish,
): { readonly rows: readonly TagRow[]; readonly more: () => void; readonly isLooking: boolean } {
  const found = useInfiniteQuery({
    ...tagsOf(repository, wish),
    placeholderData: (previous) => previous,
    throwOnError: true,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isPlaceholderData } = found;
  const rows = found.data?.pages.flatMap(({ items }) => items) ?? [];
  const more = () => {
    if (hasNextPage && !isFetchingNextPage && !isPlaceholderData) void fetchNextPage();
  };
  const isEmpty = rows.length === 0;
  useEffect(() => {
    if (isEmpty && hasNextPage && !isFetchingNextPage && !isPlaceholderData) void fetchNextPage();
  }, [isEmpty, hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage]);
  return { rows, more, isLooking: found.isPending || isPlaceholderData || hasNextPage };
}
