import type { InfiniteData, Query, QueryClient, QueryKey } from "@tanstack/react-query";

/** A list of more pages is not read again from its beginning by itself: that is a request for each page. */
export const PAGES_READ_ANEW = 3;

/** What is shown is read again, and everything else when it is shown next. Long lists are only marked: see `useOutdated`. */
export async function readAnew(client: QueryClient, queryKey: QueryKey = []): Promise<void> {
  await client.invalidateQueries({ queryKey, refetchType: "none" });
  await client.refetchQueries({ queryKey, type: "active", predicate: (query) => !isLong(query) });
}

export function isLong({ state }: { readonly state: Query["state"] }): boolean {
  const data = state.data as Partial<InfiniteData<unknown>> | undefined;
  return Array.isArray(data?.pages) && data.pages.length > PAGES_READ_ANEW;
}
