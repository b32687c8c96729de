import { buffer } from "node:stream/consumers";
import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import { isDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";

/** What is read of one document, and how many are. */
const DOCUMENT_BYTES = 16 * 1024 * 1024;
export const DOCUMENTS = 20;

interface Beside {
  readonly digest: Digest;
  readonly from: "referrer" | "attestation";
  readonly manifest: Manifest;
}

type Db = Kysely<RegistryTables>;

/** Manifests about an image: its referrers, and what BuildKit lists beside it in an index. */
export async function listBeside(
  db: Db,
  { id }: Pick<Repository, "id">,
  subject: Digest,
): Promise<readonly Beside[]> {
  const referrers = await select(db, id)
    .where("subject", "=", subject)
    .limit(DOCUMENTS * 10)
    .execute();
  const attestations = await listAttestations(db, id, subject);
  return [
    ...referrers.map((row) => ({ ...row, from: "referrer" as const })),
    ...attestations.map((row) => ({ ...row, from: "attestation" as const })),
  ].flatMap(({ digest, from, ...row }) => {
    const manifest = readManifest(row);
    return manifest === undefined ? [] : { digest, from, manifest };
  });
}

async function listAttestations(db: Db, id: Repository["id"], subject: Digest) {
  const indexes = await db
    .selectFrom("manifest_references")
    .innerJoin("manifests", "manifests.id", "manifest_references.manifest_id")
    .select(["manifests.payload", "manifests.media_type as mediaType"])
    .where("manifest_references.repository_id", "=", id)
    .where("manifest_references.digest", "=", subject)
    .where("manifest_references.kind", "=", "child")
    .limit(DOCUMENTS)
    .execute();
  const beside = indexes.flatMap((row) =>
    (readManifest(row)?.children ?? [])
      .filter((child) => child.annotations?.["vnd.docker.reference.digest"] === subject)
      .map((child) => child.digest),
  );
  if (beside.length === 0) return [];
  return await select(db, id).where("digest", "in", beside.slice(0, DOCUMENTS)).execute();
}

function select(db: Db, id: Repository["id"]) {
  return db
    .selectFrom("manifests")
    .select(["digest", "payload", "media_type as mediaType"])
    .where("repository_id", "=", id);
}

/** Undefined for what is none, is too large, or is not there. */
export async function readDocument(
  blobs: Pick<BlobStore, "read" | "size">,
  { digest }: Manifest["layers"][number],
): Promise<unknown> {
  const size = isDigest(digest) ? await blobs.size(digest) : undefined;
  if (size === undefined || size > DOCUMENT_BYTES) return undefined;
  const stream = await blobs.read(digest);
  if (stream === undefined) return undefined;
  try {
    return JSON.parse((await buffer(stream)).toString("utf8"));
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/** What was adopted from another registry may be no manifest by our measure. */
function readManifest(row: {
  readonly payload: Uint8Array;
  readonly mediaType: string;
}): Manifest | undefined {
  try {
    return parseManifest({ bytes: row.payload, contentType: row.mediaType });
  } catch (cause) {
    if (cause instanceof OciError) return undefined;
    throw cause;
  }
}
