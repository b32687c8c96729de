import type { Kysely, Selectable } from "kysely";
import type { NamespaceId, NamespaceTables } from "../../namespaces/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ManifestId } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { SignatureFormat } from "../signature-entries.ts";
import type { SignatureId, SignatureState, SigningTables } from "../tables.ts";
import type { Signer } from "../trust.ts";
import { findPlaceOf } from "./anchors-store.ts";
import { AGAIN, NEW } from "./turns-store.ts";

type Db = Kysely<SigningTables & NamespaceTables>;

/** A signature whose turn it is. */
export interface DueSignature {
  readonly id: SignatureId;
  readonly repositoryId: RepositoryId;
  readonly manifestId: ManifestId;
  readonly entry: number;
  readonly subject: Digest;
  readonly attempts: number;
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
  /** The same one by all names that it is trusted by here, `signer` first. */
  readonly signers: readonly Signer[];
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
  readonly anchors?: readonly number[];
  readonly signedAt?: Date | undefined;
  readonly expiresAt?: Date | undefined;
  /** It may be otherwise by then. */
  readonly dueAt?: Date | undefined;
  readonly revision: number;
  readonly place: NamespaceId | 0;
  readonly attempts: number;
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
    .values({
      ...{ ...row, state: "waiting", trust_revision: NEW },
      ...{ namespace_id: 0, due_at: 0, attempts: 0 },
    })
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
    .set({ trust_revision: NEW, due_at: 0 })
    .where("repository_id", "=", repositoryId)
    .where("subject", "in", subjects)
    .where("state", "=", "waiting")
    .execute();
}

/** Those that were judged by another state of what is trusted, and that are not to wait any longer. */
export async function listDueSignatures(
  db: Db,
  {
    revision,
    now,
    limit,
  }: { readonly revision: number; readonly now: Date; readonly limit: number },
): Promise<readonly DueSignature[]> {
  const rows = await db
    .selectFrom("signatures")
    .select(["id", "repository_id", "manifest_id", "entry", "subject", "attempts"])
    .where("trust_revision", "<", revision)
    .where("due_at", "<=", now.getTime())
    .orderBy("trust_revision")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, entry: row.entry, subject: row.subject, attempts: row.attempts },
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
      trust_revision: found.dueAt === undefined ? found.revision : AGAIN,
      due_at: found.dueAt?.getTime() ?? 0,
      namespace_id: found.place,
      attempts: found.attempts,
    })
    .where("id", "=", id)
    .execute();
  await trx.deleteFrom("signature_anchors").where("signature_id", "=", id).execute();
  const anchors = (found.anchors ?? []).map((one) => ({ signature_id: id, anchor_id: one }));
  if (anchors.length > 0) await trx.insertInto("signature_anchors").values(anchors).execute();
}

export async function forgetSignature(trx: Db, id: SignatureId): Promise<void> {
  await trx.deleteFrom("signature_anchors").where("signature_id", "=", id).execute();
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
  const names = await listLiveAnchors(db, repositoryId, rows);
  return rows.map((row) => toKnown(row, names.get(row.id) ?? []));
}

/** By id of the signature, the names of keys and stores that prove it, and that count in the repository now. */
async function listLiveAnchors(
  db: Db,
  repositoryId: RepositoryId,
  signatures: readonly { readonly id: SignatureId }[],
): Promise<ReadonlyMap<SignatureId, readonly string[]>> {
  if (signatures.length === 0) return new Map();
  const place = await findPlaceOf(db, repositoryId);
  const ids = signatures.map(({ id }) => id);
  const rows = await db
    .selectFrom("signature_anchors")
    .innerJoin("trust_anchors", "trust_anchors.id", "signature_anchors.anchor_id")
    .leftJoin("namespaces", "namespaces.id", "trust_anchors.namespace_id" as "namespaces.id")
    .select(["signature_anchors.signature_id as id", "trust_anchors.name", "namespaces.name as in"])
    .where("signature_anchors.signature_id", "in", ids)
    .where("trust_anchors.namespace_id", "in", [0, place])
    .orderBy("trust_anchors.id")
    .execute();
  const names = new Map<SignatureId, string[]>();
  for (const { id, name, in: namespace } of rows) {
    const own = names.get(id) ?? [];
    own.push(namespace === null ? name : `${namespace}/${name}`);
    names.set(id, own);
  }
  return names;
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
  const names = await listLiveAnchors(db, repositoryId, rows);
  return rows.map((row) => toKnown(row, names.get(row.id) ?? []));
}

function toKnown(
  row: Selectable<SigningTables["signatures"]> & { readonly held: Digest },
  names: readonly string[],
): KnownSignature {
  const date = (value: number | null) => (value === null ? undefined : new Date(value));
  const made = row.signer === null ? undefined : (JSON.parse(row.signer) as Signer);
  const signers = made === undefined ? [] : nameSigner(made, names);
  // A key that was taken away counts no more from that moment on, not only once everything was judged again.
  const isOrphan = row.state === "verified" && signers.length === 0;
  return {
    ...{ digest: row.held, entry: row.entry, subject: row.subject },
    ...{ format: row.format, state: isOrphan ? "untrusted" : row.state },
    reason: isOrphan ? "who signed it is trusted no more" : (row.reason ?? undefined),
    kind: row.kind ?? undefined,
    predicateType: row.predicate_type ?? undefined,
    predicate: row.predicate === null ? undefined : (JSON.parse(row.predicate) as unknown),
    ...{ signer: signers[0], signers },
    signedAt: date(row.signed_at),
    expiresAt: date(row.expires_at),
    verifiedAt: date(row.verified_at),
  };
}

/** Once by each name; identities are proved by nobody's key. */
function nameSigner(signer: Signer, names: readonly string[]): readonly Signer[] {
  if (signer.kind === "key") return names.map((key) => ({ ...signer, key }));
  if (signer.kind === "certificate") return names.map((store) => ({ ...signer, store }));
  return [signer];
}
