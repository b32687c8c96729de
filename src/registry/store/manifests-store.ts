import type { Insertable, Kysely } from "kysely";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { ManifestId, ReferenceKind, RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;

export interface StoredManifest {
  readonly id: ManifestId;
  readonly repositoryId: RepositoryId;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly payload: Uint8Array;
}

export interface ReferrerRow {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly artifactType: string | null;
  readonly annotations: Record<string, string> | undefined;
}

const STORED_COLUMNS = [
  "manifests.id",
  "manifests.repository_id as repositoryId",
  "manifests.digest",
  "manifests.media_type as mediaType",
  "manifests.payload",
] as const;

const selectByDigest = prepareQuery((db: Db, key: { repository: RepositoryName; digest: Digest }) =>
  db
    .selectFrom("manifests")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .select(STORED_COLUMNS)
    .where("repositories.name", "=", key.repository)
    .where("manifests.digest", "=", key.digest),
);

export async function findManifestByDigest(
  db: Db,
  repository: RepositoryName,
  digest: Digest,
): Promise<StoredManifest | undefined> {
  return (await selectByDigest(db, { repository, digest })).rows[0];
}

const selectByTag = prepareQuery((db: Db, key: { repository: RepositoryName; tag: Tag }) =>
  db
    .selectFrom("tags")
    .innerJoin("repositories", "repositories.id", "tags.repository_id")
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .select(STORED_COLUMNS)
    .where("repositories.name", "=", key.repository)
    .where("tags.name", "=", key.tag),
);

export async function findManifestByTag(
  db: Db,
  repository: RepositoryName,
  tag: Tag,
): Promise<StoredManifest | undefined> {
  return (await selectByTag(db, { repository, tag })).rows[0];
}

const selectId = prepareQuery((db: Db, key: { repository: RepositoryId; digest: Digest }) =>
  db
    .selectFrom("manifests")
    .select("id")
    .where("repository_id", "=", key.repository)
    .where("digest", "=", key.digest),
);

export async function findManifestId(
  db: Db,
  repository: RepositoryId,
  digest: Digest,
): Promise<ManifestId | undefined> {
  return (await selectId(db, { repository, digest })).rows[0]?.id;
}

/** The row of a manifest, by the repository's id. */
export async function findManifestOf(
  db: Db,
  repository: RepositoryId,
  digest: Digest,
): Promise<
  | { readonly mediaType: string; readonly subject: Digest | null; readonly payload: Uint8Array }
  | undefined
> {
  return await db
    .selectFrom("manifests")
    .select(["media_type as mediaType", "subject", "payload"])
    .where("repository_id", "=", repository)
    .where("digest", "=", digest)
    .executeTakeFirst();
}

/** What of a manifest the database answers questions about; the payload stays the truth. */
export interface ManifestFacts {
  readonly digest: Digest;
  readonly payload: Uint8Array;
  readonly manifest: Manifest;
}

/** The columns that are derived from a payload; fsck derives them again and compares. */
export function deriveManifestColumns(manifest: Manifest) {
  return {
    media_type: manifest.mediaType,
    artifact_type: manifest.artifactType ?? manifest.config?.mediaType ?? null,
    subject: manifest.subject?.digest ?? null,
    annotations: manifest.annotations === undefined ? null : JSON.stringify(manifest.annotations),
  };
}

/** The rows of `manifest_references` that a payload asks for, each once. */
export function deriveReferences(
  manifest: Manifest,
): readonly { kind: ReferenceKind; digest: Digest }[] {
  const references = new Map<string, { kind: ReferenceKind; digest: Digest }>();
  const add = (kind: ReferenceKind, descriptors: readonly Descriptor[]) => {
    for (const { digest } of descriptors) references.set(`${kind} ${digest}`, { kind, digest });
  };
  add("config", manifest.config === undefined ? [] : [manifest.config]);
  add("layer", manifest.layers);
  add("child", manifest.children);
  add("subject", manifest.subject === undefined ? [] : [manifest.subject]);
  return [...references.values()];
}

const insertRow = prepareQuery(
  (trx: Db, row: Omit<Insertable<RegistryTables["manifests"]>, "id">) =>
    trx
      .insertInto("manifests")
      .values({
        repository_id: row.repository_id,
        digest: row.digest,
        media_type: row.media_type,
        artifact_type: row.artifact_type,
        subject: row.subject,
        annotations: row.annotations,
        size: row.size,
        payload: row.payload,
        pushed_at: row.pushed_at,
      })
      .returning("id"),
);

const insertReference = prepareQuery((trx: Db, row: RegistryTables["manifest_references"]) =>
  trx.insertInto("manifest_references").values({
    manifest_id: row.manifest_id,
    repository_id: row.repository_id,
    kind: row.kind,
    digest: row.digest,
  }),
);

export async function insertManifest(
  trx: Db,
  repository: RepositoryId,
  facts: ManifestFacts & { now: Date },
): Promise<ManifestId> {
  const { rows } = await insertRow(trx, {
    repository_id: repository,
    digest: facts.digest,
    ...deriveManifestColumns(facts.manifest),
    size: facts.payload.length,
    payload: facts.payload,
    pushed_at: facts.now.getTime(),
  });
  const id = rows[0]?.id;
  if (id === undefined) throw new Error("the database gave the manifest no id");
  for (const reference of deriveReferences(facts.manifest)) {
    await insertReference(trx, { manifest_id: id, repository_id: repository, ...reference });
  }
  return id;
}

/** Removes the manifest and its references; tags that point to it must be gone before. */
export async function deleteManifest(trx: Db, id: ManifestId): Promise<void> {
  await trx.deleteFrom("manifests").where("id", "=", id).execute();
}

export async function listManifestReferences(
  db: Db,
  id: ManifestId,
): Promise<readonly { kind: ReferenceKind; digest: Digest }[]> {
  return await db
    .selectFrom("manifest_references")
    .select(["kind", "digest"])
    .where("manifest_id", "=", id)
    .execute();
}

/** True if a manifest of this repository names `digest` as one of `kinds`. */
export async function isReferenced(
  db: Db,
  repository: RepositoryId,
  reference: { digest: Digest; kinds: readonly ReferenceKind[] },
): Promise<boolean> {
  const row = await db
    .selectFrom("manifest_references")
    .select("manifest_id")
    .where("repository_id", "=", repository)
    .where("digest", "=", reference.digest)
    .where("kind", "in", reference.kinds)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** One page of the manifests whose subject is `subject`, by digest, strictly after `last`. */
export async function listReferrers(
  db: Db,
  repository: RepositoryName,
  options: {
    subject: Digest;
    artifactType: string | undefined;
    last: string | undefined;
    limit: number;
  },
): Promise<readonly ReferrerRow[]> {
  let query = db
    .selectFrom("manifests")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .select([
      "manifests.digest",
      "manifests.media_type as mediaType",
      "manifests.size",
      "manifests.artifact_type as artifactType",
      "manifests.annotations",
    ])
    .where("repositories.name", "=", repository)
    .where("manifests.subject", "=", options.subject)
    .orderBy("manifests.digest")
    .limit(options.limit);
  if (options.artifactType !== undefined) {
    query = query.where("manifests.artifact_type", "=", options.artifactType);
  }
  if (options.last !== undefined) {
    query = query.where("manifests.digest", ">", options.last as Digest);
  }
  const rows = await query.execute();
  return rows.map((row) => ({
    ...row,
    annotations: row.annotations === null ? undefined : JSON.parse(row.annotations),
  }));
}

/** Of `digests`, those that are manifests of the repository. */
export async function filterKnownManifests(
  db: Db,
  repository: RepositoryId,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const known = new Set<Digest>();
  for (let start = 0; start < digests.length; start += 500) {
    const rows = await db
      .selectFrom("manifests")
      .select("digest")
      .where("repository_id", "=", repository)
      .where("digest", "in", digests.slice(start, start + 500))
      .execute();
    for (const row of rows) known.add(row.digest);
  }
  return known;
}

export async function listReferrerDigests(
  db: Db,
  repository: RepositoryId,
  subject: Digest,
): Promise<readonly Digest[]> {
  const rows = await db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", repository)
    .where("subject", "=", subject)
    .execute();
  return rows.map((row) => row.digest);
}

/** What the indexes among `digests` have as children, each once. */
export async function listGrandchildren(
  db: Db,
  repository: RepositoryId,
  digests: readonly Digest[],
): Promise<readonly Digest[]> {
  const found = new Set<Digest>();
  for (let start = 0; start < digests.length; start += 500) {
    const rows = await db
      .selectFrom("manifests")
      .innerJoin("manifest_references", "manifest_references.manifest_id", "manifests.id")
      .select("manifest_references.digest")
      .distinct()
      .where("manifests.repository_id", "=", repository)
      .where("manifests.digest", "in", digests.slice(start, start + 500))
      .where("manifest_references.kind", "=", "child")
      .execute();
    for (const row of rows) found.add(row.digest);
  }
  return [...found];
}

export async function findSubject(db: Db, id: ManifestId): Promise<Digest | null> {
  const row = await db
    .selectFrom("manifests")
    .select("subject")
    .where("id", "=", id)
    .executeTakeFirst();
  return row?.subject ?? null;
}

/** The bytes of a manifest of any repository. */
export async function findPayload(db: Db, digest: Digest): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom("manifests")
    .select("payload")
    .where("digest", "=", digest)
    .limit(1)
    .executeTakeFirst();
  return row?.payload;
}

export interface ManifestRow extends StoredManifest {
  readonly artifactType: string | null;
  readonly subject: Digest | null;
  readonly annotations: string | null;
}

/** One page of all manifests, by id, after `after`. */
export async function listManifests(
  db: Db,
  page: { after: number; limit: number },
): Promise<readonly ManifestRow[]> {
  return await db
    .selectFrom("manifests")
    .select(STORED_COLUMNS)
    .select(["artifact_type as artifactType", "subject", "annotations"])
    .where("id", ">", page.after as ManifestId)
    .orderBy("id")
    .limit(page.limit)
    .execute();
}
