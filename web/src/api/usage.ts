import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { quota, quotaChange } from "../../../src/contract/quotas.ts";
import type { usageSeries } from "../../../src/contract/usage.ts";
import { ask } from "./ask.ts";

export type Quota = z.output<typeof quota>;

/** `place`: `hub`, `namespaces/acme` or `repositories/acme/api`. */
export function quotaQuery(place: string) {
  return queryOptions({
    queryKey: ["quota", place],
    queryFn: ({ signal }) => ask<Quota>(`GET /api/v1/quotas/${place}`, { signal }),
  });
}

export function usageQuery(place: string) {
  return queryOptions({
    queryKey: ["usage", place],
    queryFn: ({ signal }) =>
      ask<z.output<typeof usageSeries>>(`GET /api/v1/usage/series/${place}`, {
        signal,
      }),
  });
}

interface QuotaWish {
  readonly place: string;
  readonly wish: z.input<typeof quotaChange>;
}

export const usageDeeds = {
  setQuota: ({ place, wish }: QuotaWish) => ask(`PATCH /api/v1/quotas/${place}`, { body: wish }),
};
