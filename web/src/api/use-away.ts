import { onlineManager, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { presence } from "./presence.ts";
import { readAnew } from "./read-anew.ts";

const ASK_AGAIN_MS = 1000;
const MOST_WAIT_MS = 10_000;
const HEALTH = "/healthz";

/** Whether nobody answers. While that is so, the hub is asked whether it is back, ever more seldom; then everything shown is read anew. */
export function useAway(): boolean {
  const client = useQueryClient();
  const isAway = useSyncExternalStore(presence.subscribe, () => presence.isAway);
  useEffect(() => {
    if (!isAway) return;
    let timer: ReturnType<typeof setTimeout>;
    const askIn = (wait: number) => {
      timer = setTimeout(async () => {
        if (await isBack()) await readAnew(client);
        else askIn(Math.min(wait * 2, MOST_WAIT_MS));
      }, wait);
    };
    askIn(ASK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isAway, client]);
  return isAway || !onlineManager.isOnline();
}

/** Finds out whether anybody answers, and tells everybody who shows it. */
export async function isBack(): Promise<boolean> {
  try {
    const { ok } = await fetch(HEALTH);
    presence.tell(ok ? "here" : "away");
    return ok;
  } catch {
    // Still nobody: that is what is being found out.
    presence.tell("away");
    return false;
  }
}
