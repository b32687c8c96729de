import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeBlobStore, digestOf } from "./blob-store.suite.ts";
import { openFilesystemStore } from "./filesystem-store.ts";

async function openStore() {
  const root = await mkdtemp(join(tmpdir(), "berth-blobs-"));
  const stores = await openFilesystemStore(root);
  return {
    ...stores,
    root,
    async [Symbol.asyncDispose]() {
      await stores.blobs[Symbol.asyncDispose]();
      await rm(root, { recursive: true });
    },
  };
}

describe("blobs in a folder", () => {
  describeBlobStore(openStore);

  test("a blob appears under its name whole or not at all: it is moved there, never copied", async () => {
    await using store = await openStore();
    const content = Buffer.from("moved");
    const upload = store.uploads.pathOf("upload");
    await writeFile(upload, content);
    const before = await stat(upload);
    const digest = digestOf(content);
    await store.blobs.adopt(digest, "upload");
    const after = await stat(join(store.root, store.blobs.relativePath(digest)));
    expect(after.ino).toBe(before.ino);
  });

  test("blobs lie where CNCF distribution keeps them", async () => {
    await using store = await openStore();
    const digest = digestOf(Buffer.from("layout"));
    const hex = digest.slice("sha256:".length);
    expect(store.blobs.relativePath(digest)).toBe(
      `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`,
    );
  });
});
