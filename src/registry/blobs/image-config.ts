import { text } from "node:stream/consumers";
import type { Kysely } from "kysely";
import type { Descriptor } from "../../oci/descriptor.ts";
import { isDigest } from "../../oci/digest.ts";
import { isJsonObject } from "../../oci/json-field.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { filterReadableDigests } from "../store/blobs-store.ts";
import type { RegistryTables } from "../store/tables.ts";

export type ImageConfig = Readonly<Record<string, unknown>>;

const CONFIG_BYTES = 1024 * 1024;

/** A manifest may name what its repository has no right to, where `manifests.missingBlobs` lets it. */
export async function readImageConfig(
  { db, blobs }: { db: Kysely<RegistryTables>; blobs: Pick<BlobStore, "read" | "size"> },
  repositoryId: RepositoryId,
  config: Descriptor | undefined,
): Promise<ImageConfig | undefined> {
  if (config === undefined || !isDigest(config.digest)) return undefined;
  const { digest } = config;
  const readable = await filterReadableDigests(db, repositoryId, [digest]);
  if (!readable.has(digest)) return undefined;
  const size = await blobs.size(digest);
  if (size === undefined || size > CONFIG_BYTES) return undefined;
  const stream = await blobs.read(digest);
  return stream === undefined ? undefined : parseObject(await text(stream));
}

function parseObject(json: string): ImageConfig | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // An artifact's configuration may be anything; then there is nothing to say of it.
    return undefined;
  }
}
