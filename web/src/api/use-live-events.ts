import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { BUILDS_KEY, type Build } from "./builds.ts";
import { hearEvents, type LiveEvent } from "./hear-events.ts";
import { readAnew } from "./read-anew.ts";

/** Of a repository, what shows findings or is known by a scan; nothing else changes with them. */
const OF_SCANS = ["scans", "tags", "comparison", "sbom", "layers"] as const;
/** Of the hub, by what a vulnerability or a package is found. */
const HOLDERS = ["finding-holders", "package-holders"] as const;
const FINDINGS = "findings.changed";
const BUILD = "build.";
/** Lists of repositories change with every push to the hub: they are read again so often at most. */
const LISTS_MS = 3000;
/** Every open page hears at once that findings change in many places: they do not all ask at once. */
const SPREAD_MS = 2000;

/** Whatever happens in a repository is read anew by the pages that show it. Whoever logs in or out hears something else from then on. */
export function useLiveEvents(account: string | undefined): void {
  const client = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the hub tells whoever has the session's cookie at that time
  useEffect(() => {
    const lists = createDelayed(() => void readAnew(client, ["repositories"]));
    const findings = createDelayed(() => void readFindings(client));
    const stop = hearEvents({
      onEvents: (events) => {
        void readChanged(client, events);
        if (events.some(isOfRepository)) lists.call(LISTS_MS);
        if (events.some(isEverywhere)) findings.call(Math.random() * SPREAD_MS);
      },
      onGap: () => void readAnew(client),
    });
    return () => {
      lists.cancel();
      findings.cancel();
      stop();
    };
  }, [client, account]);
}

/** Called once for all that is wished meanwhile. */
function createDelayed(run: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    call: (afterMs: number) => {
      timer ??= setTimeout(() => {
        timer = undefined;
        run();
      }, afterMs);
    },
    cancel: () => clearTimeout(timer),
  };
}

/** What changes the repository itself: what it holds, or who sees it. */
function isOfRepository({ topic }: LiveEvent): boolean {
  return topic !== FINDINGS && !topic.startsWith(BUILD);
}

function isEverywhere({ repository }: LiveEvent): boolean {
  return repository === undefined;
}

async function readChanged(client: QueryClient, events: readonly LiveEvent[]): Promise<void> {
  const builds = client
    .getQueryCache()
    .findAll({ queryKey: [...BUILDS_KEY, "one"] })
    .filter(({ state: { data } }) => isOfBuilt(data as Build | undefined, events));
  const keys = [...keysOf(events), ...builds.map(({ queryKey }) => queryKey)];
  await Promise.all(keys.map((key) => readAnew(client, key)));
}

function isOfBuilt(build: Build | undefined, events: readonly LiveEvent[]): boolean {
  return events.some(
    ({ topic, repository }) => topic.startsWith(BUILD) && repository === build?.repository,
  );
}

/** Whatever shows findings, of any repository that was shown. */
async function readFindings(client: QueryClient): Promise<void> {
  const known = client.getQueryCache().findAll({ queryKey: ["repository"] });
  const names = new Set(known.map(({ queryKey: [, name] }) => String(name)));
  const events = [...names].map((repository) => ({ topic: FINDINGS, repository }));
  await readChanged(client, events);
}

/** What has to be read again after these, each once. */
export function keysOf(events: readonly LiveEvent[]): readonly QueryKey[] {
  const whole = new Set<string>();
  const scanned = new Set<string>();
  const built = new Set<string>();
  for (const event of events) {
    if (event.repository === undefined) continue;
    const changed = isOfRepository(event) ? whole : event.topic === FINDINGS ? scanned : built;
    changed.add(event.repository);
  }
  return [
    ...[...whole].map((name) => ["repository", name]),
    ...[...scanned]
      .filter((name) => !whole.has(name))
      .flatMap((name) => [
        ...OF_SCANS.map((part) => ["repository", name, part]),
        ["pull-policies", "explanation", name],
      ]),
    ...[...built].map((name) => [...BUILDS_KEY, "of", name]),
    ...(scanned.size === 0 ? [] : HOLDERS.map((one) => [one])),
  ];
}
