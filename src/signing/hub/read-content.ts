import type { Kysely } from "kysely";
import { isDigest } from "../../oci/digest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import { filterReadableDigests, type RegistryTables } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";

export interface ContentPlace {
  readonly db: Kysely<RegistryTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly repositoryId: RepositoryId;
}

/**
 * What a manifest names, whatever it says of its size: a manifest may name what its repository has no right to, and what is
 * much larger than it says. Undefined for what is not here.
 */
export async function readContent(
  { db, blobs, repositoryId }: ContentPlace,
  digest: string,
  most: number,
): Promise<Buffer | "too large" | undefined> {
  if (!isDigest(digest)) return undefined;
  const readable = await filterReadableDigests(db, repositoryId, [digest]);
  if (!readable.has(digest)) return undefined;
  const size = await blobs.size(digest);
  if (size !== undefined && size > most) return "too large";
  const stream = await blobs.read(digest);
  if (stream === undefined) return undefined;
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > most) return "too large";
    parts.push(part);
  }
  return Buffer.concat(parts);
}
