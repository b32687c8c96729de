import type { Caller, Journal, OpenTransaction } from "../../access/index.ts";
import type { Invitee, OrganizationInvitation } from "./invitations-store.ts";

/** As Docker Hub calls sending one, and the rest alike. */
export async function recordInvitation(
  trx: OpenTransaction,
  journal: Journal,
  deed: Caller & {
    readonly action: "send" | "resend" | "cancel" | "accept" | "decline";
    readonly invitation: OrganizationInvitation;
    /** Who accepted or declined it. */
    readonly account?: string;
  },
): Promise<void> {
  const { by, origin, invitation, account } = deed;
  const { id, organization, invitee, role, teams, inviter } = invitation;
  await journal.record(trx, {
    by,
    origin,
    action: `org.member.invite.${deed.action}`,
    account: organization.name,
    name: nameOf(invitee),
    after: {
      ...{ id, role: role.name, teams: teams.map(({ name }) => name), invitedBy: inviter.name },
      ...(account === undefined ? {} : { account }),
    },
  });
}

/** The name of an account, or an address. */
export function nameOf(invitee: Invitee): string {
  return invitee.kind === "account" ? invitee.account.name : invitee.email;
}
