import { text } from "node:stream/consumers";
import type { Kysely } from "kysely";
import { type Digest, isDigest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { Tag } from "../oci/tag.ts";
import type { BlobStore } from "../platform/blobs/index.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";

/** One image behind a tag: the tag's own, or one of an index. */
export interface TagImage {
  readonly digest: Digest;
  readonly os: string;
  readonly osVersion: string | undefined;
  readonly architecture: string;
  readonly variant: string | undefined;
  /** What a pull of it transfers, in bytes. */
  readonly size: number;
  readonly pushedAt: Date;
}

export interface TagDetails {
  readonly id: number;
  readonly name: Tag;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly updatedAt: Date;
  readonly updatedBy: string;
  readonly images: readonly TagImage[];
}

interface TagDeps {
  readonly db: Kysely<RegistryTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
}

export interface TagPage {
  readonly repository: RepositoryId;
  /** Part of the tag's name. */
  readonly holding?: string | undefined;
  readonly order: "name" | "updated";
  readonly offset: number;
  readonly limit: number;
}

const UNKNOWN = "unknown";
const CONFIG_BYTES = 1024 * 1024;
const IMAGES = 100;

export async function countTags(
  { db }: Pick<TagDeps, "db">,
  page: Pick<TagPage, "repository" | "holding">,
): Promise<number> {
  const row = await selectTags(db, page)
    .select((tags) => tags.fn.countAll<number>().as("tags"))
    .executeTakeFirstOrThrow();
  return Number(row.tags);
}

export async function listTagDetails(deps: TagDeps, page: TagPage): Promise<readonly TagDetails[]> {
  const rows = await selectTags(deps.db, page)
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .select([...COLUMNS])
    .orderBy(
      page.order === "name" ? "tags.name" : "tags.updated_at",
      page.order === "name" ? "asc" : "desc",
    )
    .orderBy("tags.name")
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return await Promise.all(rows.map((row) => describe(deps, page.repository, row)));
}

export async function findTagDetails(
  deps: TagDeps,
  tag: { readonly repository: RepositoryId; readonly name: string },
): Promise<TagDetails | undefined> {
  const row = await selectTags(deps.db, tag)
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .select([...COLUMNS])
    .where("tags.name", "=", tag.name as Tag)
    .executeTakeFirst();
  return row && (await describe(deps, tag.repository, row));
}

const COLUMNS = [
  "tags.manifest_id",
  "tags.name",
  "tags.updated_at",
  "manifests.digest",
  "manifests.media_type",
  "manifests.payload",
  "manifests.size",
  "manifests.pushed_at",
] as const;

function selectTags(
  db: Kysely<RegistryTables>,
  wish: { readonly repository: RepositoryId; readonly holding?: string | undefined },
) {
  const { repository, holding } = wish;
  return db
    .selectFrom("tags")
    .where("tags.repository_id", "=", repository)
    .$if(holding !== undefined && holding !== "", (query) =>
      // No pattern of SQL's: what people type is looked for as it is.
      query.where((is) => is(is.fn<number>("instr", ["tags.name", is.val(holding)]), ">", 0)),
    );
}

interface ManifestRow {
  readonly digest: Digest;
  readonly media_type: string;
  readonly payload: Uint8Array;
  readonly size: number;
  readonly pushed_at: number;
}

async function describe(
  deps: TagDeps,
  repository: RepositoryId,
  row: ManifestRow & { manifest_id: number; name: Tag; updated_at: number },
): Promise<TagDetails> {
  const mover = await deps.db
    .selectFrom("tag_events")
    .select("actor")
    .where("repository_id", "=", repository)
    .where("tag", "=", row.name)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return {
    id: row.manifest_id,
    name: row.name,
    digest: row.digest,
    mediaType: row.media_type,
    updatedAt: new Date(row.updated_at),
    updatedBy: mover?.actor ?? "",
    images: await listImages(deps, repository, row),
  };
}

async function listImages(
  deps: TagDeps,
  repository: RepositoryId,
  row: ManifestRow,
): Promise<readonly TagImage[]> {
  const manifest = parse(row);
  if (manifest.kind === "image") return [await describeImage(deps, row)];
  const listed = manifest.children.slice(0, IMAGES);
  const digests = listed.map(({ digest }) => digest);
  if (digests.length === 0) return [];
  const rows = await deps.db
    .selectFrom("manifests")
    .select(["digest", "media_type", "payload", "size", "pushed_at"])
    .where("repository_id", "=", repository)
    .where("digest", "in", digests)
    .execute();
  return listed.flatMap(({ digest, platform }) => {
    const child = rows.find((one) => one.digest === digest);
    if (child === undefined) return [];
    return [{ ...toImage(child), ...describePlatform(platform ?? {}) }];
  });
}

/** An image on its own says in its configuration what it is for. */
async function describeImage(deps: TagDeps, row: ManifestRow): Promise<TagImage> {
  const { config } = parse(row);
  const image = { ...toImage(row), ...describePlatform({}) };
  if (config === undefined || !isDigest(config.digest) || config.size > CONFIG_BYTES) return image;
  // The size that counts is that of the bytes, not the one that the manifest claims.
  const size = await deps.blobs.size(config.digest);
  if (size === undefined || size > CONFIG_BYTES) return image;
  const content = await deps.blobs.read(config.digest);
  return content === undefined ? image : { ...image, ...readPlatform(await text(content)) };
}

function readPlatform(config: string) {
  try {
    const parsed: unknown = JSON.parse(config);
    if (typeof parsed === "object" && parsed !== null) return describePlatform(parsed);
  } catch {
    // An artifact's configuration may be anything; then nobody knows what it runs on.
  }
  return describePlatform({});
}

function describePlatform(platform: object) {
  const {
    os,
    architecture,
    variant,
    "os.version": osVersion,
  } = platform as Record<string, unknown>;
  return {
    os: textOr(os, UNKNOWN) ?? UNKNOWN,
    architecture: textOr(architecture, UNKNOWN) ?? UNKNOWN,
    variant: textOr(variant, undefined),
    osVersion: textOr(osVersion, undefined),
  };
}

function textOr(value: unknown, otherwise: string | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function toImage(
  row: ManifestRow,
): Omit<TagImage, "os" | "osVersion" | "architecture" | "variant"> {
  const { config, layers } = parse(row);
  const size = [...(config === undefined ? [] : [config]), ...layers].reduce(
    (sum, descriptor) => sum + descriptor.size,
    0,
  );
  return { digest: row.digest, size, pushedAt: new Date(row.pushed_at) };
}

function parse({ payload, media_type: contentType }: ManifestRow) {
  return parseManifest({ bytes: payload, contentType });
}
