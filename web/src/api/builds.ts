import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type {
  build,
  buildPage,
  buildRule,
  buildRules,
  rulePreviewed,
} from "../../../src/contract/builds.ts";
import { ask, withQuery } from "./ask.ts";

export type Build = z.output<typeof build>;
export type BuildRule = z.input<typeof buildRule>;

const PATH = "/api/v1/builds";
export const BUILDS_KEY = ["builds"];

export function isOver({ endedAt }: Build): boolean {
  return endedAt !== undefined;
}

/** The newest first. */
export function buildsQuery(repository: string) {
  return infiniteQueryOptions({
    queryKey: [...BUILDS_KEY, "of", repository],
    queryFn: ({ signal, pageParam: before }) =>
      ask<z.output<typeof buildPage>>(
        `GET ${withQuery(`${PATH}/of/${repository}`, { before, limit: 20 })}`,
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
}

export function buildQuery(id: string) {
  return queryOptions({
    queryKey: [...BUILDS_KEY, "one", id],
    queryFn: ({ signal }) => ask<Build>(`GET ${PATH}/${encodeURIComponent(id)}`, { signal }),
  });
}

export function buildRulesQuery(repository: string) {
  return queryOptions({
    queryKey: [...BUILDS_KEY, "rules", repository],
    queryFn: ({ signal }) =>
      ask<z.output<typeof buildRules>>(`GET /api/v1/build-rules/${repository}`, { signal }),
  });
}

/** After the last event that was heard, if there was one. */
export function logPath(id: number, after = "") {
  return withQuery(`${PATH}/${id}/log`, { after });
}

export const buildDeeds = {
  start: (wish: { readonly repository: string; readonly ref: string }) =>
    ask<{ readonly items: readonly Build[] }>(`POST ${PATH}/of/${wish.repository}`, {
      body: { ref: wish.ref },
    }),
  preview: ({ repository, ref }: { readonly repository: string; readonly ref: string }) =>
    ask<z.output<typeof rulePreviewed>>(`POST /api/v1/build-rule-previews/${repository}`, {
      body: { ref },
    }),
  cancel: (id: number) => ask(`POST ${PATH}/${id}/cancel`),
  setRules: (wish: { readonly repository: string; readonly rules: readonly BuildRule[] }) =>
    ask(`PUT /api/v1/build-rules/${wish.repository}`, { body: { rules: wish.rules } }),
};
