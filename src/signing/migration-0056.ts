import type { Kysely } from "kysely";

/** Which keys prove a signature, and when one is tried again. All are verified once more, as they were judged by everybody's keys. */
export async function bindSignaturesToAnchors(db: Kysely<unknown>): Promise<void> {
  for (const column of ["namespace_id", "due_at", "attempts"]) {
    await db.schema
      .alterTable("signatures")
      .addColumn(column, "bigint", (type) => type.notNull().defaultTo(0))
      .execute();
  }
  await db.schema
    .createTable("signature_anchors")
    .addColumn("signature_id", "integer", (column) => column.notNull())
    .addColumn("anchor_id", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("signature_anchors_key", ["signature_id", "anchor_id"])
    .execute();
  await db.schema
    .createIndex("signatures_again")
    .on("signatures")
    .columns(["repository_id", "trust_revision"])
    .execute();
  // Which repositories changed hands lately.
  await db.schema
    .createIndex("former_names_retired")
    .on("former_names")
    .column("retired_at")
    .execute();
  const rows = db as Kysely<Rows>;
  await rows.updateTable("signatures").set({ trust_revision: 1 }).execute();
  await keepKnown(rows);
}

interface Rows {
  signatures: { id: number; repository_id: number; signer: string | null; trust_revision: number };
  signature_anchors: { signature_id: number; anchor_id: number };
  trust_anchors: { id: number; namespace_id: number; name: string };
  namespaces: { id: number; name: string };
}

const PAGE = 1000;

/** Those that were verified count while they wait for their turn, so that nothing is refused for that. */
async function keepKnown(db: Kysely<Rows>): Promise<void> {
  const anchors = await readAnchors(db);
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: SignedRow[] = await db
      .selectFrom("signatures")
      .select(["id", "signer"])
      .where("id", ">", after)
      .where("signer", "is not", null)
      .orderBy("id")
      .limit(PAGE)
      .execute();
    const rows = page.flatMap((row) => toBond(row, anchors));
    if (rows.length > 0) await db.insertInto("signature_anchors").values(rows).execute();
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
  }
}

type SignedRow = Pick<Rows["signatures"], "id" | "signer">;

function toBond({ id, signer }: SignedRow, anchors: ReadonlyMap<string, number>) {
  const { key, store } = JSON.parse(signer ?? "{}") as { key?: string; store?: string };
  const anchor = anchors.get(key ?? store ?? "");
  return anchor === undefined ? [] : [{ signature_id: id, anchor_id: anchor }];
}

/** By the names that signers were kept by. */
async function readAnchors(db: Kysely<Rows>): Promise<ReadonlyMap<string, number>> {
  const named = await db
    .selectFrom("trust_anchors")
    .leftJoin("namespaces", "namespaces.id", "trust_anchors.namespace_id")
    .select(["trust_anchors.id", "trust_anchors.name", "namespaces.name as namespace"])
    .execute();
  return new Map(
    named.map(({ id, name, namespace }) => [
      namespace === null ? name : `${namespace}/${name}`,
      id,
    ]),
  );
}
