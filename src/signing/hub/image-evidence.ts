import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import { digestHex, isDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Tag } from "../../oci/tag.ts";
import { findManifestOf, findTag, type RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";

type Db = Kysely<RegistryTables>;

/** A manifest that speaks of another one. */
export interface Evidence {
  readonly source: "index" | "referrer" | "tag";
  readonly digest: Digest;
  readonly subject: Digest;
  readonly manifest: Manifest;
}

const REFERENCE_TYPE = "vnd.docker.reference.type";
const REFERENCE_DIGEST = "vnd.docker.reference.digest";
const MOST = 200;
/** Of manifests that are read for one answer, together: each may be large. */
const EVIDENCE_BYTES = 16 * 1024 * 1024;

/** What a tag or a digest names in the repository; undefined for nothing. */
export async function findImage(
  db: Db,
  { id }: Repository,
  text: string,
): Promise<{ readonly digest: Digest; readonly manifest: Manifest } | undefined> {
  const digest = await resolve(db, { id }, text);
  const manifest = digest && (await readManifest(db, { id }, digest));
  return digest && manifest && { digest, manifest };
}

async function resolve(
  db: Db,
  { id }: Pick<Repository, "id">,
  text: string,
): Promise<Digest | undefined> {
  try {
    const reference = parseReference(text);
    if (reference.kind === "digest") return reference.digest;
    return (await findTag(db, id, reference.tag))?.digest;
  } catch (cause) {
    // What cannot be a name names nothing.
    if (cause instanceof OciError) return undefined;
    throw cause;
  }
}

async function readManifest(
  db: Db,
  { id }: Pick<Repository, "id">,
  digest: Digest,
): Promise<Manifest | undefined> {
  const found = await findManifestOf(db, id, digest);
  return found && parseManifest({ bytes: found.payload, contentType: found.mediaType });
}

/** Everything in the repository that speaks of the image: of itself and, of an index, of what it lists. */
export async function listEvidence(
  db: Db,
  place: Repository,
  image: { readonly digest: Digest; readonly manifest: Manifest },
): Promise<readonly Evidence[]> {
  const attestations = image.manifest.children.filter(
    ({ annotations }) => annotations?.[REFERENCE_TYPE] === "attestation-manifest",
  );
  const images = image.manifest.children.filter((child) => !attestations.includes(child));
  const subjects = [image.digest, ...images.slice(0, MOST).map(({ digest }) => digest)];
  const evidence: Evidence[] = [];
  let left = EVIDENCE_BYTES;
  const keep = (found: readonly Evidence[]) => {
    evidence.push(...found);
    for (const { manifest } of found) left -= weigh(manifest);
  };
  for (const { digest, annotations } of attestations.slice(0, MOST)) {
    if (left <= 0) break;
    const manifest = await readManifest(db, place, digest);
    const about = annotations?.[REFERENCE_DIGEST] ?? "";
    const subject = isDigest(about) ? about : image.digest;
    if (manifest !== undefined) keep([{ source: "index", digest, subject, manifest }]);
  }
  for (const subject of subjects) {
    if (left <= 0) break;
    keep(await listReferring(db, place, { subject, most: left }));
    keep(await listTagged(db, place, subject));
  }
  return evidence;
}

/** About as much as it takes. */
function weigh({ layers, children }: Manifest): number {
  return 1000 + 500 * (layers.length + children.length);
}

const PAGE = 10;

async function listReferring(
  db: Db,
  { id }: Repository,
  { subject, most }: { readonly subject: Digest; readonly most: number },
): Promise<Evidence[]> {
  const found: Evidence[] = [];
  let left = most;
  for (let after = "" as Digest; left > 0 && found.length < MOST; ) {
    const rows = await db
      .selectFrom("manifests")
      .select(["digest", "media_type as mediaType", "payload"])
      .where("repository_id", "=", id)
      .where("subject", "=", subject)
      .where("digest", ">", after)
      .orderBy("digest")
      .limit(PAGE)
      .execute();
    for (const { digest, mediaType, payload } of rows) {
      const manifest = parseManifest({ bytes: payload, contentType: mediaType });
      found.push({ source: "referrer", digest, subject, manifest });
      left -= payload.length;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) break;
    after = last.digest;
  }
  return found;
}

async function listTagged(db: Db, place: Repository, subject: Digest): Promise<Evidence[]> {
  const found: Evidence[] = [];
  for (const kind of ["sig", "att", "sbom"]) {
    const tag = `sha256-${digestHex(subject)}.${kind}` as Tag;
    const row = await findTag(db, place.id, tag);
    const manifest = row && (await readManifest(db, place, row.digest));
    if (row !== undefined && manifest !== undefined) {
      found.push({ source: "tag", digest: row.digest, subject, manifest });
    }
  }
  return found;
}
