import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { newIdentity, userIdentityList } from "../../../src/contract/identities.ts";
import type { sessionList } from "../../../src/contract/sessions.ts";
import type { passwordResetLink } from "../../../src/contract/sign-up.ts";
import type { User } from "./administration.ts";
import { ask } from "./ask.ts";

export type PasswordLink = z.output<typeof passwordResetLink>;

const pathOf = (name: string) => `/api/v1/users/${encodeURIComponent(name)}` as const;

export const userQuery = (name: string) =>
  queryOptions({
    queryKey: ["user", name],
    queryFn: ({ signal }) => ask<User>(`GET ${pathOf(name)}`, { signal }),
  });

/** Who of directories and providers opens that account. */
export const userIdentitiesQuery = (name: string) =>
  queryOptions({
    queryKey: ["user", name, "identities"],
    queryFn: ({ signal }) =>
      ask<z.output<typeof userIdentityList>>(`GET ${pathOf(name)}/identities`, { signal }),
  });

/** Where that account is signed in. */
export const userSessionsQuery = (name: string) =>
  queryOptions({
    queryKey: ["user", name, "sessions"],
    queryFn: ({ signal }) =>
      ask<z.output<typeof sessionList>>(`GET ${pathOf(name)}/sessions`, { signal }),
  });

/** What administrators do with how somebody else logs in. */
export const userDeedsOf = (name: string) => ({
  linkIdentity: (body: z.input<typeof newIdentity>) =>
    ask(`POST ${pathOf(name)}/identities`, { body }),
  unlinkIdentity: (id: string) =>
    ask(`DELETE ${pathOf(name)}/identities/${encodeURIComponent(id)}`),
  endSession: (id: string) => ask(`DELETE ${pathOf(name)}/sessions/${encodeURIComponent(id)}`),
  endSessions: () => ask(`DELETE ${pathOf(name)}/sessions`),
  resetTwoFactor: () => ask(`DELETE ${pathOf(name)}/two-factor`),
  makePasswordLink: () => ask<PasswordLink>(`POST ${pathOf(name)}/password-reset`, { body: {} }),
});
