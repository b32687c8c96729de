import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

const PATH = "/api/v1/events";

/**
 * Whatever happens in a repository is read anew by the pages that show it. The browser connects again by itself; whoever logs in
 * or out hears something else from then on.
 */
export function useLiveEvents(account: string | undefined): void {
  const client = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the hub tells whoever has the session's cookie at that time
  useEffect(() => {
    const source = new EventSource(PATH);
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const { repository } = JSON.parse(data) as { readonly repository: string };
      void client.invalidateQueries({ queryKey: ["repository", repository] });
      void client.invalidateQueries({ queryKey: ["repositories"] });
    };
    return () => source.close();
  }, [client, account]);
}
