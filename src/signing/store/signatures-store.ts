import type { Kysely, Selectable } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { ManifestId } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { SignatureFormat } from "../signature-entries.ts";
import type { SignatureId, SignatureState, SigningTables } from "../tables.ts";
import type { Signer } from "../trust.ts";

type Db = Kysely<SigningTables>;

/** A signature whose turn it is. */
export interface DueSignature {
  readonly id: SignatureId;
  readonly repositoryId: RepositoryId;
  readonly manifestId: ManifestId;
  readonly entry: number;
  readonly subject: Digest;
}

/** What is known of a signature. */
export interface KnownSignature {
  /** Of the manifest that holds it; where trust data do, of what is signed. */
  readonly digest: Digest;
  readonly entry: number;
  readonly subject: Digest;
  readonly format: SignatureFormat | "notary";
  readonly state: SignatureState;
  readonly reason: string | undefined;
  readonly kind: "signature" | "attestation" | undefined;
  readonly predicateType: string | undefined;
  readonly predicate: unknown;
  readonly signer: Signer | undefined;
  readonly signedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
  readonly verifiedAt: Date | undefined;
}

/** What was found out about one. */
export interface Finding {
  readonly state: SignatureState;
  readonly reason?: string;
  readonly kind?: "signature" | "attestation";
  readonly predicateType?: string | undefined;
  readonly predicate?: string | undefined;
  readonly signer?: Signer;
  readonly signedAt?: Date | undefined;
  readonly expiresAt?: Date | undefined;
  readonly revision: number;
  readonly now: Date;
}

/** Manifests that came after `after`, in the order of their coming. */
export async function listNewManifests(db: Db, page: { after: number; limit: number }) {
  return await db
    .selectFrom("manifests")
    .select(["id", "repository_id as repositoryId", "digest", "subject"])
    .select(["media_type as mediaType"])
    .where("id", ">", page.after as ManifestId)
    .orderBy("id")
    .limit(page.limit)
    .execute();
}

/** Tags that came to name something after `after`, in the order of their moves. */
export async function listNewTags(db: Db, page: { after: number; limit: number }) {
  return await db
    .selectFrom("tag_events")
    .select(["id", "repository_id as repositoryId", "tag", "to_digest as digest"])
    .where("id", ">", page.after)
    .orderBy("id")
    .limit(page.limit)
    .execute();
}

export async function findManifestRow(db: Db, id: number) {
  return await db
    .selectFrom("manifests")
    .select(["media_type as mediaType", "payload"])
    .where("id", "=", id as ManifestId)
    .executeTakeFirst();
}

/** Nothing for those that are known. */
export async function addSignature(
  trx: Db,
  row: Pick<
    SigningTables["signatures"],
    "repository_id" | "manifest_id" | "entry" | "subject" | "format"
  >,
): Promise<void> {
  await trx
    .insertInto("signatures")
    .values({ ...row, state: "waiting", trust_revision: 0 })
    .onConflict((conflict) => conflict.columns(["manifest_id", "entry", "subject"]).doNothing())
    .execute();
}

/** What they sign has come: those that waited for it have their turn again. */
export async function wakeSignatures(
  trx: Db,
  repositoryId: RepositoryId,
  subjects: readonly Digest[],
): Promise<void> {
  if (subjects.length === 0) return;
  await trx
    .updateTable("signatures")
    .set({ trust_revision: 0 })
    .where("repository_id", "=", repositoryId)
    .where("subject", "in", subjects)
    .where("state", "=", "waiting")
    .execute();
}

/** Those that were judged by another state of what is trusted. */
export async function listDueSignatures(
  db: Db,
  { revision, limit }: { readonly revision: number; readonly limit: number },
): Promise<readonly DueSignature[]> {
  const rows = await db
    .selectFrom("signatures")
    .select(["id", "repository_id", "manifest_id", "entry", "subject"])
    .where("trust_revision", "<", revision)
    .orderBy("trust_revision")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, entry: row.entry, subject: row.subject },
    repositoryId: row.repository_id,
    manifestId: row.manifest_id as ManifestId,
  }));
}

export async function keepFinding(trx: Db, id: SignatureId, found: Finding): Promise<void> {
  await trx
    .updateTable("signatures")
    .set({
      state: found.state,
      reason: found.reason ?? null,
      kind: found.kind ?? null,
      predicate_type: found.predicateType ?? null,
      predicate: found.predicate ?? null,
      signer: found.signer === undefined ? null : JSON.stringify(found.signer),
      signed_at: found.signedAt?.getTime() ?? null,
      expires_at: found.expiresAt?.getTime() ?? null,
      verified_at: found.now.getTime(),
      trust_revision: found.revision,
    })
    .where("id", "=", id)
    .execute();
}

export async function forgetSignature(trx: Db, id: SignatureId): Promise<void> {
  await trx.deleteFrom("signatures").where("id", "=", id).execute();
}

/** Of a page of ids, those whose manifest is gone, and the last id of the page. */
export async function listGoneSignatures(
  db: Db,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{ readonly gone: readonly SignatureId[]; readonly last: number | undefined }> {
  const rows = await db
    .selectFrom("signatures")
    .leftJoin("manifests", "manifests.id", "signatures.manifest_id" as "manifests.id")
    .select(["signatures.id", "manifests.id as there"])
    .where("signatures.id", ">", after as SignatureId)
    .orderBy("signatures.id")
    .limit(limit)
    .execute();
  const gone = rows.flatMap(({ id, there }) => (there === null ? [id] : []));
  return { gone, last: rows.length < limit ? undefined : rows.at(-1)?.id };
}

/** Signatures of these digests in the repository; what was deleted since counts no more, whoever looks first. */
export async function listSignaturesOf(
  db: Db,
  repositoryId: RepositoryId,
  subjects: readonly Digest[],
): Promise<readonly KnownSignature[]> {
  const rows = await db
    .selectFrom("signatures")
    .innerJoin("manifests", "manifests.id", "signatures.manifest_id" as "manifests.id")
    .selectAll("signatures")
    .select("manifests.digest as held")
    .where("signatures.repository_id", "=", repositoryId)
    .where("signatures.subject", "in", subjects)
    .orderBy("signatures.id")
    .limit(1000)
    .execute();
  return rows.map(toKnown);
}

/** Those of these ids, in their order of coming. */
export async function readSignatures(
  db: Db,
  repositoryId: RepositoryId,
  ids: readonly SignatureId[],
): Promise<readonly KnownSignature[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom("signatures")
    .innerJoin("manifests", "manifests.id", "signatures.manifest_id" as "manifests.id")
    .selectAll("signatures")
    .select("manifests.digest as held")
    .where("signatures.repository_id", "=", repositoryId)
    .where("signatures.id", "in", ids)
    .orderBy("signatures.id")
    .execute();
  return rows.map((row) => toKnown(row));
}

export async function readPosition(db: Db, name: string): Promise<number> {
  const row = await db
    .selectFrom("signing_positions")
    .select("position")
    .where("name", "=", name)
    .executeTakeFirst();
  return row?.position ?? 0;
}

export async function writePosition(trx: Db, name: string, position: number): Promise<void> {
  await trx
    .insertInto("signing_positions")
    .values({ name, position })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ position }))
    .execute();
}

function toKnown(
  row: Selectable<SigningTables["signatures"]> & { readonly held: Digest },
): KnownSignature {
  const date = (value: number | null) => (value === null ? undefined : new Date(value));
  return {
    ...{ digest: row.held, entry: row.entry, subject: row.subject },
    ...{ format: row.format, state: row.state },
    reason: row.reason ?? undefined,
    kind: row.kind ?? undefined,
    predicateType: row.predicate_type ?? undefined,
    predicate: row.predicate === null ? undefined : (JSON.parse(row.predicate) as unknown),
    signer: row.signer === null ? undefined : (JSON.parse(row.signer) as Signer),
    signedAt: date(row.signed_at),
    expiresAt: date(row.expires_at),
    verifiedAt: date(row.verified_at),
  };
}
