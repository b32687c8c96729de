import type { Kysely } from "kysely";
import { type Digest, isDigest } from "../oci/digest.ts";
import { isJsonObject } from "../oci/json-field.ts";
import type { Manifest } from "../oci/manifest.ts";
import type { PullTables } from "../pulls/index.ts";
import type { ImageReader } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import { listImagesOf, type TagDeps } from "./tag-details.ts";

export interface ImageDeps extends TagDeps {
  readonly images: Pick<ImageReader, "find">;
}

type Json = Readonly<Record<string, unknown>>;

interface Step {
  readonly instruction: string;
  readonly createdAt?: string;
  readonly layer?: { readonly digest: string; readonly bytes: number; readonly mediaType: string };
}

const TAGS = 50;
const REFERRERS = 100;
const STEPS = 1000;
const TEXT = 4000;

/** What a tag or a digest of a repository names; undefined when it is not there. */
export async function findImage(
  deps: ImageDeps,
  place: { readonly repository: RepositoryId; readonly reference: string },
) {
  const { db, images } = deps;
  const row = await findManifestRow(db, place);
  if (row === undefined) return undefined;
  const read = await images.find(place.repository, row.digest);
  if (read === undefined) return undefined;
  const { manifest, config } = read;
  return {
    ...row,
    manifest,
    platforms: await listImagesOf(deps, place.repository, row),
    image: config === undefined ? undefined : describeImage(manifest, config),
    tags: await listTags(db, row.id),
    referrers: await listReferrers(db, place.repository, row.digest),
  };
}

async function findManifestRow(
  db: Kysely<PullTables>,
  { repository, reference }: { readonly repository: RepositoryId; readonly reference: string },
) {
  return await db
    .selectFrom("manifests")
    .select(["id", "digest", "artifact_type as artifactType"])
    .select(["pushed_at", "media_type", "payload", "size", "subject"])
    .where("repository_id", "=", repository)
    .where((is) =>
      isDigest(reference)
        ? is("digest", "=", reference)
        : is(
            "id",
            "=",
            is
              .selectFrom("tags")
              .select("manifest_id")
              .where("repository_id", "=", repository)
              .where("name", "=", reference as never),
          ),
    )
    .executeTakeFirst();
}

async function listTags(db: Kysely<PullTables>, manifest: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("tags")
    .select("name")
    .where("manifest_id", "=", manifest as never)
    .orderBy("name")
    .limit(TAGS)
    .execute();
  return rows.map(({ name }) => name);
}

async function listReferrers(db: Kysely<PullTables>, repository: RepositoryId, digest: Digest) {
  return await db
    .selectFrom("manifests")
    .select(["digest", "artifact_type as artifactType", "media_type as mediaType"])
    .select(["size as bytes", "pushed_at as pushedAt"])
    .where("repository_id", "=", repository)
    .where("subject", "=", digest)
    .orderBy("id", "desc")
    .limit(REFERRERS)
    .execute();
}

/** What an image says of itself; anybody may have written it, so nothing in it is taken for what it should be. */
function describeImage(manifest: Manifest, said: Json) {
  const { created, config } = said;
  return {
    ...(typeof created === "string" && { createdAt: created.slice(0, TEXT) }),
    config: isJsonObject(config) ? config : {},
    steps: listSteps(manifest, said.history),
  };
}

/** Instructions in their order; those that made a layer have it, and layers that nothing is said of come last. */
function listSteps({ layers }: Manifest, history: unknown): readonly Step[] {
  const rest = layers.map(({ digest, size, mediaType }) => ({ digest, bytes: size, mediaType }));
  const steps: Step[] = [];
  for (const entry of Array.isArray(history) ? history.slice(0, STEPS) : []) {
    if (!isJsonObject(entry)) continue;
    const { created_by: instruction, created, empty_layer: isEmpty } = entry as Json;
    const layer = isEmpty === true ? undefined : rest.shift();
    steps.push({
      instruction: typeof instruction === "string" ? instruction.slice(0, TEXT) : "",
      ...(typeof created === "string" && { createdAt: created.slice(0, TEXT) }),
      ...(layer && { layer }),
    });
  }
  return [...steps, ...rest.slice(0, STEPS).map((layer) => ({ instruction: "", layer }))];
}
