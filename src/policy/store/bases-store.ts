import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { PolicyTables } from "../tables.ts";

type Db = Kysely<PolicyTables>;

/** An image on which others are built. */
interface BaseImage {
  readonly digest: Digest;
  /** From the bottom. */
  readonly layers: readonly Digest[];
}

/** Of those with the same first layer. An older one is no base then, which refuses and never lets through. */
const MOST = 200;

/** The images of a repository that begin with that layer, the latest first: by an index, however many there are. */
export async function listImagesOn(
  db: Db,
  repositoryId: RepositoryId,
  firstLayer: Digest,
): Promise<readonly BaseImage[]> {
  const rows = await db
    .selectFrom("manifest_references")
    .innerJoin("manifests", "manifests.id", "manifest_references.manifest_id")
    .select(["manifests.digest", "manifests.media_type as mediaType", "manifests.payload"])
    .where("manifest_references.repository_id", "=", repositoryId)
    .where("manifest_references.digest", "=", firstLayer)
    .where("manifest_references.kind", "=", "layer")
    .orderBy("manifests.id", "desc")
    .limit(MOST)
    .execute();
  return rows.map(({ digest, mediaType, payload }) => {
    const { layers } = parseManifest({ bytes: payload, contentType: mediaType });
    return { digest, layers: layers.map((layer) => layer.digest) };
  });
}
