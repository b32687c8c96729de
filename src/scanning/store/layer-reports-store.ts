import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Kysely } from "kysely";
import type { LayerReport } from "../inventory/model.ts";
import type { ScanningTables } from "../tables.ts";

type Db = Kysely<ScanningTables>;

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** What an analyser of this version found in the layer before. */
export async function findLayerReport(
  db: Db,
  key: { readonly diffId: string; readonly analyserVersion: number },
): Promise<LayerReport | undefined> {
  const row = await db
    .selectFrom("layer_reports")
    .select("report")
    .where("diff_id", "=", key.diffId)
    .where("analyser_version", "=", key.analyserVersion)
    .executeTakeFirst();
  return row && ((await readPacked(row.report)) as LayerReport);
}

export async function saveLayerReport(
  trx: Db,
  { diffId, analyserVersion }: LayerReport,
  {
    packed,
    listing,
    now,
  }: {
    readonly packed: Uint8Array;
    readonly listing: Uint8Array | undefined;
    readonly now: Date;
  },
): Promise<void> {
  const columns = {
    ...{ analyser_version: analyserVersion, report: packed, listing: listing ?? null },
    made_at: now.getTime(),
  };
  await trx
    .insertInto("layer_reports")
    .values({ diff_id: diffId, ...columns })
    .onConflict((conflict) => conflict.column("diff_id").doUpdateSet(columns))
    .execute();
}

/** As JSON, compressed. Done before a transaction, which must not wait for it. */
export async function pack(value: unknown): Promise<Uint8Array> {
  return await compress(JSON.stringify(value), { level: 4 });
}

export async function readPacked(packed: Uint8Array): Promise<unknown> {
  return JSON.parse((await expand(packed)).toString("utf8"));
}
