import { text } from "node:stream/consumers";
import type { Kysely } from "kysely";
import type { Digest } from "../../../oci/digest.ts";
import { parseManifest } from "../../../oci/manifest.ts";
import type { BlobStore } from "../../../platform/blobs/index.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import type { RetentionTables } from "../tables.ts";
import type { Facts } from "./facts-store.ts";

export type Labels = ReadonlyMap<string, string>;

interface LabelDeps {
  readonly db: Kysely<RetentionTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
}

const CONFIG_BYTES = 1024 * 1024;
const PLATFORMS = 64;
const CONFIG_TYPES: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);

/** `unreadable`: the hub should have it and has not, which may be mended. Undefined: nobody will ever tell. */
type Found = Labels | "unreadable" | undefined;

/**
 * The labels of an image's configuration. Those of an image for several platforms are what all its platforms have alike.
 * Nobody can tell those of what is no image, and of what is not here or cannot be read.
 */
export async function findLabels(
  deps: LabelDeps,
  repository: RepositoryId,
  facts: Facts,
): Promise<Found> {
  const row = await deps.db
    .selectFrom("manifests")
    .select(["payload", "media_type"])
    .where("id", "=", facts.manifestId as never)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const manifest = parseManifest({ bytes: row.payload, contentType: row.media_type });
  if (manifest.kind === "image") return await findConfigLabels(deps, manifest.config);
  const platforms = manifest.children.filter(({ platform }) => isPlatform(platform));
  if (platforms.length === 0 || platforms.length > PLATFORMS) return undefined;
  const found: Labels[] = [];
  for (const { digest } of platforms) {
    const child = await findChildLabels(deps, repository, digest as Digest);
    if (child === undefined || child === "unreadable") return child;
    found.push(child);
  }
  return shared(found);
}

async function findChildLabels(
  deps: LabelDeps,
  repository: RepositoryId,
  digest: Digest,
): Promise<Found> {
  const row = await deps.db
    .selectFrom("manifests")
    .select(["payload", "media_type"])
    .where("repository_id", "=", repository)
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const manifest = parseManifest({ bytes: row.payload, contentType: row.media_type });
  return manifest.kind === "image" ? await findConfigLabels(deps, manifest.config) : undefined;
}

async function findConfigLabels(
  { blobs }: LabelDeps,
  config: { readonly mediaType: string; readonly digest: string } | undefined,
): Promise<Found> {
  if (config === undefined || !CONFIG_TYPES.has(config.mediaType)) return undefined;
  const digest = config.digest as Digest;
  try {
    // The size that counts is that of the bytes, not the one that the manifest claims.
    const size = await blobs.size(digest);
    if (size === undefined) return "unreadable";
    if (size > CONFIG_BYTES) return undefined;
    const content = await blobs.read(digest);
    return content === undefined ? "unreadable" : readLabels(await text(content));
  } catch {
    // A disk that cannot be read keeps what it holds, and no run from what lies elsewhere.
    return "unreadable";
  }
}

function readLabels(config: string): Labels | undefined {
  try {
    const parsed: unknown = JSON.parse(config);
    const labels = (parsed as { config?: { Labels?: unknown } } | null)?.config?.Labels ?? {};
    if (typeof labels !== "object" || labels === null) return undefined;
    const entries = Object.entries(labels).filter((entry) => typeof entry[1] === "string");
    return new Map(entries as [string, string][]);
  } catch {
    // It is not what its type says: then nobody can tell what it holds, and everything stays.
    return undefined;
  }
}

/** What builders store beside images, such as attestations, has no platform. */
function isPlatform(platform: unknown): boolean {
  return (platform as { os?: unknown } | undefined)?.os !== "unknown";
}

function shared(all: readonly Labels[]): Labels {
  const [first = new Map<string, string>(), ...others] = all;
  return new Map(
    [...first].filter(([name, value]) => others.every((labels) => labels.get(name) === value)),
  );
}
