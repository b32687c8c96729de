import { useMutation } from "@tanstack/react-query";
import type { z } from "zod";
import type {
  confirmed,
  passwordResetAnswer,
  passwordResetDone,
  signUp,
  signUpAnswer,
} from "../../../src/contract/sign-up.ts";
import { ask } from "./ask.ts";

export function useSignUp() {
  return useMutation({
    mutationFn: (body: z.input<typeof signUp>) =>
      ask<z.output<typeof signUpAnswer>>("POST /api/v1/sign-up", { body }),
  });
}

/** Of an address, by what came in a letter to it. */
export function useConfirmAddress() {
  return useMutation({
    mutationFn: (secret: string) =>
      ask<z.output<typeof confirmed>>("POST /api/v1/confirmations", { body: { secret } }),
  });
}

export function useAskForReset() {
  return useMutation({
    mutationFn: (account: string) =>
      ask<z.output<typeof passwordResetAnswer>>("POST /api/v1/password-reset", {
        body: { account },
      }),
  });
}

export function useResetPassword() {
  return useMutation({
    mutationFn: (body: { readonly secret: string; readonly password: string }) =>
      ask<z.output<typeof passwordResetDone>>("POST /api/v1/password-reset/confirm", { body }),
  });
}
