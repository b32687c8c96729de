import type { Kysely, Selectable } from "kysely";
import { prepareQuery } from "../platform/db/index.ts";
import { type Anchor, type Entry, GENESIS } from "./entry.ts";

/** The rows this capability owns. */
export interface ActivityTables {
  activity: {
    seq: number;
    at: number;
    action: string;
    account: string;
    name: string;
    actor: string;
    actor_id: number | null;
    credential: string | null;
    address: string;
    client: string;
    outcome: "done" | "refused";
    before: string | null;
    after: string | null;
    previous: string;
    hash: string;
  };
  /** How much of the trail each collector has. */
  activity_forwarded: { target: string; seq: number; sent_at: number | null };
  activity_checkpoints: { seq: number; hash: string; removed_at: number };
}

type Db = Kysely<ActivityTables>;
type Row = Selectable<ActivityTables["activity"]>;

export interface EntryFilter {
  /** Entries before this one, newest first. */
  readonly before?: number | undefined;
  readonly action?: string | undefined;
  readonly account?: string | undefined;
  readonly actor?: string | undefined;
  readonly name?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** For pages that are asked for by number. */
  readonly offset?: number | undefined;
}

const selectHead = prepareQuery((db: Db, _key: object) =>
  db.selectFrom("activity").select(["seq", "hash"]).orderBy("seq", "desc").limit(1),
);

/** The last entry, or the checkpoint that stands for it. */
export async function findHead(db: Db): Promise<Anchor> {
  const { rows } = await selectHead(db, {});
  return rows[0] ?? (await findStart(db));
}

/** What the first entry that is left follows. */
export async function findStart(db: Db): Promise<Anchor> {
  const row = await db
    .selectFrom("activity_checkpoints")
    .select(["seq", "hash"])
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ?? GENESIS;
}

export async function insertEntry(trx: Db, entry: Entry): Promise<void> {
  const { actorId, ...rest } = entry;
  await trx
    .insertInto("activity")
    .values({ ...rest, actor_id: actorId })
    .execute();
}

/** Newest first. */
export async function listEntries(
  db: Db,
  filter: EntryFilter & { readonly limit: number },
): Promise<readonly Entry[]> {
  const { before, action, account, actor, name, from, to, limit, offset = 0 } = filter;
  const rows = await db
    .selectFrom("activity")
    .selectAll()
    .$if(before !== undefined, (query) => query.where("seq", "<", before as number))
    .$if(action !== undefined, (query) => query.where("action", "=", action as string))
    .$if(account !== undefined, (query) => query.where("account", "=", account as string))
    .$if(actor !== undefined, (query) => query.where("actor", "=", actor as string))
    .$if(name !== undefined, (query) => query.where("name", "=", name as string))
    .$if(from !== undefined, (query) => query.where("at", ">=", (from as Date).getTime()))
    .$if(to !== undefined, (query) => query.where("at", "<", (to as Date).getTime()))
    .orderBy("seq", "desc")
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(toEntry);
}

/** In their order, strictly after `seq`. */
export async function listEntriesAfter(
  db: Db,
  seq: number,
  limit: number,
): Promise<readonly Entry[]> {
  const rows = await db
    .selectFrom("activity")
    .selectAll()
    .where("seq", ">", seq)
    .orderBy("seq")
    .limit(limit)
    .execute();
  return rows.map(toEntry);
}

/** The last entry that is older than `before`. */
export async function findLastBefore(db: Db, before: Date): Promise<Anchor | undefined> {
  const first = await db
    .selectFrom("activity")
    .select("seq")
    .where("at", ">=", before.getTime())
    .orderBy("seq")
    .limit(1)
    .executeTakeFirst();
  return await db
    .selectFrom("activity")
    .select(["seq", "hash"])
    .$if(first !== undefined, (query) => query.where("seq", "<", first?.seq ?? 0))
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** The last entry up to `seq` that is there. */
export async function findLastUpTo(db: Db, seq: number): Promise<Anchor | undefined> {
  return await db
    .selectFrom("activity")
    .select(["seq", "hash"])
    .where("seq", "<=", seq)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** Removes everything up to the entry, which stays known as a checkpoint. */
export async function removeUpTo(trx: Db, last: Anchor, now: Date): Promise<void> {
  const { seq, hash } = last;
  await trx
    .insertInto("activity_checkpoints")
    .values({ seq, hash, removed_at: now.getTime() })
    .execute();
  await trx.deleteFrom("activity").where("seq", "<=", seq).execute();
}

function toEntry({ actor_id: actorId, ...rest }: Row): Entry {
  return { ...rest, actorId };
}
