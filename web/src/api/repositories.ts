import {
  infiniteQueryOptions,
  type QueryKey,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import type { z } from "zod";
import type {
  repositoriesQuery,
  repositoryCard,
  repositoryCards,
  repositoryView,
} from "../../../src/contract/catalog.ts";
import type { Category } from "../../../src/contract/discovery.ts";
import type { repositoryChange, repositoryMove } from "../../../src/contract/organizations.ts";
import { ask, withQuery } from "./ask.ts";

export type RepositoryCard = z.output<typeof repositoryCard>;
export type RepositoryView = z.output<typeof repositoryView>;
export const REPOSITORY_ORDERS = [
  "pushed",
  "pulls",
  "stars",
  "name",
] as const satisfies readonly z.output<typeof repositoriesQuery>["order"][];
export type RepositoryOrder = (typeof REPOSITORY_ORDERS)[number];

const PATH = "/api/v1/catalog/repositories";

export function repositoryCardsQuery({
  q = "",
  order = "pushed",
  ...filter
}: {
  readonly q?: string | undefined;
  readonly order?: RepositoryOrder | undefined;
  readonly namespace?: string;
  readonly category?: Category | undefined;
  readonly architecture?: string | undefined;
  /** key=value */
  readonly label?: string | undefined;
}) {
  const wish = { q, order, ...filter };
  return infiniteQueryOptions({
    queryKey: ["repositories", wish],
    queryFn: ({ signal, pageParam: last }) =>
      ask<z.output<typeof repositoryCards>>(`GET ${withQuery(PATH, { ...wish, last })}`, {
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
}

export function repositoryQuery(name: string) {
  return queryOptions({
    queryKey: ["repository", name],
    queryFn: ({ signal }) => ask<RepositoryView>(`GET ${PATH}/${name}`, { signal }),
  });
}

/** Whether it is what `repositoryQuery` asks, and not something of what a repository holds. */
export function isView({ queryKey }: { readonly queryKey: QueryKey }): boolean {
  return queryKey[0] === "repository" && queryKey.length === 2;
}

const NONE: RepositoryView["may"] = [];

/** What the reader may do there; nothing while that is not known. */
export function useRepositoryRights(name: string): RepositoryView["may"] {
  return useQuery(repositoryQuery(name)).data?.may ?? NONE;
}

export function useDescribe(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: z.input<typeof repositoryChange>) =>
      ask(`PATCH /api/v1/repositories/${name}`, { body }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["repository", name] });
      await client.invalidateQueries({ queryKey: ["repositories"] });
    },
  });
}

/** Marks it, to find it again, or takes the mark away. */
export function useStar(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (isStarred: boolean) =>
      ask(`${isStarred ? "PUT" : "DELETE"} /api/v1/stars/${name}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["repository", name] });
      await client.invalidateQueries({ queryKey: ["repositories"] });
    },
  });
}

export const repositoryDeeds = {
  move: (body: z.input<typeof repositoryMove>) => ask("POST /api/v1/repository-moves", { body }),
};

/** Leaves its pages, too: by then nothing that was read of it is kept, nor a list that may name it. */
export function useRemoveRepository(name: string, leave: () => Promise<void>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(`DELETE /api/v1/repositories/${name}`),
    onSuccess: async () => {
      client.removeQueries({ queryKey: ["repositories"] });
      await leave();
      client.removeQueries({ queryKey: ["repository", name] });
    },
  });
}
