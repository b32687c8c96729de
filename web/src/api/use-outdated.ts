import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { isLong } from "./read-anew.ts";

/** Whether something has changed since what is shown was read, and it was left as it is; and reading it from its beginning. */
export function useOutdated(queryKey: QueryKey): {
  readonly isOutdated: boolean;
  readonly renew: () => void;
} {
  const client = useQueryClient();
  const cache = client.getQueryCache();
  const isOutdated = useSyncExternalStore(
    useCallback((onChange) => cache.subscribe(onChange), [cache]),
    () => {
      const state = cache.find({ queryKey })?.state;
      return state?.isInvalidated === true && state.fetchStatus === "idle" && isLong({ state });
    },
  );
  return { isOutdated, renew: () => void client.resetQueries({ queryKey }) };
}
