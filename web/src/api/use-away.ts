import { onlineManager, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { HubAway } from "./hub-error.ts";

const ASK_AGAIN_MS = 2000;
const HEALTH = "/healthz";

/** Whether the last request found nobody. While that is so, the hub is asked whether it is back; then everything shown is read anew. */
export function useAway(): boolean {
  const client = useQueryClient();
  const cache = client.getQueryCache();
  const isAway = useSyncExternalStore(
    (onChange) => cache.subscribe(onChange),
    () => cache.getAll().some(({ state }) => isAwayError(state.fetchFailureReason)),
  );
  useEffect(() => {
    if (!isAway) return;
    const timer = setInterval(async () => {
      if (await answers()) await client.invalidateQueries();
    }, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isAway, client]);
  return isAway || !onlineManager.isOnline();
}

function isAwayError(error: unknown): boolean {
  return error instanceof HubAway;
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch(HEALTH)).ok;
  } catch {
    // Still nobody: that is what is being found out.
    return false;
  }
}
