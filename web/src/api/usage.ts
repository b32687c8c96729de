import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { freedDays } from "../../../src/contract/operating.ts";
import type { trafficDays } from "../../../src/contract/pulls.ts";
import type { quota, quotaChange } from "../../../src/contract/quotas.ts";
import type { growth, usageSeries } from "../../../src/contract/usage.ts";
import { ask, withQuery } from "./ask.ts";

export type Quota = z.output<typeof quota>;

/** `place`: `hub`, `namespaces/acme` or `repositories/acme/api`. */
export function quotaQuery(place: string) {
  return queryOptions({
    queryKey: ["quota", place],
    queryFn: ({ signal }) => ask<Quota>(`GET /api/v1/quotas/${place}`, { signal }),
  });
}

const DAY_MS = 86_400_000;

/** Of the last days; by the hour where hours are kept that long. */
export function usageQuery(place: string, days: number) {
  return queryOptions({
    queryKey: ["usage", place, "stored", days],
    queryFn: ({ signal }) => {
      const since = new Date(Date.now() - days * DAY_MS).toISOString();
      return ask<z.output<typeof usageSeries>>(
        `GET ${withQuery(`/api/v1/usage/series/${place}`, { since })}`,
        { signal },
      );
    },
  });
}

export function trafficDaysQuery(place: string, days: number) {
  return queryOptions({
    queryKey: ["usage", place, "traffic", days],
    queryFn: ({ signal }) =>
      ask<z.output<typeof trafficDays>>(
        `GET ${withQuery(`/api/v1/usage/days/${place}`, { days })}`,
        { signal },
      ),
  });
}

export function growthQuery(days: number) {
  return queryOptions({
    queryKey: ["usage", "growth", days],
    queryFn: ({ signal }) =>
      ask<z.output<typeof growth>>(`GET ${withQuery("/api/v1/usage/growth", { days })}`, {
        signal,
      }),
  });
}

export function freedDaysQuery(days: number) {
  return queryOptions({
    queryKey: ["usage", "freed", days],
    queryFn: ({ signal }) =>
      ask<z.output<typeof freedDays>>(`GET ${withQuery("/api/v1/usage/freed-days", { days })}`, {
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
