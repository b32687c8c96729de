import type { QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { hubQuery } from "./hub.ts";

/** Whose eyes the pages were read for. Undefined before anybody is known, null for a stranger. */
let reader: string | null | undefined;
let isChanging = false;

/** Whoever comes or goes by this page sees another hub: nothing of what was read before holds. */
export async function changeReader(client: QueryClient): Promise<void> {
  isChanging = true;
  try {
    await client.resetQueries();
  } finally {
    reader = client.getQueryData(hubQuery.queryKey)?.account?.name ?? null;
    isChanging = false;
  }
}

/**
 * Whoever came or went in another tab, or whose session has ended, is somebody else to this one as well: it begins anew, so that
 * nothing stays on it that was read for another.
 */
export function useReader(account: string | undefined): void {
  useEffect(() => {
    if (isChanging) return;
    const now = account ?? null;
    if (reader !== undefined && reader !== now) window.location.reload();
    reader = now;
  }, [account]);
}
