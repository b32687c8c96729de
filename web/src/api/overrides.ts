import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { newTagOverride, tagOverride } from "../../../src/contract/tag-rules.ts";
import { ask } from "./ask.ts";

const PATH = "/api/v1/tag-overrides";

export const OVERRIDES_KEY = ["tag-overrides"];

/** Leave to move tags that are immutable: asked for, and approved. */
export function overridesQuery(repository: string) {
  return queryOptions({
    queryKey: [...OVERRIDES_KEY, repository],
    queryFn: ({ signal }) =>
      ask<{ items: readonly z.output<typeof tagOverride>[] }>(`GET ${PATH}/of/${repository}`, {
        signal,
      }),
  });
}

export const overrideDeeds = {
  ask: (body: z.input<typeof newTagOverride>) => ask(`POST ${PATH}`, { body }),
  approve: (id: string) => ask(`POST ${PATH}/${id}/approve`),
  withdraw: (id: string) => ask(`DELETE ${PATH}/${id}`),
};
