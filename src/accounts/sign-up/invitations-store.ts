import type { Kysely } from "kysely";
import type { MailId } from "../../platform/mail/index.ts";
import type { AccountTables, HubRole } from "../accounts-store.ts";

type Db = Kysely<AccountTables>;

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: HubRole | undefined;
  readonly invitedBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly mailId: MailId | undefined;
}

export async function insertInvitation(trx: Db, invitation: Invitation): Promise<void> {
  const { id, email, role, invitedBy, createdAt, expiresAt, mailId } = invitation;
  await trx
    .insertInto("invitations")
    .values({
      ...{ id, email, role: role ?? null, invited_by: invitedBy, mail_id: mailId ?? null },
      ...{ created_at: createdAt.getTime(), expires_at: expiresAt.getTime() },
    })
    .execute();
}

export async function renewInvitation(
  trx: Db,
  id: string,
  next: { readonly expiresAt: Date; readonly mailId: MailId | undefined },
): Promise<void> {
  await trx
    .updateTable("invitations")
    .set({ expires_at: next.expiresAt.getTime(), mail_id: next.mailId ?? null })
    .where("id", "=", id)
    .execute();
}

export async function findInvitation(db: Db, id: string): Promise<Invitation | undefined> {
  const row = await db
    .selectFrom("invitations")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row && toInvitation(row);
}

export async function findInvitationOf(db: Db, email: string): Promise<Invitation | undefined> {
  const row = await db
    .selectFrom("invitations")
    .selectAll()
    .where("email", "=", email)
    .executeTakeFirst();
  return row && toInvitation(row);
}

/** One page in the order of ids, strictly after `last`. */
export async function listInvitations(
  db: Db,
  page: { readonly last: string | undefined; readonly limit: number },
): Promise<readonly Invitation[]> {
  const rows = await db
    .selectFrom("invitations")
    .selectAll()
    .where("id", ">", page.last ?? "")
    .orderBy("id")
    .limit(page.limit)
    .execute();
  return rows.map(toInvitation);
}

export async function countInvitations(db: Db): Promise<number> {
  const row = await db
    .selectFrom("invitations")
    .select((is) => is.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export async function removeInvitation(trx: Db, id: string): Promise<void> {
  await trx.deleteFrom("invitations").where("id", "=", id).execute();
}

/** Removes those that ended before `before`. */
export async function removeOldInvitations(trx: Db, before: Date): Promise<void> {
  await trx.deleteFrom("invitations").where("expires_at", "<", before.getTime()).execute();
}

function toInvitation(row: AccountTables["invitations"]): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role ?? undefined,
    invitedBy: row.invited_by,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    mailId: row.mail_id ?? undefined,
  };
}
