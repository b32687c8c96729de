import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { z } from "zod";
import type { newSession } from "../../../src/contract/sessions.ts";
import type { providerList } from "../../../src/contract/single-sign-on.ts";
import { ask } from "./ask.ts";

/** Whoever comes or goes sees another hub: nothing of what was read before holds. */
export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: z.input<typeof newSession>) => ask("POST /api/v1/session", { body }),
    onSuccess: () => client.resetQueries(),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask("DELETE /api/v1/session"),
    onSuccess: () => client.resetQueries(),
  });
}

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) =>
    ask<z.output<typeof providerList>>("GET /api/v1/login/providers", { signal }),
});
