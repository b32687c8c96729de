import type { Kysely, Selectable } from "kysely";
import type { OfficialAttention } from "../../contract/official.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { OfficialTables, SubmissionId } from "./official-tables.ts";

type Db = Kysely<OfficialTables>;

const LIBRARY = "library/";

export interface OfficialImage
  extends Pick<Selectable<OfficialTables["official_images"]>, "name" | "status" | "reason"> {
  readonly submissionId: SubmissionId;
  readonly tags: readonly string[];
  readonly unmaintained: readonly string[];
  readonly flags: readonly string[];
  readonly attention: readonly OfficialAttention[];
  readonly publishedAt: Date;
}

export async function findImage(db: Db, name: string): Promise<OfficialImage | undefined> {
  const row = await db
    .selectFrom("official_images")
    .selectAll()
    .where("name", "=", name)
    .executeTakeFirst();
  return row && toImage(row);
}

/** All of them: a hub vouches for few. */
export async function listImages(db: Db): Promise<OfficialImage[]> {
  const rows = await db.selectFrom("official_images").selectAll().orderBy("name").execute();
  return rows.map(toImage);
}

/** What the hub says of these repositories, by their names: of those that the programme has published. */
export async function listStandings(
  db: Db,
  repositories: readonly string[],
): Promise<ReadonlyMap<string, Pick<OfficialImage, "status" | "reason">>> {
  const names = repositories
    .filter((name) => name.startsWith(LIBRARY))
    .map((name) => name.slice(LIBRARY.length));
  if (names.length === 0) return new Map();
  const rows = await db
    .selectFrom("official_images")
    .select(["name", "status", "reason"])
    .where("name", "in", names)
    .execute();
  return new Map(rows.map(({ name, status, reason }) => [LIBRARY + name, { status, reason }]));
}

/** Those that it vouches for today. */
export async function listOfficial(
  db: Db,
  repositories: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = await listStandings(db, repositories);
  return new Set([...found].flatMap(([name, { status }]) => (status === "maintained" ? name : [])));
}

/** What the definition does not name any more stays where it is, and is nobody's duty. */
export async function publishImage(
  trx: Db,
  image: { name: string; submissionId: SubmissionId; tags: readonly string[]; now: Date },
): Promise<void> {
  const before = await findImage(trx, image.name);
  const old = [...(before?.tags ?? []), ...(before?.unmaintained ?? [])];
  const left = [...new Set(old)].filter((tag) => !image.tags.includes(tag));
  const kept = {
    submission_id: image.submissionId,
    tags: JSON.stringify(image.tags),
    unmaintained: JSON.stringify(left),
    ...({ status: "maintained", reason: "", flags: "[]", attention: "[]" } as const),
    published_at: image.now.getTime(),
  };
  await trx
    .insertInto("official_images")
    .values({ name: image.name, ...kept })
    .onConflict((conflict) => conflict.column("name").doUpdateSet(kept))
    .execute();
}

/** False where there is no such image. */
export async function setStatus(
  trx: Db,
  { name, status, reason }: Pick<OfficialImage, "name" | "status" | "reason">,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("official_images")
    .set({ status, reason })
    .where("name", "=", name)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function setFlags(trx: Db, name: string, flags: readonly string[]): Promise<void> {
  await trx
    .updateTable("official_images")
    .set({ flags: JSON.stringify(flags) })
    .where("name", "=", name)
    .execute();
}

/** False when something else has been published of the name. */
export async function setAttention(
  trx: Db,
  { name, submissionId }: Pick<OfficialImage, "name" | "submissionId">,
  attention: readonly OfficialAttention[],
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("official_images")
    .set({ attention: JSON.stringify(attention) })
    .where("name", "=", name)
    .where("submission_id", "=", submissionId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function addPublisher(trx: Db, namespace: NamespaceId, now: Date): Promise<void> {
  await trx
    .insertInto("official_publishers")
    .values({ namespace_id: namespace, created_at: now.getTime() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** False for who was none. */
export async function removePublisher(trx: Db, namespace: NamespaceId): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom("official_publishers")
    .where("namespace_id", "=", namespace)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Whether administrators vouch for who publishes there. */
export async function isPublisher(db: Db, namespace: NamespaceId): Promise<boolean> {
  const row = await db
    .selectFrom("official_publishers")
    .select("namespace_id")
    .where("namespace_id", "=", namespace)
    .executeTakeFirst();
  return row !== undefined;
}

export async function listPublishers(db: Db): Promise<NamespaceId[]> {
  const rows = await db
    .selectFrom("official_publishers")
    .select("namespace_id")
    .orderBy("namespace_id")
    .execute();
  return rows.map((row) => row.namespace_id);
}

function toImage(row: Selectable<OfficialTables["official_images"]>): OfficialImage {
  const { name, status, reason } = row;
  return {
    ...{ name, status, reason },
    submissionId: row.submission_id,
    tags: JSON.parse(row.tags) as string[],
    unmaintained: JSON.parse(row.unmaintained) as string[],
    flags: JSON.parse(row.flags) as string[],
    attention: JSON.parse(row.attention) as OfficialAttention[],
    publishedAt: new Date(row.published_at),
  };
}
