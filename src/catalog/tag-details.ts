import { text } from "node:stream/consumers";
import type { Kysely } from "kysely";
import { type Digest, isDigest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { Tag } from "../oci/tag.ts";
import type { BlobStore } from "../platform/blobs/index.ts";
import { findLastPullOfTag, listLastPulls, type PullTables } from "../pulls/index.ts";
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
  readonly lastPulledAt: Date | undefined;
}

export interface TagDetails {
  readonly id: number;
  readonly name: Tag;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly updatedAt: Date;
  readonly updatedBy: string;
  /** By its name or by the digest that it names now: clients ask for the digest of a tag and pull that. */
  readonly lastPulledAt: Date | undefined;
  readonly images: readonly TagImage[];
}

interface TagDeps {
  readonly db: Kysely<PullTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
}

export interface TagPage {
  readonly repository: RepositoryId;
  /** Part of the tag's name. */
  readonly holding?: string | undefined;
  readonly order: "name" | "-name" | "updated" | "-updated";
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
  const [column, direction] = ORDERS[page.order];
  const rows = await selectTags(deps.db, page)
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .select([...COLUMNS])
    .orderBy(column, direction)
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

/** Of times the latest first, as Docker Hub has it. */
const ORDERS = {
  name: ["tags.name", "asc"],
  "-name": ["tags.name", "desc"],
  updated: ["tags.updated_at", "desc"],
  "-updated": ["tags.updated_at", "asc"],
} as const;

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
  db: Kysely<PullTables>,
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
  const images = await listImages(deps, repository, row);
  const digests = [row.digest, ...images.map(({ digest }) => digest)];
  const pulls = await listLastPulls(deps.db, repository, digests);
  const byName = await findLastPullOfTag(deps.db, repository, row.name);
  return {
    id: row.manifest_id,
    name: row.name,
    digest: row.digest,
    mediaType: row.media_type,
    updatedAt: new Date(row.updated_at),
    updatedBy: mover?.actor ?? "",
    lastPulledAt: latestOf(byName, pulls.get(row.digest)),
    images: images.map((image) => ({ ...image, lastPulledAt: pulls.get(image.digest) })),
  };
}

function latestOf(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one > other ? one : other;
}

type Image = Omit<TagImage, "lastPulledAt">;

async function listImages(
  deps: TagDeps,
  repository: RepositoryId,
  row: ManifestRow,
): Promise<readonly Image[]> {
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
async function describeImage(deps: TagDeps, row: ManifestRow): Promise<Image> {
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

function toImage(row: ManifestRow): Omit<Image, "os" | "osVersion" | "architecture" | "variant"> {
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
