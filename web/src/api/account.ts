import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { profile, profileChange, self } from "../../../src/contract/accounts.ts";
import type { identityList } from "../../../src/contract/identities.ts";
import type { receivedInvitation } from "../../../src/contract/invitations.ts";
import type { mailWishChange, mailWishes } from "../../../src/contract/mail-wishes.ts";
import type { sessionList } from "../../../src/contract/sessions.ts";
import type { linkLocation, newLink } from "../../../src/contract/single-sign-on.ts";
import type {
  recoveryCodes,
  twoFactor,
  twoFactorSecret,
} from "../../../src/contract/two-factor.ts";
import { ask } from "./ask.ts";
import { pagesOf } from "./pages.ts";

export type Profile = z.output<typeof profile>;
export type BrowserSession = z.output<typeof sessionList>["items"][number];
export type LinkedIdentity = z.output<typeof identityList>["items"][number];
export type TwoFactorState = z.output<typeof twoFactor>;

/** Who somebody is; whoever is nobody is sent to the login by it. */
export const accountQuery = queryOptions({
  queryKey: ["account"],
  queryFn: ({ signal }) => ask<z.output<typeof self>>("GET /api/v1/account", { signal }),
});

export const profileQuery = queryOptions({
  queryKey: ["account", "profile"],
  queryFn: ({ signal }) => ask<Profile>("GET /api/v1/account/profile", { signal }),
});

export const mailsQuery = queryOptions({
  queryKey: ["account", "mails"],
  queryFn: ({ signal }) =>
    ask<z.output<typeof mailWishes>>("GET /api/v1/account/mails", { signal }),
});

export const sessionsQuery = queryOptions({
  queryKey: ["account", "sessions"],
  queryFn: ({ signal }) =>
    ask<z.output<typeof sessionList>>("GET /api/v1/account/sessions", { signal }),
});

export const identitiesQuery = queryOptions({
  queryKey: ["account", "identities"],
  queryFn: ({ signal }) =>
    ask<z.output<typeof identityList>>("GET /api/v1/account/identities", { signal }),
});

export const twoFactorQuery = queryOptions({
  queryKey: ["account", "two-factor"],
  queryFn: ({ signal }) => ask<TwoFactorState>("GET /api/v1/account/two-factor", { signal }),
});

export const receivedInvitationsQuery = pagesOf<z.output<typeof receivedInvitation>>(
  ["account", "invitations"],
  "/api/v1/account/invitations",
);

/** What people do with their own account. */
export const accountDeeds = {
  changeProfile: (body: z.input<typeof profileChange>) =>
    ask<Profile>("PATCH /api/v1/account/profile", { body }),
  changeMails: (body: z.input<typeof mailWishChange>) =>
    ask("PATCH /api/v1/account/mails", { body }),
  changePassword: (body: { readonly current: string; readonly next: string }) =>
    ask("POST /api/v1/account/password", { body }),
  endSession: (id: string) => ask(`DELETE /api/v1/account/sessions/${encodeURIComponent(id)}`),
  endOtherSessions: () => ask("DELETE /api/v1/account/sessions"),
  linkIdentity: (body: z.input<typeof newLink>) =>
    ask<z.output<typeof linkLocation>>("POST /api/v1/account/identities", { body }),
  unlinkIdentity: (id: string) =>
    ask(`DELETE /api/v1/account/identities/${encodeURIComponent(id)}`),
  beginTwoFactor: () =>
    ask<z.output<typeof twoFactorSecret>>("POST /api/v1/account/two-factor", { body: {} }),
  confirmTwoFactor: (code: string) =>
    ask<z.output<typeof recoveryCodes>>("POST /api/v1/account/two-factor/confirm", {
      body: { code },
    }),
  disableTwoFactor: (code: string) => ask("DELETE /api/v1/account/two-factor", { body: { code } }),
  acceptInvitation: (id: string) =>
    ask<{ readonly organization: string }>(
      `POST /api/v1/account/invitations/${encodeURIComponent(id)}/accept`,
    ),
  declineInvitation: (id: string) =>
    ask(`DELETE /api/v1/account/invitations/${encodeURIComponent(id)}`),
};
