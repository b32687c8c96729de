import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test, vi } from "vitest";
import { BaseFolders } from "../../src/builds/builder/bases/base-folder.ts";
import { fetchMirror } from "../../src/builds/git/git-mirror.ts";
import { GitRepositories } from "../../src/builds/git/git-repositories.ts";
import { parseSourceAddress } from "../../src/builds/git/source-address.ts";
import { openQueue, SECOND } from "../../src/builds/queue/queue.fixture.ts";
import type { RepositoryId } from "../../src/repositories/index.ts";
import { startGitServer } from "../harness/git-server.ts";
import { buildImage, randomLayer } from "../harness/images.ts";
import { SmallDisk } from "../harness/small-disk.ts";

const MEGABYTE = 1_000_000;
const LIMITS = { parallel: 1, parallelPerNamespace: 1 };
const FULL = "the disk of the hub is full";
const soon = { timeout: 15_000, interval: 10 };

test("a build whose log fills the disk fails and says so, publishes nothing, and the next one is built", async () => {
  await using disk = await SmallDisk.create(8);
  await using queue = await openQueue(LIMITS, { data: disk.path });
  const full = await queue.add("a");
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(1), soon);
  await disk.fillUpTo(0);
  queue.started[0]?.tell({ kind: "output", bytes: Buffer.alloc(MEGABYTE, "a line\n") });
  await vi.waitFor(async () => expect((await queue.find(full))?.state).toBe("failed"), soon);
  expect(await queue.find(full)).toMatchObject({ why: FULL });
  expect(queue.published).toEqual([]);
  await disk.makeRoom();
  const next = await queue.add("a", { commit: SECOND });
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(2), soon);
  queue.started[1]?.end();
  await vi.waitFor(async () => expect((await queue.find(next))?.state).toBe("succeeded"), soon);
});

test("a build for whose base there is no room fails and says so, and leaves nothing of it", async () => {
  await using disk = await SmallDisk.create(16);
  const image = buildImage({ layers: [randomLayer(4 * MEGABYTE)] });
  const contents = new Map([image.config, ...image.layers].map((one) => [one.digest, one.bytes]));
  const root = join(disk.path, "bases");
  const folders = new BaseFolders(root, 100 * MEGABYTE);
  const prepareBases = async ({ held }: { readonly held: DisposableStack }) => {
    await folders.pull({
      source: {
        readManifest: async () => image.manifest,
        openBlob: async (digest) => Readable.from([contents.get(digest)]),
      },
      ...{ reference: "latest", platform: "linux/amd64", limitBytes: 100 * MEGABYTE, held },
      signal: AbortSignal.timeout(30_000),
    });
    return { bases: [], dockerfileText: "" };
  };
  await using queue = await openQueue(LIMITS, { prepareBases });
  await disk.fillUpTo(MEGABYTE);
  const full = await queue.add("a");
  queue.scheduler.wake();
  await vi.waitFor(async () => expect((await queue.find(full))?.state).toBe("failed"), soon);
  expect(await queue.find(full)).toMatchObject({ why: FULL });
  expect(await readdir(root)).toEqual([]);
  await disk.makeRoom();
  const next = await queue.add("a", { commit: SECOND });
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(1), soon);
  queue.started[0]?.end();
  await vi.waitFor(async () => expect((await queue.find(next))?.state).toBe("succeeded"), soon);
});

test("a mirror for which there is no room says so, stays as it was, and is brought up to date later", async () => {
  await using disk = await SmallDisk.create(16);
  await using server = await startGitServer();
  const commit = await server.push("refs/heads/main", { small: "1" });
  const git = new GitRepositories({
    data: disk.path,
    pushBytes: 100 * MEGABYTE,
    repositoryBytes: 100 * MEGABYTE,
    treeBytes: 100 * MEGABYTE,
  });
  const repository = 1 as RepositoryId;
  await git.ensureMirror(repository);
  const fetch = () =>
    fetchMirror(
      git.pathOf(repository),
      {
        ...{ address: parseSourceAddress(server.url), addresses: ["127.0.0.1"] },
        ...{ credential: { kind: "none" }, hostKeys: undefined, caFile: undefined },
        data: disk.path,
      },
      {
        limits: { bytes: 100 * MEGABYTE, ms: 30_000 },
        signal: AbortSignal.timeout(30_000),
      },
    );
  await fetch();
  const large = randomLayer(2 * MEGABYTE).toString("latin1");
  const later = await server.push("refs/heads/main", { large });
  await disk.fillUpTo(MEGABYTE);
  await expect(fetch()).rejects.toThrow(FULL);
  expect(await git.listRefs(repository)).toEqual(new Map([["refs/heads/main", commit]]));
  await disk.makeRoom();
  await fetch();
  expect(await git.listRefs(repository)).toEqual(new Map([["refs/heads/main", later]]));
});
