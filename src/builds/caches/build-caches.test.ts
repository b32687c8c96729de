import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import type { Caller } from "../../access/index.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { Builder, BuildJob, BuildResult } from "../builder/builder.ts";
import { createBuildCaches } from "../migration-0081.ts";
import type { BuildTables } from "../tables.ts";
import { BuildCaches } from "./build-caches.ts";

const CALLER = { by: {}, origin: {} } as unknown as Caller;
const RESULT: BuildResult = { images: [], steps: [], cachedSteps: 0, basesUsed: [] };
const repository = (id: number) => ({ id, name: `acme/r${id}` }) as unknown as Repository;

/** Each layer is of the size that its name says. */
async function measure(folder: string): Promise<number> {
  const names = await readdir(folder);
  return names.reduce((sum, name) => sum + Number(name), 0);
}

async function openScene(limits: { cacheBytes: number; cacheBytesPerRepository: number }) {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await makeTempDirectory("caches"));
  const database = await openSqliteDatabase<BuildTables>({ path: join(home.path, "berth.db") });
  resources.defer(() => database.close());
  await migrateToLatest(database.writer, { "0081-build-caches": { up: createBuildCaches } });
  const folder = join(home.path, "layers");
  const entries: string[] = [];
  const deleted = new Set<number>();
  let now = 0;
  /** What a crash leaves undone. */
  const crash = { in: false };
  /** What removing waits for. */
  const gate: { reached: () => void; opens: Promise<void> } = {
    reached: () => undefined,
    opens: Promise.resolve(),
  };
  const open = () =>
    new BuildCaches({
      ...{ ...limits, database, folder, measure, log: pino({ level: "silent" }) },
      clear: async (path) => {
        gate.reached();
        await gate.opens;
        if (crash.in && (await readdir(path).catch(() => [])).length > 0)
          throw new Error("the hub was killed");
        await rm(path, { recursive: true, force: true });
      },
      findRepository: async (id) => (deleted.has(id) ? undefined : repository(id)),
      journal: {
        record: async (_trx: unknown, { action }: { action: string }) => {
          entries.push(action);
        },
      } as never,
      clock: () => new Date(++now),
    });
  const caches = open();
  const owned = resources.move();
  return {
    ...{ caches, open, folder, entries, deleted, crash, gate },
    /** A build that leaves a layer; `during` is what happens meanwhile. */
    async build(id: number, bytes: number, during: () => Promise<void> = async () => undefined) {
      const builder = {
        async build() {
          await mkdir(join(folder, String(id)), { recursive: true });
          await writeFile(join(folder, String(id), String(bytes)), "");
          await during();
          return RESULT;
        },
      } as unknown as Builder;
      const cache = { repository: id as RepositoryId, isTrusted: true };
      const job = { cache } as BuildJob;
      const { signal } = new AbortController();
      await caches.around(builder).build(job, () => undefined, signal);
      await caches.close();
    },
    names: async () => (await readdir(folder)).toSorted(),
    sizes: async () => (await caches.list()).map((one) => [one.repositoryId, one.bytes]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("what was used longest ago goes first, over all repositories, and no more than has to", async () => {
  await using scene = await openScene({ cacheBytes: 100, cacheBytesPerRepository: 90 });
  await scene.build(1, 40);
  await scene.build(2, 40);
  await scene.build(1, 41);
  expect(await scene.sizes()).toEqual([[1, 81]]);
  await scene.build(3, 10);
  expect(await scene.names()).toEqual(["1", "3"]);
  await scene.build(3, 85);
  expect(await scene.names()).toEqual(["1"]);
});

test("nothing goes that a build uses, neither by the limits nor by hand", async () => {
  await using scene = await openScene({ cacheBytes: 50, cacheBytesPerRepository: 50 });
  await scene.build(1, 30);
  await scene.build(1, 5, async () => {
    await scene.build(2, 40);
    expect(await scene.names()).toContain("1");
    const clearing = scene.caches.clear(repository(1), CALLER);
    await expect(clearing).rejects.toMatchObject({ status: 409 });
  });
  expect(scene.entries).toEqual([]);
  await scene.caches.clear(repository(1), CALLER);
  await scene.caches.clear(repository(1), CALLER);
  expect(scene.entries).toEqual(["repo.build.cache.clear"]);
  expect(await scene.names()).not.toContain("1");
});

test("a build that comes while layers go waits until they have gone", async () => {
  await using scene = await openScene({ cacheBytes: 100, cacheBytesPerRepository: 100 });
  await scene.build(1, 30);
  const reached = Promise.withResolvers<void>();
  const opens = Promise.withResolvers<void>();
  Object.assign(scene.gate, { reached: reached.resolve, opens: opens.promise });
  const clearing = scene.caches.clear(repository(1), CALLER);
  await reached.promise;
  let hasBegun = false;
  const building = scene.build(1, 7, async () => {
    hasBegun = true;
  });
  await new Promise(setImmediate);
  expect(hasBegun).toBe(false);
  opens.resolve();
  await Promise.all([clearing, building]);
  expect(await scene.sizes()).toEqual([[1, 7]]);
});

test("the next hub finishes what a killed one began, and finds what no row tells of", async () => {
  await using scene = await openScene({ cacheBytes: 100, cacheBytesPerRepository: 100 });
  await scene.build(1, 30);
  await scene.build(2, 30);
  await mkdir(join(scene.folder, "3"));
  await writeFile(join(scene.folder, "3", "20"), "");
  await mkdir(join(scene.folder, "4"));
  scene.deleted.add(4).add(2);
  scene.crash.in = true;
  await expect(scene.caches.clear(repository(1), CALLER)).rejects.toThrow("killed");
  expect(await scene.names()).toContain("gone-1");
  expect(await scene.sizes()).toEqual([[2, 30]]);
  scene.crash.in = false;
  await scene.open().tidy();
  expect(await scene.names()).toEqual(["3"]);
  expect(await scene.sizes()).toEqual([[3, 20]]);
});
