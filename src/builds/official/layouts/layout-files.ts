import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Descriptor } from "../../../oci/descriptor.ts";
import { digestHex } from "../../../oci/digest.ts";
import type { SourceRepository, TreeEntry } from "../sources/git-source.ts";
import { LayoutRefused } from "./layout-refused.ts";

/** The folder of a commit in which a layout lies. Nothing of it is ever written to a disk by its own name. */
export interface LayoutPlace {
  readonly repository: Pick<SourceRepository, "find" | "measure" | "stream">;
  readonly commit: string;
  /** Without links; `.` is the whole tree. */
  readonly root: string;
  readonly signal: AbortSignal;
}

type Blob = Pick<Descriptor, "digest" | "size">;

const POINTER = "version https://git-lfs.github.com/spec/";
/** Git LFS keeps to that. */
const POINTER_BYTES = 1024;

/** Throws LayoutRefused. */
export async function openPlace(
  { repository, commit, signal }: Omit<LayoutPlace, "root">,
  directory: string,
): Promise<LayoutPlace> {
  const found = await repository.find(commit, directory);
  if (found === undefined || found === "outside" || found.kind !== "folder")
    throw new LayoutRefused("missing", `${directory} is no folder of the commit`);
  return { repository, commit, signal, root: found.path };
}

/** Throws LayoutRefused for what is larger. */
export async function readLayoutFile(
  place: LayoutPlace,
  path: string,
  limitBytes: number,
): Promise<Buffer> {
  const file = await findFile(place, path);
  assertSmall(path, await place.repository.measure(file), limitBytes);
  return await place.repository.stream(file, { take: buffer, signal: place.signal });
}

/** The bytes that a descriptor names, once they are proven to be these. Throws LayoutRefused. */
export async function readBlob(
  place: LayoutPlace,
  blob: Blob,
  limitBytes: number,
): Promise<Buffer> {
  assertSmall(blob.digest, blob.size, limitBytes);
  return await takeBlob(place, blob, (content) => buffer(content));
}

/** Leaves a blob in a file that is not there yet. What is no blob of that digest throws LayoutRefused. */
export async function copyBlob(place: LayoutPlace, blob: Blob, path: string): Promise<void> {
  await takeBlob(place, blob, (content) =>
    pipeline(content, createWriteStream(path, { flags: "wx" }), { signal: place.signal }),
  );
}

async function takeBlob<Taken>(
  place: LayoutPlace,
  { digest, size }: Blob,
  take: (content: AsyncIterable<Buffer>) => Promise<Taken>,
): Promise<Taken> {
  if (!digest.startsWith("sha256:"))
    throw new LayoutRefused("digest", `${digest} is no sha256 digest, which blobs are named by`);
  const path = `blobs/sha256/${digestHex(digest)}`;
  const file = await findFile(place, path);
  const bytes = await place.repository.measure(file);
  if (bytes !== size) {
    await assertNoPointer(place, { file, path, bytes });
    throw new LayoutRefused("size", `${path} has ${bytes} bytes, and its descriptor says ${size}`);
  }
  const hash = createHash("sha256");
  const taken = await place.repository.stream(file, {
    take: (content) => take(hashed(content, hash)),
    signal: place.signal,
  });
  if (hash.digest("hex") !== digestHex(digest))
    throw new LayoutRefused("digest", `the content of ${path} is not what its digest says`);
  return taken;
}

async function* hashed(
  content: AsyncIterable<Buffer>,
  hash: { update(bytes: Buffer): unknown },
): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}

/**
 * Links are followed within the layout, in which those of Debian and BusyBox name each blob a second time; what a link leads to
 * elsewhere is no part of it.
 */
async function findFile({ repository, commit, root }: LayoutPlace, path: string) {
  const found = await repository.find(commit, `${root}/${path}`);
  if (found === undefined) throw new LayoutRefused("missing", `it has no ${path}`);
  if (found === "outside" || (root !== "." && !found.path.startsWith(`${root}/`)))
    throw new LayoutRefused("outside", `${path} leads out of it`);
  if (found.kind !== "file") throw new LayoutRefused("missing", `its ${path} is no file`);
  return found;
}

function assertSmall(what: string, bytes: number, limitBytes: number): void {
  if (bytes <= limitBytes) return;
  const message = `${what} has ${bytes} bytes, and no more than ${limitBytes} are read`;
  throw new LayoutRefused("too large", message);
}

async function assertNoPointer(
  { repository, signal }: LayoutPlace,
  found: { readonly file: TreeEntry; readonly path: string; readonly bytes: number },
): Promise<void> {
  const { file, path, bytes } = found;
  if (bytes > POINTER_BYTES) return;
  const content = await repository.stream(file, { take: buffer, signal });
  if (!content.toString("utf8").startsWith(POINTER)) return;
  const message = `${path} is a pointer of Git LFS: commit the blob itself`;
  throw new LayoutRefused("pointer", message);
}
