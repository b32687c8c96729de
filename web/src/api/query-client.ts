import { QueryCache, QueryClient } from "@tanstack/react-query";
import { hubQuery } from "./hub.ts";
import { HubAway, HubError } from "./hub-error.ts";

const FRESH_MS = 10_000;
const MOST_WAIT_MS = 5_000;
const UNAUTHORIZED = 401;

/** A refusal is final; when nobody answers, it is tried until somebody does. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: askWhoReads }),
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      networkMode: "always",
      retry: (_count, error) => error instanceof HubAway,
      retryDelay: (count) => Math.min(500 * 2 ** count, MOST_WAIT_MS),
    },
    mutations: { networkMode: "always" },
  },
});

/** A session may have ended meanwhile: see `useReader`. Deeds say so themselves, and keep what was typed for them. */
function askWhoReads(error: Error): void {
  if (error instanceof HubError && error.status === UNAUTHORIZED)
    void queryClient.invalidateQueries({ queryKey: hubQuery.queryKey });
}
