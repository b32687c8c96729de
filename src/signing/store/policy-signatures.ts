import type { Kysely } from "kysely";
import type { NamespaceTables } from "../../namespaces/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { SignatureId, SigningTables } from "../tables.ts";
import { type KnownSignature, readSignatures } from "./signatures-store.ts";

type Db = Kysely<SigningTables & NamespaceTables>;

interface Wanted {
  readonly subjects: readonly Digest[];
  /** The types of attestations that somebody asks for. */
  readonly types: readonly string[];
  /** Those of them into which somebody looks. */
  readonly readTypes: readonly string[];
  readonly now: Date;
}

const MOST_SIGNERS = 500;
/** Each may hold 64 KiB. */
const MOST_READ = 100;

/**
 * What decides about the subjects: one signature of each signer however often they signed, verified ones and then the newest
 * first, and the newest attestations of which somebody asks what they say. What is beyond the limits counts for nothing, so
 * that nobody gets an image through by attaching more to it, and nobody keeps one out by attaching the same again.
 */
export async function listDecidingSignatures(
  db: Db,
  repositoryId: RepositoryId,
  wanted: Wanted,
): Promise<readonly KnownSignature[]> {
  const signers = await listSigners(db, repositoryId, wanted);
  const read = wanted.readTypes.length > 0 ? await listRead(db, repositoryId, wanted) : [];
  return await readSignatures(db, repositoryId, [...new Set([...read, ...signers])]);
}

async function listSigners(
  db: Db,
  repositoryId: RepositoryId,
  { subjects, types, now }: Wanted,
): Promise<readonly SignatureId[]> {
  const rows = await db
    .selectFrom("signatures")
    .innerJoin("manifests", "manifests.id", "signatures.manifest_id" as "manifests.id")
    .select((is) => is.fn.max<SignatureId>("signatures.id").as("newest"))
    .where("signatures.repository_id", "=", repositoryId)
    .where("signatures.subject", "in", subjects)
    .where((is) =>
      is.or([
        is("signatures.kind", "is", null),
        is("signatures.kind", "=", "signature"),
        ...(types.length > 0 ? [is("signatures.predicate_type", "in", types)] : []),
      ]),
    )
    .where((is) =>
      is.or([
        is("signatures.state", "!=", "verified"),
        is("signatures.expires_at", "is", null),
        is("signatures.expires_at", ">", now.getTime()),
      ]),
    )
    .groupBy(["signatures.state", "signatures.reason", "signatures.kind"])
    .groupBy(["signatures.predicate_type", "signatures.signer"])
    .orderBy((is) => is.case().when("signatures.state", "=", "verified").then(0).else(1).end())
    .orderBy("newest", "desc")
    .limit(MOST_SIGNERS)
    .execute();
  return rows.map(({ newest }) => newest);
}

async function listRead(
  db: Db,
  repositoryId: RepositoryId,
  { subjects, readTypes }: Wanted,
): Promise<readonly SignatureId[]> {
  const rows = await db
    .selectFrom("signatures")
    .innerJoin("manifests", "manifests.id", "signatures.manifest_id" as "manifests.id")
    .select("signatures.id")
    .where("signatures.repository_id", "=", repositoryId)
    .where("signatures.subject", "in", subjects)
    .where("signatures.state", "=", "verified")
    .where("signatures.kind", "=", "attestation")
    .where("signatures.predicate_type", "in", readTypes)
    .orderBy("signatures.id", "desc")
    .limit(MOST_READ)
    .execute();
  return rows.map(({ id }) => id);
}
