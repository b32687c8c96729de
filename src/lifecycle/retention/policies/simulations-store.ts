import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { RetentionTables } from "../tables.ts";
import type { Scope } from "./policies-store.ts";

type Db = Kysely<RetentionTables>;

/** A policy at its place, before it is saved. */
export interface Draft {
  readonly scope: Scope;
  readonly text: string;
  readonly inUseMs: number | undefined;
}

export interface Simulated {
  readonly removals: number;
  readonly freedBytes: number;
}

export async function insertSimulation(
  trx: Db,
  draft: Draft,
  done: Simulated & { readonly id: string; readonly now: Date },
): Promise<void> {
  await trx
    .insertInto("retention_simulations")
    .values({
      id: done.id,
      fingerprint: fingerprintOf(draft),
      removals: done.removals,
      freed_bytes: done.freedBytes,
      finished_at: done.now.getTime(),
    })
    .execute();
}

/** What it found, if it tried out this very draft and not before `since`. */
export async function findSimulation(
  db: Db,
  draft: Draft,
  wish: { readonly id: string; readonly since: Date },
): Promise<Simulated | undefined> {
  const row = await db
    .selectFrom("retention_simulations")
    .select(["removals", "freed_bytes"])
    .where("id", "=", wish.id)
    .where("fingerprint", "=", fingerprintOf(draft))
    .where("finished_at", ">=", wish.since.getTime())
    .executeTakeFirst();
  return row && { removals: Number(row.removals), freedBytes: Number(row.freed_bytes) };
}

export async function trimSimulations(trx: Db, before: Date): Promise<void> {
  await trx
    .deleteFrom("retention_simulations")
    .where("finished_at", "<", before.getTime())
    .execute();
}

function fingerprintOf({ scope, text, inUseMs }: Draft): string {
  const facts = [scope.kind, scope.id, scope.pattern, text, inUseMs ?? null];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}
