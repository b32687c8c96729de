import { createReadStream } from "node:fs";
import { mkdir, open, opendir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { makeDurableDirectory, syncDirectory } from "../../lib/durable-file.ts";
import { isMissing } from "../../lib/file-error.ts";
import { type Digest, digestAlgorithm, digestHex, isDigest } from "../../oci/digest.ts";
import { failPoint } from "../fail-point.ts";
import type { BlobInventory, BlobStore, LocalBlobs } from "./blob-store.ts";
import { moveDurably } from "./durable-move.ts";
import { type FilesystemUploads, openFilesystemUploads } from "./filesystem-uploads.ts";
import { fileIdentity, OpenFiles } from "./open-files.ts";

/** The paths of CNCF distribution, so that a directory of registry:2 is adopted in place. */
const BLOBS = "docker/registry/v2/blobs";
/** Beside the blobs, so that finishing an upload is a rename; distribution looks at neither folder. */
const UPLOADS = "docker/registry/v2/berth/uploads";
const QUARANTINE = "docker/registry/v2/berth/quarantine";
const ALGORITHMS = ["sha256", "sha512"];
const READ_BUFFER_BYTES = 512 * 1024;

/** How many blobs are kept open, so that the layers everybody pulls are not opened anew for each pull. */
const KEPT_OPEN = 256;

export type FilesystemStore = BlobStore & LocalBlobs & BlobInventory & AsyncDisposable;

/** Opens (and creates) the blob directory below `root`. */
export async function openFilesystemStore(
  root: string,
): Promise<{ blobs: FilesystemStore; uploads: FilesystemUploads }> {
  for (const algorithm of ALGORITHMS) await makePrefixFolders(join(root, BLOBS, algorithm));
  await makeDurableDirectory(join(root, UPLOADS));
  const uploads = openFilesystemUploads(join(root, UPLOADS));
  const pathOf = (digest: Digest) => join(root, relativePath(digest));
  const files = new OpenFiles(KEPT_OPEN);
  const blobs: FilesystemStore = {
    read: (digest, range) => read(pathOf(digest), range),
    size: (digest) => fileSize(pathOf(digest)),
    write: (digest, content) => write(digest, content),
    adopt: (digest, uploadId) => moveIntoPlace(uploads.pathOf(uploadId), digest),
    remove: (digest) => remove(digest),
    openFile: (digest) => files.open(pathOf(digest)),
    openKeptFile: (digest) => files.openKept(pathOf(digest)),
    identity: (digest) => fileIdentity(pathOf(digest)),
    relativePath,
    list: () => listBlobs(join(root, BLOBS)),
    quarantine: (digest) => quarantine(digest),
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
  return { blobs, uploads };

  async function write(digest: Digest, content: Uint8Array): Promise<void> {
    const temporary = uploads.pathOf(uploads.temporaryName());
    try {
      await failPoint("blob.write");
      await writeFile(temporary, content, { flag: "wx" });
    } catch (cause) {
      await rm(temporary, { force: true });
      throw cause;
    }
    await moveIntoPlace(temporary, digest);
  }

  async function moveIntoPlace(temporary: string, digest: Digest): Promise<void> {
    const path = pathOf(digest);
    try {
      await moveDurably(temporary, path);
    } finally {
      files.forget(path);
    }
  }

  async function remove(digest: Digest): Promise<void> {
    const folder = dirname(pathOf(digest));
    await rm(folder, { recursive: true, force: true });
    files.forget(pathOf(digest));
  }

  async function quarantine(digest: Digest): Promise<void> {
    const place = join(root, QUARANTINE, digestAlgorithm(digest), digestHex(digest));
    await mkdir(dirname(place), { recursive: true });
    try {
      await rename(pathOf(digest), place);
      files.forget(pathOf(digest));
    } catch (cause) {
      // A blob that vanished needs no quarantine: the caller has marked it as not readable already.
      if (!isMissing(cause)) throw cause;
    }
  }
}

/**
 * All 256 prefix folders exist before the first push: a push never relies on a folder that another push has made but
 * not yet synced.
 */
async function makePrefixFolders(folder: string): Promise<void> {
  await makeDurableDirectory(folder);
  const created = await Promise.all(
    Array.from({ length: 256 }, (_, index) =>
      mkdir(join(folder, index.toString(16).padStart(2, "0")), { recursive: true }),
    ),
  );
  if (created.some((path) => path !== undefined)) await syncDirectory(folder);
}

function relativePath(digest: Digest): string {
  const hex = digestHex(digest);
  return `${BLOBS}/${digestAlgorithm(digest)}/${hex.slice(0, 2)}/${hex}/data`;
}

async function fileSize(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

async function read(
  path: string,
  range?: { start: number; end: number },
): Promise<Readable | undefined> {
  try {
    const fd = await open(path, "r");
    return createReadStream("", { fd, highWaterMark: READ_BUFFER_BYTES, ...range });
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

async function* listBlobs(
  folder: string,
): AsyncGenerator<{ digest: Digest; size: number; changedAt: Date }> {
  for (const algorithm of ALGORITHMS) {
    for await (const prefix of entries(join(folder, algorithm))) {
      for await (const hex of entries(join(folder, algorithm, prefix))) {
        const digest = `${algorithm}:${hex}`;
        const facts = await statIfThere(join(folder, algorithm, prefix, hex, "data"));
        if (facts !== undefined && isDigest(digest)) {
          yield { digest, size: facts.size, changedAt: facts.mtime };
        }
      }
    }
  }
}

async function* entries(folder: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(folder)) if (entry.isDirectory()) yield entry.name;
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
  }
}

async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}
