import { infiniteQueryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { activityPage } from "../../../src/contract/catalog.ts";
import type { Category, repositoryCategories } from "../../../src/contract/discovery.ts";
import { ask, withQuery } from "./ask.ts";

type Categories = z.output<typeof repositoryCategories>["categories"];
export type Activity = z.output<typeof activityPage>["items"][number];

export const CATEGORIES = [
  "api-management",
  "content-management-system",
  "data-science",
  "databases-and-storage",
  "developer-tools",
  "integration-and-delivery",
  "internet-of-things",
  "languages-and-frameworks",
  "machine-learning-and-ai",
  "message-queues",
  "monitoring-and-observability",
  "networking",
  "operating-systems",
  "security",
  "web-analytics",
  "web-servers",
] as const satisfies readonly Category[];

/** Those that people look for; any other is found by its word. */
export const ARCHITECTURES = [
  "amd64",
  "arm64",
  "arm/v7",
  "arm/v6",
  "386",
  "ppc64le",
  "riscv64",
  "s390x",
] as const;
export type Architecture = (typeof ARCHITECTURES)[number];
export type { Category };

/** Files a repository under categories. */
export const fileUnder = (wish: { readonly name: string; readonly categories: Categories }) =>
  ask(`PUT /api/v1/repository-categories/${wish.name}`, { body: { categories: wish.categories } });

export function activityQuery(repository: string) {
  return infiniteQueryOptions({
    queryKey: ["repository", repository, "activity"],
    queryFn: ({ signal, pageParam: last }) =>
      ask<z.output<typeof activityPage>>(
        `GET ${withQuery(`/api/v1/catalog/activity/${repository}`, { last, limit: 50 })}`,
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
}
