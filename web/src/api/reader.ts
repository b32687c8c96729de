import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { hubQuery } from "./hub.ts";

/** Whose eyes the pages were read for. Undefined before anybody is known, null for a stranger. */
let reader: string | null | undefined;
let isChanging = false;

/**
 * Among the tabs of a browser: who came or went by one of them. A tab that finds its session ended says nothing: others may hold
 * what was typed into a form, and keep it while somebody signs in.
 */
const CHANNEL = "berth-reader";

/** Whoever comes or goes by this page sees another hub: nothing of what was read before holds. */
export async function changeReader(client: QueryClient): Promise<void> {
  isChanging = true;
  try {
    await client.resetQueries();
  } finally {
    reader = client.getQueryData(hubQuery.queryKey)?.account?.name ?? null;
    isChanging = false;
  }
  tellOtherTabs(reader);
}

/**
 * Whoever came or went in another tab, or whose session has ended, is somebody else to this one as well: it begins anew, so that
 * nothing stays on it that was read for another. Other tabs say so at once; without them, whoever comes back to the tab, or asks
 * for something that the session was needed for, is found out then.
 */
export function useReader(account: string | undefined): void {
  useEffect(() => {
    if (isChanging) return;
    const now = account ?? null;
    if (reader !== undefined && reader !== now) window.location.reload();
    // Whoever comes back from a provider of logins comes by a page that is loaded.
    if (reader === undefined && now !== null) tellOtherTabs(now);
    reader = now;
  }, [account]);
  useOtherTabs();
}

/** What another tab says is not believed, but a reason to ask the hub. */
function useOtherTabs(): void {
  const client = useQueryClient();
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<string | null>) => {
      if (data !== reader) void client.invalidateQueries({ queryKey: hubQuery.queryKey });
    };
    return () => channel.close();
  }, [client]);
}

function tellOtherTabs(account: string | null): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(account);
  channel.close();
}
