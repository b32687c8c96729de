import { QueryClient } from "@tanstack/react-query";
import { HubAway } from "./hub-error.ts";

const FRESH_MS = 10_000;
const MOST_WAIT_MS = 5_000;

/** A refusal is final; when nobody answers, it is tried until somebody does. */
export const queryClient = new QueryClient({
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
