import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import { type Digest, digestAlgorithm, toDigest } from "../../oci/digest.ts";
import { type Manifest, readStoredManifest } from "../../oci/manifest.ts";
import { isForeignLayer } from "../../oci/media-type.ts";
import type { FilesystemStore } from "../../platform/blobs/index.ts";
import { findRepositoryName, type RepositoryId } from "../../repositories/index.ts";
import { matchesDigest, Throttle } from "../scrubbing/throttled-hash.ts";
import {
  type BlobRow,
  filterReadableDigests,
  findBlob,
  listLiveBlobs,
} from "../store/blobs-store.ts";
import {
  deriveManifestColumns,
  deriveReferences,
  listManifestReferences,
  listManifests,
  type ManifestRow,
} from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import { listDanglingTags } from "../store/tags-store.ts";

/** A broken invariant; the numbers are those of docs/operations.md. */
export interface Finding {
  readonly invariant: "I2" | "I3" | "I4" | "I5" | "I6";
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

export interface CheckOptions {
  readonly db: Kysely<RegistryTables>;
  readonly blobs: FilesystemStore;
  /** Hash every blob; otherwise sizes are compared. */
  readonly deep: boolean;
  readonly graceMs: number;
  readonly clock: () => Date;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
}

const BATCH = 200;
const REPUSH = "push it again: the hub takes it back under the same digest";

/** Holds both stores against the invariants of docs/operations.md, without changing anything. */
export async function* checkStores(options: CheckOptions): AsyncGenerator<Finding> {
  yield* checkTags(options);
  yield* checkManifests(options);
  yield* checkBlobs(options);
  yield* checkFiles(options);
}

async function* checkTags({ db }: CheckOptions): AsyncGenerator<Finding> {
  for (const tag of await listDanglingTags(db, 1000)) {
    yield {
      invariant: "I3",
      what: `tag ${tag}`,
      why: "it names no manifest",
      remedy: "push the tag again, or delete it",
    };
  }
}

async function* checkManifests(options: CheckOptions): AsyncGenerator<Finding> {
  const { db, signal } = options;
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const page = await listManifests(db, { after, limit: BATCH });
    for (const row of page) yield* checkManifest(options, row);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
    options.onProgress(after);
  }
}

async function* checkManifest(options: CheckOptions, row: ManifestRow): AsyncGenerator<Finding> {
  const { db } = options;
  const repository = await findRepositoryName(db, row.repositoryId);
  const what = `manifest ${repository ?? "?"}@${row.digest}`;
  const manifest = readManifest(row);
  if (manifest === undefined) {
    yield { invariant: "I4", what, why: "its row does not match its digest", remedy: REPUSH };
    return;
  }
  for (const digest of await findMissingBlobs(db, row.repositoryId, manifest)) {
    yield {
      invariant: "I2",
      what,
      why: `it names ${digest}, which the repository does not have`,
      remedy: REPUSH,
    };
  }
  if (await isDerivedWrong(db, row, manifest)) {
    yield {
      invariant: "I6",
      what,
      why: "what the database says of it differs from what it says itself",
      remedy: "delete the manifest and push it again",
    };
  }
}

function readManifest(row: ManifestRow): Manifest | undefined {
  const algorithm = digestAlgorithm(row.digest);
  const found = toDigest(algorithm, createHash(algorithm).update(row.payload).digest("hex"));
  if (found !== row.digest) return undefined;
  return readStoredManifest(row);
}

async function findMissingBlobs(
  db: Kysely<RegistryTables>,
  repository: RepositoryId,
  manifest: Manifest,
): Promise<readonly Digest[]> {
  const config = manifest.config === undefined ? [] : [manifest.config];
  const layers = manifest.layers.filter((layer) => !isForeignLayer(layer));
  const needed = [...new Set([...config, ...layers].map(({ digest }) => digest))];
  const readable = await filterReadableDigests(db, repository, needed);
  return needed.filter((digest) => !readable.has(digest));
}

async function isDerivedWrong(
  db: Kysely<RegistryTables>,
  row: ManifestRow,
  manifest: Manifest,
): Promise<boolean> {
  const columns = deriveManifestColumns(manifest);
  const isColumnWrong =
    columns.media_type !== row.mediaType ||
    columns.artifact_type !== row.artifactType ||
    columns.subject !== row.subject ||
    columns.annotations !== row.annotations;
  if (isColumnWrong) return true;
  const key = ({ kind, digest }: { kind: string; digest: string }) => `${kind} ${digest}`;
  const expected = deriveReferences(manifest).map(key).sort();
  const stored = (await listManifestReferences(db, row.id)).map(key).sort();
  return expected.join() !== stored.join();
}

async function* checkBlobs(options: CheckOptions): AsyncGenerator<Finding> {
  for (let after = 0; ; ) {
    const page = await listLiveBlobs(options.db, { after, limit: BATCH });
    for (const blob of page) {
      options.signal.throwIfAborted();
      const finding = await checkBlob(options, blob);
      if (finding !== undefined) yield finding;
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
    options.onProgress(after);
  }
}

async function checkBlob(
  { blobs, deep, signal }: CheckOptions,
  { digest, size }: BlobRow,
): Promise<Finding | undefined> {
  await using copy = await blobs.openFile(digest);
  const found = { what: `blob ${digest}`, remedy: REPUSH };
  if (copy === undefined) return { ...found, invariant: "I2", why: "its file is gone" };
  if (copy.size !== size) {
    return { ...found, invariant: "I4", why: `its file has ${copy.size} bytes, not ${size}` };
  }
  const pace = { throttle: new Throttle(Number.MAX_SAFE_INTEGER), signal };
  if (!deep || (await matchesDigest(digest, copy, pace))) return undefined;
  return { ...found, invariant: "I4", why: "its bytes do not match its digest" };
}

async function* checkFiles(options: CheckOptions): AsyncGenerator<Finding> {
  const { db, blobs, clock, graceMs, signal } = options;
  for await (const { digest, changedAt } of blobs.list()) {
    signal.throwIfAborted();
    if (clock().getTime() - changedAt.getTime() < graceMs) continue;
    if ((await findBlob(db, digest)) !== undefined) continue;
    yield {
      invariant: "I5",
      what: `file of ${digest}`,
      why: "nothing in the database names it",
      remedy:
        "the scrubber of a running hub removes it; in an adopted directory run berth adopt first",
    };
  }
}
