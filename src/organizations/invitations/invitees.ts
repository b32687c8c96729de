import type { Kysely } from "kysely";
import { z } from "zod";
import { findAccountByName, listAccountsByEmail } from "../../accounts/index.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import { findMember } from "../organizations-store.ts";
import type { OrganizationTables } from "../tables.ts";
import {
  findInvitationFor,
  type Invitee,
  type OrganizationInvitation,
} from "./invitations-store.ts";

type Db = Kysely<OrganizationTables>;

const address = z.email().max(254);

/** What inviting somebody would come to. */
export type Verdict =
  | {
      readonly status: "free";
      readonly invitee: Invitee;
      /** One whose time is over, which the next one takes the place of. */
      readonly former: OrganizationInvitation | undefined;
    }
  | { readonly status: "member" }
  | { readonly status: "already-invited"; readonly invitation: OrganizationInvitation }
  | { readonly status: "invalid"; readonly why: string };

/**
 * Whoever may invite may learn of a name whether it is an account's: taking somebody in by name says so, too, and so does
 * signing up. Of an address they learn that it is a member's, which they see in the list of members, and no more: one with an
 * account and one without are answered alike.
 */
export async function judgeInvitee(
  db: Db,
  wish: { readonly organization: NamespaceId; readonly text: string; readonly now: Date },
): Promise<Verdict> {
  const { organization, text, now } = wish;
  const invitee = await findInvitee(db, text.trim().toLowerCase());
  if (typeof invitee === "string") return { status: "invalid", why: invitee };
  if (await isMember(db, organization, invitee)) return { status: "member" };
  const invitation = await findInvitationFor(db, organization, invitee);
  if (invitation !== undefined && invitation.expiresAt > now)
    return { status: "already-invited", invitation };
  return { status: "free", invitee, former: invitation };
}

/** A sentence for whom nobody can invite. */
async function findInvitee(db: Db, text: string): Promise<Invitee | string> {
  if (text.includes("@")) {
    const { success } = address.safeParse(text);
    return success ? { kind: "address", email: text } : "this is no e-mail address";
  }
  const account = await findAccountByName(db, text);
  if (account === undefined) return "no account has this name";
  return { kind: "account", account: { id: account.id, name: account.name } };
}

async function isMember(db: Db, organization: NamespaceId, invitee: Invitee): Promise<boolean> {
  const accounts =
    invitee.kind === "account" ? [invitee.account] : await listAccountsByEmail(db, invitee.email);
  for (const { id } of accounts) {
    if ((await findMember(db, organization, id)) !== undefined) return true;
  }
  return false;
}
