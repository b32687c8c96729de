import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { z } from "zod";
import type { newSession } from "../../../src/contract/sessions.ts";
import type { providerList } from "../../../src/contract/single-sign-on.ts";
import { ask } from "./ask.ts";
import { changeReader } from "./reader.ts";

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: z.input<typeof newSession>) => ask("POST /api/v1/session", { body }),
    onSuccess: () => changeReader(client),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask("DELETE /api/v1/session"),
    onSuccess: () => changeReader(client),
  });
}

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) =>
    ask<z.output<typeof providerList>>("GET /api/v1/login/providers", { signal }),
});

/** A code is digits, or a recovery code of letters and dashes; the hub says which of the two it wants. */
const CODE = /^(?:\d{6}|[0-9a-z]{4,}(?:-[0-9a-z]{4,})+)$/i;

/** That it is still them, for what a stolen session would be used for. */
export function useConfirmIdentity() {
  return useMutation({
    mutationFn: (proof: string) =>
      ask("POST /api/v1/session/confirm", {
        body: CODE.test(proof) ? { code: proof } : { password: proof },
      }),
  });
}
