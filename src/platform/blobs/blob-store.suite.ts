import { createHash, randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type Digest, toDigest } from "../../oci/digest.ts";
import type { BlobStore, UploadStore } from "./blob-store.ts";

export interface StoresUnderTest extends AsyncDisposable {
  readonly blobs: BlobStore;
  readonly uploads: UploadStore;
}

/** What every driver of the blob store has to do; each passes it with stores that are empty at first. */
export function describeBlobStore(open: () => Promise<StoresUnderTest>): void {
  test("what was written is read back, whole and in part", async () => {
    await using stores = await open();
    const content = randomBytes(100_000);
    const digest = digestOf(content);
    await stores.blobs.write(digest, content);
    expect(await stores.blobs.size(digest)).toBe(content.length);
    expect(await read(stores.blobs, digest)).toEqual(content);
    const range = { start: 10, end: 19 };
    expect(await read(stores.blobs, digest, range)).toEqual(content.subarray(10, 20));
  });

  test("a blob that is not there is undefined, and removing it is no error", async () => {
    await using stores = await open();
    const digest = digestOf(randomBytes(10));
    expect(await stores.blobs.size(digest)).toBeUndefined();
    expect(await stores.blobs.read(digest)).toBeUndefined();
    await stores.blobs.remove(digest);
  });

  test("an empty blob is a blob", async () => {
    await using stores = await open();
    const digest = digestOf(Buffer.alloc(0));
    await stores.blobs.write(digest, Buffer.alloc(0));
    expect(await stores.blobs.size(digest)).toBe(0);
    expect(await read(stores.blobs, digest)).toHaveLength(0);
  });

  test("writing the same blob again, also at once from many sides, leaves one good copy", async () => {
    await using stores = await open();
    const content = randomBytes(20_000);
    const digest = digestOf(content);
    await Promise.all(Array.from({ length: 8 }, () => stores.blobs.write(digest, content)));
    expect(await read(stores.blobs, digest)).toEqual(content);
  });

  test("an upload is appended to, read, and becomes a blob", async () => {
    await using stores = await open();
    const content = randomBytes(5000);
    const digest = digestOf(content);
    expect(await stores.uploads.size("upload")).toBe(0);
    await append(stores.uploads, content.subarray(0, 2000), 0);
    await append(stores.uploads, content.subarray(2000), 2000);
    expect(await stores.uploads.size("upload")).toBe(content.length);
    await stores.blobs.adopt(digest, "upload");
    expect(await read(stores.blobs, digest)).toEqual(content);
    expect(await stores.uploads.size("upload")).toBe(0);
  });

  test("a removed blob is gone, and can be written again", async () => {
    await using stores = await open();
    const content = randomBytes(100);
    const digest = digestOf(content);
    await stores.blobs.write(digest, content);
    await stores.blobs.remove(digest);
    expect(await stores.blobs.size(digest)).toBeUndefined();
    await stores.blobs.write(digest, content);
    expect(await read(stores.blobs, digest)).toEqual(content);
  });
}

export function digestOf(content: Uint8Array): Digest {
  return toDigest("sha256", createHash("sha256").update(content).digest("hex"));
}

async function append(uploads: UploadStore, bytes: Uint8Array, position: number): Promise<void> {
  using file = await uploads.openForAppend("upload");
  writeSync(file.fd, bytes, 0, bytes.length, position);
}

async function read(
  blobs: BlobStore,
  digest: Digest,
  range?: { start: number; end: number },
): Promise<Buffer | undefined> {
  const stream = await blobs.read(digest, range);
  return stream && (await buffer(stream));
}
