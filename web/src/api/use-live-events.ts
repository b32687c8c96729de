import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { sourceKeyOf } from "./build-inputs.ts";
import { BUILDS_KEY, type Build } from "./builds.ts";
import { hearEvents, type LiveEvent } from "./hear-events.ts";
import { OFFICIAL_KEY } from "./official.ts";
import { OVERRIDES_KEY } from "./overrides.ts";
import { EXPLANATION_KEY, POLICIES_KEY } from "./pull-policies.ts";
import { readAnew } from "./read-anew.ts";
import { isView } from "./repositories.ts";
import { RETENTION_KEY, runsKeyOf } from "./retention.ts";

/** Of a repository, what shows findings or is known by a scan; nothing else changes with them. */
const OF_SCANS = ["scans", "tags", "comparison", "sbom", "layers"] as const;
/** Of the hub, by what a vulnerability or a package is found. */
const HOLDERS = ["finding-holders", "package-holders"] as const;
const FINDINGS = "findings.changed";
const POLICIES = "policies.changed";
const DELETED = "repository.deleted";
const BUILD = "build.";
const SUBMISSION = "official.changed";
const RUN = "retention.run";
const SOURCE = "source.changed";
const OVERRIDE = "tag.override";
/** What the programme of official images publishes comes to it as a push. */
const LIBRARY = "library/";
const OF_SOMETHING_ELSE = [FINDINGS, POLICIES, SUBMISSION, RUN, SOURCE, OVERRIDE];
/** Lists of repositories change with every push to the hub: they are read again so often at most. */
const LISTS_MS = 3000;
/** Every open page hears at once that something changes in many places: they do not all ask at once. */
const SPREAD_MS = 2000;

/** Whatever happens in a repository is read anew by the pages that show it. Whoever logs in or out hears something else from then on. */
export function useLiveEvents(account: string | undefined): void {
  const client = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the hub tells whoever has the session's cookie at that time
  useEffect(() => {
    const lists = createDelayed(() => void readAnew(client, ["repositories"]));
    const everywhere = [
      { topic: FINDINGS, delayed: createDelayed(() => void readFindings(client)) },
      { topic: POLICIES, delayed: createDelayed(() => void readAnew(client, POLICIES_KEY)) },
      { topic: RUN, delayed: createDelayed(() => void readAnew(client, RETENTION_KEY)) },
      { topic: DELETED, delayed: createDelayed(() => void readViews(client)) },
    ];
    const stop = hearEvents({
      onEvents: (events) => {
        void readChanged(client, events);
        if (events.some(isOfRepository)) lists.call(LISTS_MS);
        for (const { topic, delayed } of everywhere)
          if (events.some(isEverywhere(topic))) delayed.call(Math.random() * SPREAD_MS);
      },
      onGap: () => void readAnew(client),
    });
    return () => {
      lists.cancel();
      for (const { delayed } of everywhere) delayed.cancel();
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
  return !OF_SOMETHING_ELSE.includes(topic) && !topic.startsWith(BUILD);
}

function isEverywhere(of: string) {
  return ({ topic, repository, scope }: LiveEvent) =>
    topic === of && repository === undefined && scope === undefined;
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

/** Whether the repositories that were shown are still there: which one was deleted is not told. */
async function readViews(client: QueryClient): Promise<void> {
  await client.invalidateQueries({ queryKey: ["repository"], predicate: isView });
}

/** What has to be read again after these, each once. */
export function keysOf(events: readonly LiveEvent[]): readonly QueryKey[] {
  const keys = new Map<string, QueryKey>();
  const whole = new Set(events.filter(isOfRepository).map(({ repository }) => repository));
  for (const event of events)
    for (const key of keysOfOne(event)) {
      const [kind, name, part] = key;
      const isWithin = kind === "repository" && part !== undefined && whole.has(String(name));
      if (!isWithin) keys.set(JSON.stringify(key), key);
    }
  return [...keys.values()];
}

function keysOfOne(event: LiveEvent): readonly QueryKey[] {
  const { topic, repository: name, submission, scope } = event;
  if (scope !== undefined) return [runsKeyOf(scope)];
  if (submission !== undefined) return keysOfSubmission(String(submission));
  if (name === undefined) return [];
  // What may be done with an image follows from what is in it, who signed it, and what holds there.
  const explained = [...EXPLANATION_KEY, name];
  if (isOfRepository(event)) {
    const published = name.startsWith(LIBRARY) ? [[...OFFICIAL_KEY, "images"]] : [];
    // What was good for one move of a tag is used up by it.
    return [["repository", name], explained, [...OVERRIDES_KEY, name], ...published];
  }
  if (topic === FINDINGS) {
    const shown = OF_SCANS.map((part) => ["repository", name, part]);
    return [...shown, explained, ...HOLDERS.map((one) => [one])];
  }
  if (topic === POLICIES) {
    const [namespace = ""] = name.split("/", 1);
    return [explained, ...["hub", namespace, name].map((scope) => [...POLICIES_KEY, scope])];
  }
  if (topic === OVERRIDE) return [[...OVERRIDES_KEY, name]];
  return [topic === SOURCE ? sourceKeyOf(name) : [...BUILDS_KEY, "of", name]];
}

function keysOfSubmission(id: string): readonly QueryKey[] {
  return [["submissions"], ["submission", id], ["diff"]].map((part) => [...OFFICIAL_KEY, ...part]);
}
