import type { ExpressionBuilder, Kysely } from "kysely";
import { type Descriptor, isAttestation } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { Tag } from "../oci/tag.ts";
import { listLastPulls, listLastPullsOfTags, type PullTables } from "../pulls/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import { isNoCompanion } from "./companions.ts";
import { type ImagePlatform, type Platforms, toPlatform } from "./platforms.ts";

/** One image behind a tag: the tag's own, or one of an index. */
export interface TagImage extends ImagePlatform {
  readonly digest: Digest;
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

export interface TagDeps {
  readonly db: Kysely<PullTables>;
  readonly platforms: Platforms;
}

export interface TagPage {
  readonly repository: RepositoryId;
  /** Part of the tag's name. */
  readonly holding?: string | undefined;
  /** Tags such as `sha256-<hex>.sig`, which belong to other tags and are left out otherwise. */
  readonly withCompanions?: boolean | undefined;
  readonly order: "name" | "-name" | "updated" | "-updated";
  readonly offset: number;
  readonly limit: number;
}

const IMAGES = 100;
const AT_ONCE = 500;

/** What is counted of a repository as it changes: nobody waits while a million tags are counted. */
export type FindStored = (repository: {
  readonly id: RepositoryId;
}) => Promise<{ readonly bytes: number; readonly tags: number }>;

export async function countTags(
  { db, findStored }: Pick<TagDeps, "db"> & { readonly findStored: FindStored },
  page: Pick<TagPage, "repository" | "holding" | "withCompanions">,
): Promise<number> {
  const isWhole = page.holding === undefined || page.holding === "";
  const all = isWhole
    ? (await findStored({ id: page.repository })).tags
    : await countIn(selectTags(db, { ...page, withCompanions: true }));
  if (page.withCompanions === true) return all;
  // A short range of the index on names; asking each of 100,000 tags whether it is one takes ten times as long as counting them.
  const companions = selectTags(db, { ...page, withCompanions: true })
    .where("tags.name", ">=", "sha256-" as Tag)
    .where("tags.name", "<", "sha256." as Tag)
    .where((is) => is.not(isNoCompanion(is)));
  return all - (await countIn(companions));
}

async function countIn(tags: ReturnType<typeof selectTags>): Promise<number> {
  const row = await tags.select((is) => is.fn.countAll<number>().as("tags")).executeTakeFirst();
  return Number(row?.tags ?? 0);
}

export async function listTagDetails(deps: TagDeps, page: TagPage): Promise<readonly TagDetails[]> {
  const [column, direction] = ORDERS[page.order];
  const rows = await selectTags(deps.db, page)
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .select([...COLUMNS])
    .select(selectMover)
    .orderBy(column, direction)
    .orderBy("tags.name", direction)
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return await describeAll(deps, page.repository, rows);
}

/** The tags of those names, in their order; those that are gone are left out. */
export async function listTagsNamed(
  deps: TagDeps,
  repository: RepositoryId,
  names: readonly Tag[],
): Promise<readonly TagDetails[]> {
  if (names.length === 0) return [];
  const rows = await selectTags(deps.db, { repository })
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .select([...COLUMNS])
    .select(selectMover)
    .where("tags.name", "in", names)
    .execute();
  const found = await describeAll(deps, repository, rows);
  const byName = new Map(found.map((tag) => [tag.name, tag]));
  return names.flatMap((name) => byName.get(name) ?? []);
}

export async function findTagDetails(
  deps: TagDeps,
  tag: { readonly repository: RepositoryId; readonly name: string },
): Promise<TagDetails | undefined> {
  const rows = await selectTags(deps.db, { ...tag, withCompanions: true })
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .select([...COLUMNS])
    .select(selectMover)
    .where("tags.name", "=", tag.name as Tag)
    .execute();
  const [details] = await describeAll(deps, tag.repository, rows);
  return details;
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
  wish: Pick<TagPage, "repository" | "holding" | "withCompanions">,
) {
  const { repository, holding, withCompanions = false } = wish;
  return db
    .selectFrom("tags")
    .where("tags.repository_id", "=", repository)
    .$if(holding !== undefined && holding !== "", (query) =>
      // No pattern of SQL's: what people type is looked for as it is.
      query.where((is) => is(is.fn<number>("instr", ["tags.name", is.val(holding)]), ">", 0)),
    )
    .$if(!withCompanions, (query) => query.where(isNoCompanion));
}

interface ManifestRow {
  readonly digest: Digest;
  readonly media_type: string;
  readonly payload: Uint8Array;
  readonly size: number;
  readonly pushed_at: number;
}

interface TagRow extends ManifestRow {
  readonly manifest_id: number;
  readonly name: Tag;
  readonly updated_at: number;
  readonly mover: string | null;
}

/** Who moved a tag last. */
function selectMover(is: ExpressionBuilder<PullTables, "tags">) {
  return is
    .selectFrom("tag_events")
    .select("tag_events.actor")
    .whereRef("tag_events.repository_id", "=", "tags.repository_id")
    .whereRef("tag_events.tag", "=", "tags.name")
    .orderBy("tag_events.id", "desc")
    .limit(1)
    .as("mover");
}

/** A page of tags costs a handful of reads, however many there are on it. */
async function describeAll(
  deps: TagDeps,
  repository: RepositoryId,
  rows: readonly TagRow[],
): Promise<readonly TagDetails[]> {
  const manifests = rows.map((row) => {
    const manifest = parse(row);
    const members = manifest.children.filter((child) => !isAttestation(child));
    return { row, manifest, members };
  });
  const listed = manifests.flatMap(({ members }) => members.slice(0, IMAGES));
  const children = await listChildren(deps.db, repository, listed);
  const digests = [...rows, ...children.values()].map(({ digest }) => digest);
  const pulls = await listLastPulls(deps.db, repository, digests);
  const byName = await listLastPullsOfTags(
    deps.db,
    repository,
    rows.map(({ name }) => name),
  );
  return await Promise.all(
    manifests.map(async ({ row, manifest, members }) => {
      const images =
        manifest.kind === "image"
          ? [{ ...toImage(row), ...(await deps.platforms.find(manifest.config)) }]
          : listImages(members, children);
      return {
        id: row.manifest_id,
        name: row.name,
        digest: row.digest,
        mediaType: row.media_type,
        updatedAt: new Date(row.updated_at),
        updatedBy: row.mover ?? "",
        lastPulledAt: latestOf(byName.get(row.name), pulls.get(row.digest)),
        images: images.map((image) => ({ ...image, lastPulledAt: pulls.get(image.digest) })),
      };
    }),
  );
}

/** The images of a manifest: itself, or those of an index that are there. */
export async function listImagesOf(
  deps: TagDeps,
  repository: RepositoryId,
  row: ManifestRow,
): Promise<readonly Image[]> {
  const manifest = parse(row);
  if (manifest.kind === "image")
    return [{ ...toImage(row), ...(await deps.platforms.find(manifest.config)) }];
  const listed = manifest.children.slice(0, IMAGES);
  return listImages(listed, await listChildren(deps.db, repository, listed));
}

function latestOf(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one > other ? one : other;
}

type Image = Omit<TagImage, "lastPulledAt">;

/** The images of indexes that are there. */
async function listChildren(
  db: Kysely<PullTables>,
  repository: RepositoryId,
  listed: readonly Descriptor[],
): Promise<ReadonlyMap<Digest, ManifestRow>> {
  const digests = [...new Set(listed.map(({ digest }) => digest))];
  const found = new Map<Digest, ManifestRow>();
  for (let at = 0; at < digests.length; at += AT_ONCE) {
    const rows = await db
      .selectFrom("manifests")
      .select(["digest", "media_type", "payload", "size", "pushed_at"])
      .where("repository_id", "=", repository)
      .where("digest", "in", digests.slice(at, at + AT_ONCE))
      .execute();
    for (const row of rows) found.set(row.digest, row);
  }
  return found;
}

function listImages(
  listed: readonly Descriptor[],
  children: ReadonlyMap<Digest, ManifestRow>,
): readonly Image[] {
  return listed.slice(0, IMAGES).flatMap(({ digest, platform }) => {
    const child = children.get(digest);
    return child === undefined ? [] : [{ ...toImage(child), ...toPlatform(platform ?? {}) }];
  });
}

function toImage(row: ManifestRow): Omit<Image, keyof ImagePlatform> {
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
