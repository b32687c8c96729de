import { buffer } from "node:stream/consumers";
import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import { type Manifest, readStoredManifest } from "../../oci/manifest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import { filterReadableDigests, type RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";

/** What is read of one document, and how many are. */
const DOCUMENT_BYTES = 16 * 1024 * 1024;
const REQUEST_BYTES = 32 * 1024 * 1024;
const DOCUMENTS = 20;

interface Beside {
  readonly digest: Digest;
  readonly from: "referrer" | "attestation";
  readonly manifest: Manifest;
}

type Db = Kysely<RegistryTables>;

/** Manifests about an image: its referrers, and what BuildKit lists beside it in an index. */
async function listBeside(
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
    const manifest = readStoredManifest(row);
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
    (readStoredManifest(row)?.children ?? [])
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

interface Wanted {
  readonly subject: Digest;
  /** Tells what may be one of the documents asked for, before anything is read. */
  readonly isWanted: (layer: Manifest["layers"][number], manifest: Manifest) => boolean;
}

/**
 * The JSON documents beside an image that its repository has, each once however often it is named. They are parsed while everybody waits,
 * so there is a bound to all of one request together.
 */
export async function* readDocuments(
  { db, blobs }: { readonly db: Db; readonly blobs: Pick<BlobStore, "read" | "size"> },
  place: Pick<Repository, "id">,
  { subject, isWanted }: Wanted,
): AsyncGenerator<Pick<Beside, "digest" | "from"> & { readonly document: unknown }> {
  const named = new Map<Digest, Pick<Beside, "digest" | "from">>();
  for (const { digest, from, manifest } of await listBeside(db, place, subject)) {
    const layers = manifest.layers.filter((layer) => isWanted(layer, manifest));
    for (const layer of layers)
      if (!named.has(layer.digest)) named.set(layer.digest, { digest, from });
  }
  const first = [...named].slice(0, DOCUMENTS);
  const owned = await filterReadableDigests(
    db,
    place.id,
    first.map(([blob]) => blob),
  );
  let left = REQUEST_BYTES;
  for (const [blob, { digest, from }] of first) {
    const size = owned.has(blob) ? await blobs.size(blob) : undefined;
    if (size === undefined || size > Math.min(DOCUMENT_BYTES, left)) continue;
    left -= size;
    yield { digest, from, document: await readJson(blobs, blob) };
  }
}

/** Undefined for what is none, or is not there any more. */
async function readJson(blobs: Pick<BlobStore, "read">, digest: Digest): Promise<unknown> {
  const stream = await blobs.read(digest);
  if (stream === undefined) return undefined;
  try {
    return JSON.parse((await buffer(stream)).toString("utf8"));
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
