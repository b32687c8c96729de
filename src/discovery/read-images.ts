import type { Kysely } from "kysely";
import { type Descriptor, isAttestation } from "../oci/descriptor.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { type Manifest, parseManifest } from "../oci/manifest.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import { cutLabels, type Facets } from "./facets.ts";

export interface ImageReaderDeps {
  readonly db: Kysely<RegistryTables>;
  /** The bytes of a small blob; undefined where there is none, or a larger one. */
  readonly readSmall: (digest: Digest, bytes: number) => Promise<Uint8Array | undefined>;
}

/** So many of the tags that were moved last are looked at. */
const TAGS = 20;
const MOST_ARCHITECTURES = 20;
const CONFIG_BYTES = 1024 * 1024;

/** What the latest images of a repository run on, and how the latest of them is labelled. */
export async function readImages(
  deps: ImageReaderDeps,
  repository: RepositoryId,
): Promise<Pick<Facets, "architectures" | "labels">> {
  const architectures = new Set<string>();
  let labels: Record<string, unknown> | undefined;
  for (const manifest of await listLatest(deps.db, repository)) {
    const found = await readImage(deps, repository, manifest);
    for (const one of found.architectures) architectures.add(one);
    labels ??= found.labels;
  }
  return {
    architectures: [...architectures].sort().slice(0, MOST_ARCHITECTURES),
    labels: cutLabels(labels ?? {}),
  };
}

async function listLatest(
  db: Kysely<RegistryTables>,
  repository: RepositoryId,
): Promise<readonly Manifest[]> {
  const rows = await db
    .selectFrom("tags")
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .select(["manifests.payload", "manifests.media_type"])
    .where("tags.repository_id", "=", repository)
    .orderBy("tags.updated_at", "desc")
    .limit(TAGS)
    .execute();
  return rows
    .map((row) => parseManifest({ bytes: row.payload, contentType: row.media_type }))
    .filter(({ artifactType, subject }) => artifactType === undefined && subject === undefined);
}

async function readImage(
  deps: ImageReaderDeps,
  repository: RepositoryId,
  manifest: Manifest,
): Promise<{ architectures: readonly string[]; labels: Record<string, unknown> }> {
  const said: Record<string, unknown> = { ...manifest.annotations };
  if (manifest.kind === "image") {
    const config = await readConfig(deps, manifest.config);
    return { architectures: architectureOf(config), labels: { ...said, ...labelsOf(config) } };
  }
  const children = manifest.children.filter((child) => !isAttestation(child));
  const first = await findChild(deps.db, repository, children[0]);
  const config = await readConfig(deps, first?.config);
  return {
    architectures: children.flatMap(({ platform }) => architectureOf(platform ?? {})),
    labels: { ...said, ...first?.annotations, ...labelsOf(config) },
  };
}

async function findChild(
  db: Kysely<RegistryTables>,
  repository: RepositoryId,
  child: Descriptor | undefined,
): Promise<Manifest | undefined> {
  if (child === undefined) return undefined;
  const row = await db
    .selectFrom("manifests")
    .select(["payload", "media_type"])
    .where("repository_id", "=", repository)
    .where("digest", "=", child.digest)
    .executeTakeFirst();
  return row && parseManifest({ bytes: row.payload, contentType: row.media_type });
}

async function readConfig(
  { readSmall }: ImageReaderDeps,
  config: Descriptor | undefined,
): Promise<object> {
  if (config === undefined || !isDigest(config.digest)) return {};
  const bytes = await readSmall(config.digest, CONFIG_BYTES);
  if (bytes === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    // An artifact's configuration may be anything; then it says nothing of these.
    return {};
  }
}

const WORD = /^[\w.-]{1,32}$/;

function architectureOf(said: object): readonly string[] {
  const { architecture, variant } = said as Record<string, unknown>;
  if (typeof architecture !== "string" || !WORD.test(architecture)) return [];
  if (architecture === "unknown") return [];
  const isVariant = typeof variant === "string" && WORD.test(variant);
  // All of these are the eighth version; few say so.
  if (!isVariant || (architecture === "arm64" && variant === "v8")) return [architecture];
  return [`${architecture}/${variant}`];
}

function labelsOf(config: object): Record<string, unknown> {
  const { config: start } = config as { config?: { Labels?: unknown } | null };
  const labels = start?.Labels;
  return typeof labels === "object" && labels !== null ? { ...labels } : {};
}
