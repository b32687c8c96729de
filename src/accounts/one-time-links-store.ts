import type { Kysely } from "kysely";

/** A secret that opens one thing once, and then no more. */
export interface OneTimeLinkTables {
  one_time_links: {
    /** SHA-256 of the secret, in hex; the secret itself is nowhere. */
    secret_hash: string;
    /** What it opens: `invitation`, `password-reset`. A secret for one purpose is none for another. */
    purpose: string;
    /** What it is about, such as the id of an account. */
    subject: string;
    /** What else has to be known when it is used. */
    payload: string;
    created_at: number;
    expires_at: number;
  };
}

type Db = Kysely<OneTimeLinkTables>;

export interface OneTimeLink {
  readonly secretHash: string;
  readonly purpose: string;
  readonly subject: string;
  readonly payload: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface LinkKey {
  readonly purpose: string;
  readonly secretHash: string;
}

export async function insertLink(trx: Db, link: OneTimeLink): Promise<void> {
  await trx
    .insertInto("one_time_links")
    .values({
      secret_hash: link.secretHash,
      purpose: link.purpose,
      subject: link.subject,
      payload: link.payload,
      created_at: link.createdAt.getTime(),
      expires_at: link.expiresAt.getTime(),
    })
    .execute();
}

export async function findLink(db: Db, key: LinkKey): Promise<OneTimeLink | undefined> {
  const row = await db
    .selectFrom("one_time_links")
    .selectAll()
    .where("secret_hash", "=", key.secretHash)
    .where("purpose", "=", key.purpose)
    .executeTakeFirst();
  return row && toLink(row);
}

/** Of several who take the same link, one gets it. */
export async function takeLink(trx: Db, key: LinkKey): Promise<OneTimeLink | undefined> {
  const row = await trx
    .deleteFrom("one_time_links")
    .where("secret_hash", "=", key.secretHash)
    .where("purpose", "=", key.purpose)
    .returningAll()
    .executeTakeFirst();
  return row && toLink(row);
}

export async function removeLinks(
  trx: Db,
  about: { readonly purpose: string; readonly subject: string },
): Promise<void> {
  await trx
    .deleteFrom("one_time_links")
    .where("purpose", "=", about.purpose)
    .where("subject", "=", about.subject)
    .execute();
}

export async function removeExpiredLinks(trx: Db, now: Date): Promise<void> {
  await trx.deleteFrom("one_time_links").where("expires_at", "<=", now.getTime()).execute();
}

function toLink(row: OneTimeLinkTables["one_time_links"]): OneTimeLink {
  return {
    secretHash: row.secret_hash,
    purpose: row.purpose,
    subject: row.subject,
    payload: row.payload,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  };
}
