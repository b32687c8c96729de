import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { hearEvents, type LiveEvent } from "./hear-events.ts";
import { readAnew } from "./read-anew.ts";

/** Of a repository, what shows findings; a scan changes nothing else. */
const OF_SCANS = ["scans", "tags", "comparison"] as const;
const SCAN_TOPICS: readonly string[] = ["scan.completed", "scan.failed", "vulnerability.found"];
/** Lists of repositories change with every push to the hub: they are read again so often at most. */
const LISTS_MS = 3000;

/** Whatever happens in a repository is read anew by the pages that show it. Whoever logs in or out hears something else from then on. */
export function useLiveEvents(account: string | undefined): void {
  const client = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the hub tells whoever has the session's cookie at that time
  useEffect(() => {
    let lists: ReturnType<typeof setTimeout> | undefined;
    const readLists = () => {
      lists = undefined;
      void readAnew(client, ["repositories"]);
    };
    const stop = hearEvents({
      onEvents: (events) => {
        void readChanged(client, events);
        if (events.some(({ topic }) => !SCAN_TOPICS.includes(topic)))
          lists ??= setTimeout(readLists, LISTS_MS);
      },
      onGap: () => void readAnew(client),
    });
    return () => {
      clearTimeout(lists);
      stop();
    };
  }, [client, account]);
}

async function readChanged(client: QueryClient, events: readonly LiveEvent[]): Promise<void> {
  await Promise.all(keysOf(events).map((key) => readAnew(client, key)));
}

/** What has to be read again after these, each once. */
export function keysOf(events: readonly LiveEvent[]): readonly QueryKey[] {
  const whole = new Set<string>();
  const scanned = new Set<string>();
  for (const { topic, repository } of events)
    (SCAN_TOPICS.includes(topic) ? scanned : whole).add(repository);
  return [
    ...[...whole].map((name) => ["repository", name]),
    ...[...scanned]
      .filter((name) => !whole.has(name))
      .flatMap((name) => [
        ...OF_SCANS.map((part) => ["repository", name, part]),
        ["pull-policies", "explanation", name],
      ]),
  ];
}
