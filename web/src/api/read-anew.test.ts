import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { PAGES_READ_ANEW, readAnew } from "./read-anew.ts";

async function countRequests(pages: number): Promise<{ readonly after: number }> {
  const client = new QueryClient();
  let asked = 0;
  const observer = new InfiniteQueryObserver(client, {
    queryKey: ["repository", "acme/api", "tags"],
    queryFn: async ({ pageParam }) => {
      asked += 1;
      return pageParam;
    },
    initialPageParam: 0,
    getNextPageParam: (last: number) => last + 1,
  });
  const stop = observer.subscribe(() => undefined);
  for (let page = 0; page < pages; page += 1) await observer.fetchNextPage();
  const before = asked;
  await readAnew(client, ["repository"]);
  stop();
  const state = client.getQueryState(["repository", "acme/api", "tags"]);
  expect(state?.isInvalidated).toBe(asked === before);
  return { after: asked - before };
}

test("a list is read again page by page while it is short, and only marked when it is long", async () => {
  expect((await countRequests(PAGES_READ_ANEW)).after).toBe(PAGES_READ_ANEW);
  expect((await countRequests(PAGES_READ_ANEW + 1)).after).toBe(0);
});
