import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { buildAgents, madeBuildAgent } from "../../../src/contract/build-agents.ts";
import type {
  buildSecretList,
  buildTriggerList,
  madeBuildTrigger,
} from "../../../src/contract/build-inputs.ts";
import type {
  buildSourceList,
  madeBuildSource,
  newBuildSource,
} from "../../../src/contract/build-sources.ts";
import { ask } from "./ask.ts";
import { BUILDS_KEY } from "./builds.ts";

export type BuildSource = z.output<typeof buildSourceList>["items"][number];
export type NewBuildSource = z.input<typeof newBuildSource>;

const MINUTE_MS = 60_000;

export const sourceKeyOf = (repository: string) => [...BUILDS_KEY, "source", repository];

/** The Git server that a repository is built from, if it is another than this hub. */
export function sourceQuery(repository: string) {
  return queryOptions({
    queryKey: sourceKeyOf(repository),
    queryFn: ({ signal }) =>
      ask<z.output<typeof buildSourceList>>(`GET /api/v1/build-sources/of/${repository}`, {
        signal,
      }),
    // As often as the hub looks there by itself: that it has looked once more, and found what it knew, it tells nobody.
    refetchInterval: ({ state: { data } }) =>
      (data?.items[0]?.pollMinutes ?? 0) * MINUTE_MS || false,
  });
}

export function secretsQuery(repository: string) {
  return queryOptions({
    queryKey: [...BUILDS_KEY, "secrets", repository],
    queryFn: ({ signal }) =>
      ask<z.output<typeof buildSecretList>>(`GET /api/v1/build-secrets/of/${repository}`, {
        signal,
      }),
  });
}

export function triggersQuery(repository: string) {
  return queryOptions({
    queryKey: [...BUILDS_KEY, "triggers", repository],
    queryFn: ({ signal }) =>
      ask<z.output<typeof buildTriggerList>>(`GET /api/v1/build-triggers/of/${repository}`, {
        signal,
      }),
  });
}

export const agentsQuery = queryOptions({
  queryKey: ["build-agents"],
  queryFn: ({ signal }) =>
    ask<z.output<typeof buildAgents>>("GET /api/v1/build-agents", { signal }),
});

export const inputDeeds = {
  addSource: ({ repository, ...body }: NewBuildSource & { readonly repository: string }) =>
    ask<z.output<typeof madeBuildSource>>(`POST /api/v1/build-sources/of/${repository}`, { body }),
  removeSource: (repository: string) => ask(`DELETE /api/v1/build-sources/of/${repository}`),
  fetchSource: (repository: string) => ask(`POST /api/v1/build-sources/fetch/${repository}`),
  setSecret: (wish: {
    readonly repository: string;
    readonly name: string;
    readonly value: string;
  }) => {
    const { repository, ...body } = wish;
    return ask(`PUT /api/v1/build-secrets/of/${repository}`, { body });
  },
  removeSecret: ({ repository, name }: { readonly repository: string; readonly name: string }) =>
    ask(`DELETE /api/v1/build-secrets/named/${encodeURIComponent(name)}/${repository}`),
  addTrigger: ({ repository, label }: { readonly repository: string; readonly label: string }) =>
    ask<z.output<typeof madeBuildTrigger>>(`POST /api/v1/build-triggers/of/${repository}`, {
      body: { label },
    }),
  removeTrigger: (id: string) => ask(`DELETE /api/v1/build-triggers/one/${encodeURIComponent(id)}`),
  addAgent: (name: string) =>
    ask<z.output<typeof madeBuildAgent>>("POST /api/v1/build-agents", { body: { name } }),
  removeAgent: (name: string) => ask(`DELETE /api/v1/build-agents/${encodeURIComponent(name)}`),
};
