import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { quota } from "../../../src/contract/quotas.ts";
import type { usageSeries } from "../../../src/contract/usage.ts";
import { ask } from "./ask.ts";

export type Quota = z.output<typeof quota>;

/** Of a namespace, or of the whole hub without a name. */
export function quotaQuery(namespace?: string) {
  return queryOptions({
    queryKey: ["quota", namespace],
    queryFn: ({ signal }) => ask<Quota>(`GET /api/v1/quotas/${placeOf(namespace)}`, { signal }),
  });
}

export function usageQuery(namespace?: string) {
  return queryOptions({
    queryKey: ["usage", namespace],
    queryFn: ({ signal }) =>
      ask<z.output<typeof usageSeries>>(`GET /api/v1/usage/series/${placeOf(namespace)}`, {
        signal,
      }),
  });
}

function placeOf(namespace: string | undefined): string {
  return namespace === undefined ? "hub" : `namespaces/${encodeURIComponent(namespace)}`;
}
