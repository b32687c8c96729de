import { type Query, QueryCache, QueryClient } from "@tanstack/react-query";
import { hubQuery } from "./hub.ts";
import { HubAway, HubError } from "./hub-error.ts";
import { isView } from "./repositories.ts";

const FRESH_MS = 10_000;
const MOST_WAIT_MS = 5_000;
const UNAUTHORIZED = 401;
/** What is not there, strangers are asked to sign in for. */
const GONE = new Set([404, UNAUTHORIZED]);

/** A refusal is final; when nobody answers, it is tried until somebody does. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      askWhoReads(error);
      forgetGone(error, query);
    },
  }),
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

/** A repository that is gone, or hidden by now, is shown no longer: its page says so, or leads strangers to the login. */
function forgetGone(error: Error, query: Query<unknown, unknown, unknown>): void {
  const isGone = error instanceof HubError && GONE.has(error.status);
  if (isGone && isView(query) && query.state.data !== undefined)
    void queryClient.resetQueries({ queryKey: query.queryKey });
}

/** A session may have ended meanwhile: see `useReader`. Deeds say so themselves, and keep what was typed for them. */
function askWhoReads(error: Error): void {
  if (error instanceof HubError && error.status === UNAUTHORIZED)
    void queryClient.invalidateQueries({ queryKey: hubQuery.queryKey });
}
