import { createHash } from "node:crypto";
import type { Logger } from "pino";
import { type Digest, digestAlgorithm, toDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Reference } from "../../oci/reference.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { findRepository } from "../../repositories/index.ts";
import {
  findManifestByDigest,
  findManifestByTag,
  type StoredManifest,
} from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import type { ManifestCache, ServedManifest } from "./manifest-cache.ts";

interface ManifestReaderDeps {
  readonly database: Database<RegistryTables>;
  readonly blobs: Pick<BlobStore, "read">;
  readonly cache: ManifestCache;
  readonly log: Logger;
}

/** Answers which manifest a reference names now. */
export class ManifestReader {
  readonly #deps: ManifestReaderDeps;

  constructor(deps: ManifestReaderDeps) {
    this.#deps = deps;
  }

  /** The manifest if it is in memory: the path of nearly every pull. */
  findCached(repository: RepositoryName, reference: Reference): ServedManifest | undefined {
    return this.#deps.cache.get(repository, keyOf(reference));
  }

  /** Throws MANIFEST_UNKNOWN, or NAME_UNKNOWN when there is no such repository. */
  async get(repository: RepositoryName, reference: Reference): Promise<ServedManifest> {
    const cached = this.findCached(repository, reference);
    if (cached !== undefined) return cached;
    const { cache, database } = this.#deps;
    const { version } = cache;
    const row = await this.#find(repository, reference);
    if (row === undefined) {
      const isKnown = (await findRepository(database.reader, repository)) !== undefined;
      throw isKnown
        ? manifestUnknown(reference)
        : new OciError("NAME_UNKNOWN", { name: repository });
    }
    const manifest = {
      digest: row.digest,
      mediaType: row.mediaType,
      payload: await this.#checkedPayload(row),
    };
    cache.fill(repository, keyOf(reference), { manifest, version });
    return manifest;
  }

  #find(repository: RepositoryName, reference: Reference): Promise<StoredManifest | undefined> {
    const { reader } = this.#deps.database;
    return reference.kind === "tag"
      ? findManifestByTag(reader, repository, reference.tag)
      : findManifestByDigest(reader, repository, reference.digest);
  }

  /** The payload, checked against its digest; a row that rotted is served from the copy in the blob store. */
  async #checkedPayload(row: StoredManifest): Promise<Buffer> {
    const payload = Buffer.from(row.payload);
    if (digestOf(payload, row.digest) === row.digest) return payload;
    this.#deps.log.error({ digest: row.digest }, "manifest row did not match its digest");
    const copy = await this.#readCopy(row.digest);
    if (copy !== undefined && digestOf(copy, row.digest) === row.digest) return copy;
    throw new OciError(
      "MANIFEST_UNKNOWN",
      { digest: row.digest },
      {
        message: "the registry's copy of this manifest is damaged; push it again",
      },
    );
  }

  async #readCopy(digest: Digest): Promise<Buffer | undefined> {
    const stream = await this.#deps.blobs.read(digest);
    if (stream === undefined) return undefined;
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    return Buffer.concat(parts);
  }
}

function digestOf(payload: Buffer, like: Digest): Digest {
  const algorithm = digestAlgorithm(like);
  return toDigest(algorithm, createHash(algorithm).update(payload).digest("hex"));
}

function keyOf(reference: Reference) {
  return reference.kind === "tag" ? reference.tag : reference.digest;
}

function manifestUnknown(reference: Reference): OciError {
  return new OciError("MANIFEST_UNKNOWN", { reference: keyOf(reference) });
}
