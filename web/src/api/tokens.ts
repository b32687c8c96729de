import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { z } from "zod";
import type {
  createdToken,
  newPersonalToken,
  personalToken,
} from "../../../src/contract/accounts.ts";
import { ask } from "./ask.ts";

export type PersonalToken = z.output<typeof personalToken>;
export type CreatedToken = z.output<typeof createdToken>;
export type NewToken = z.input<typeof newPersonalToken>;

const PATH = "/api/v1/account/tokens";

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) =>
    ask<{ readonly items: readonly PersonalToken[] }>(`GET ${PATH}`, { signal }),
});

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewToken) => ask<CreatedToken>(`POST ${PATH}`, { body }),
    onSuccess: () => client.invalidateQueries(tokensQuery),
  });
}

export function useDeleteToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => ask(`DELETE ${PATH}/${id}`),
    onSuccess: () => client.invalidateQueries(tokensQuery),
  });
}
