import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { z } from "zod";
import type { restoration, restored, tagMove } from "../../../src/contract/history.ts";
import { ask, withQuery } from "./ask.ts";

export type TagMove = z.output<typeof tagMove>;

interface Moves {
  readonly items: readonly TagMove[];
  readonly next?: string;
}

export function historyQuery(repository: string, tag: string) {
  return infiniteQueryOptions({
    queryKey: ["repository", repository, "history", tag],
    queryFn: ({ signal, pageParam: last }) =>
      ask<Moves>(`GET ${withQuery(`/api/v1/tag-history/${repository}`, { tag, last })}`, {
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
}

export function useRestore(repository: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: z.input<typeof restoration>) =>
      ask<z.output<typeof restored>>(`POST /api/v1/tag-restorations/${repository}`, { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["repository", repository] }),
  });
}
