import { pino } from "pino";
import { expect, test } from "vitest";
import type { RepositoryId } from "../../repositories/index.ts";
import { BaseFollower, type TagChange } from "../bases/base-follower.ts";
import { isCycle, type Place } from "../bases/base-graph.ts";
import { listLinks } from "../bases/base-links-store.ts";
import { type Build, endBuild, findBuild, listBuilds, saveRules } from "../builds-store.ts";
import type { BuildId } from "../tables.ts";
import { chooseNext, explainWait } from "./choose-next.ts";
import { openQueue } from "./queue.fixture.ts";
import { viewQueue } from "./queue-store.ts";

const DELAY_MS = 60_000;
const LIMITS = { parallel: 1, parallelPerNamespace: 1 };
const rule = { sourceType: "branch", source: "main", dockerTag: "latest" } as const;
/** `hub/ns1/app:latest` is the repository 1. */
const nameOf = (repository: number) => `hub/ns${repository}/app:latest`;
const placeOf = (repository: number): Place => ({
  repositoryId: repository as RepositoryId,
  tag: "latest",
});

async function openScene() {
  const queue = await openQueue(LIMITS);
  const digests = new Map<number, string>();
  const changes: TagChange[] = [];
  const follower = new BaseFollower({
    images: {
      async findPlace(_db, reference) {
        const [, id] = /^hub\/ns(\d+)\/app:latest$/.exec(reference) ?? [];
        return id === undefined ? undefined : placeOf(Number(id));
      },
      findDigest: async (_db, { repositoryId }) => digests.get(repositoryId),
      listChanges: async (_db, since = 0) => changes.filter(({ id }) => id > since),
    },
    journal: { record: async () => undefined } as never,
    findRepository: queue.options.findRepository,
    ...{
      baseDelayMs: DELAY_MS,
      rebuilds: true,
      clock: queue.clock,
      log: pino({ level: "silent" }),
    },
  });
  const { write } = queue.database;
  const move = (repository: number, digest: string) => {
    digests.set(repository, digest);
    changes.push({ ...placeOf(repository), id: changes.length + 1, digest });
  };
  const publish = async (build: Build, bases: readonly number[]) => {
    const digest = `sha256:of-${build.id}`;
    const used = bases.map((base) => ({
      ...{ reference: nameOf(base), platform: "linux/amd64", digest: digests.get(base) ?? "" },
    }));
    move(build.repositoryId, digest);
    await queue.database.write(async (trx) => {
      const ending = { state: "succeeded", digest } as const;
      await endBuild(trx, {
        ...{ id: build.id, from: ["queued", "running"], ending, now: queue.clock() },
      });
      await follower.note(trx, build, used);
      await follower.recheck(trx, build);
    });
  };
  return {
    ...{ queue, follower, move, publish, write },
    follow: () => queue.database.write((trx) => follower.follow(trx)),
    /** The first image of a repository, built on those of others. */
    async make(repository: number, bases: readonly number[]) {
      const id = await queue.add(`ns${repository}`, { repository });
      const wish = { repository: repository as RepositoryId, rules: [rule], now: queue.clock() };
      await queue.database.write((trx) => saveRules(trx, wish));
      const build = await queue.find(id);
      if (build === undefined) throw new Error("it was not queued");
      await publish(build, bases);
    },
    async rebuiltOf(repository: number): Promise<Build[]> {
      const page = { before: undefined, limit: 100 };
      const all = await listBuilds(queue.database.reader, repository as RepositoryId, page);
      return all.filter(({ reason }) => reason === "base");
    },
    async next(): Promise<Build | undefined> {
      const { reader } = queue.database;
      const one = chooseNext(await viewQueue(reader, LIMITS, queue.clock()));
      return one && (await findBuild(reader, one.id as BuildId));
    },
  };
}

test("a new base builds each image on it once and in order, however it is built on it", async () => {
  const scene = await openScene();
  await using _queue = scene.queue;
  await scene.follow();
  scene.move(1, "sha256:first");
  // 4 is built on the base itself, on 2, and on 3, which is built on 2.
  const bases: Readonly<Record<number, readonly number[]>> = { 2: [1], 3: [2], 4: [1, 2, 3] };
  for (const repository of [2, 3, 4]) await scene.make(repository, bases[repository] ?? []);
  await scene.follow();
  expect(await scene.next()).toBeUndefined();
  scene.move(1, "sha256:second");
  scene.move(1, "sha256:third");
  await scene.follow();
  expect(await scene.next()).toBeUndefined();
  const order: number[] = [];
  for (let turn = 0; turn < 10; turn += 1) {
    scene.queue.pass(DELAY_MS + 1);
    await scene.follow();
    const build = await scene.next();
    // Nothing: what is built on the one before waits for more of it.
    if (build === undefined) continue;
    order.push(build.repositoryId);
    await scene.publish(build, bases[build.repositoryId] ?? []);
  }
  expect(order).toEqual([2, 3, 4]);
  for (const repository of [2, 3, 4]) expect(await scene.rebuiltOf(repository)).toHaveLength(1);
});

test("a base that moved while it was built on is followed once the build has ended", async () => {
  const scene = await openScene();
  await using _queue = scene.queue;
  await scene.follow();
  scene.move(1, "sha256:first");
  await scene.make(2, [1]);
  scene.move(1, "sha256:second");
  await scene.follow();
  scene.queue.pass(DELAY_MS + 1);
  const build = await scene.next();
  if (build === undefined) throw new Error("nothing was queued");
  // It pulled the second; the third came before it was published.
  await scene.publish(build, [1]);
  scene.move(1, "sha256:third");
  await scene.follow();
  await scene.follow();
  expect(await scene.rebuiltOf(2)).toHaveLength(2);
});

test("what a base builds anew is built by its rule as that is now", async () => {
  const scene = await openScene();
  await using queue = scene.queue;
  await scene.follow();
  scene.move(1, "sha256:first");
  for (const repository of [2, 3, 4]) await scene.make(repository, [1]);
  const save = async (repository: number, change: object) =>
    await queue.database.write((trx) =>
      saveRules(trx, {
        ...{ repository: repository as RepositoryId, now: queue.clock() },
        rules: [{ ...rule, ...change }],
      }),
    );
  await save(2, { dockerTag: "edge", args: { A: "2" } });
  await save(3, { source: "other" });
  await save(4, { autobuild: false });
  scene.move(1, "sha256:second");
  await scene.follow();
  const [again] = await scene.rebuiltOf(2);
  expect(again).toMatchObject({ tags: ["edge"], options: { args: { A: "2" } } });
  expect([await scene.rebuiltOf(3), await scene.rebuiltOf(4)]).toEqual([[], []]);
});

test("what finds no room in the queue is built once there is some, and before what is built on it", async () => {
  const scene = await openScene();
  await using queue = scene.queue;
  await scene.follow();
  scene.move(1, "sha256:first");
  await scene.make(2, [1]);
  await scene.make(3, [1, 2]);
  const { writer, reader } = queue.database;
  const waiting = await queue.add("ns2", { repository: 2, ref: "refs/heads/other" });
  const { id: _, ...row } = await reader
    .selectFrom("builds")
    .selectAll()
    .where("id", "=", waiting)
    .executeTakeFirstOrThrow();
  const crowd = Array.from({ length: 99 }, () => row);
  await writer.insertInto("builds").values(crowd).execute();
  scene.move(1, "sha256:second");
  await scene.follow();
  await scene.follow();
  expect(await scene.rebuiltOf(2)).toEqual([]);
  const [after] = await scene.rebuiltOf(3);
  queue.pass(DELAY_MS + 1);
  const others = writer.updateTable("builds").where("ref", "=", "refs/heads/other");
  const view = await viewQueue(reader, LIMITS, queue.clock());
  const blocked = view.waiting.find(({ id }) => id === after?.id);
  expect(blocked && explainWait(view, blocked)).toBe("what it is built on is built before it");
  await others.set({ state: "cancelled" }).execute();
  await scene.follow();
  queue.pass(DELAY_MS + 1);
  for (const repository of [2, 3]) {
    const build = await scene.next();
    expect(build?.repositoryId).toBe(repository);
    if (build !== undefined) await scene.publish(build, repository === 2 ? [1] : [1, 2]);
    await scene.follow();
    queue.pass(DELAY_MS + 1);
  }
  for (const repository of [2, 3]) expect(await scene.rebuiltOf(repository)).toHaveLength(1);
  expect((await viewQueue(reader, LIMITS, queue.clock())).deferred).toEqual([]);
});

test("nothing is built on itself, over however many others", async () => {
  const edges = [
    { node: "b", base: placeOf(1), makes: [placeOf(2)] },
    { node: "c", base: placeOf(2), makes: [placeOf(3)] },
  ];
  expect(isCycle(edges, [placeOf(1)], placeOf(3))).toBe(true);
  expect(isCycle(edges, [placeOf(4)], placeOf(3))).toBe(false);
  const scene = await openScene();
  await using _queue = scene.queue;
  await scene.follow();
  await scene.make(1, []);
  await scene.make(2, [1]);
  await scene.make(1, [2]);
  expect((await listLinks(scene.queue.database.reader)).map((link) => link.isCycle)).toEqual([
    false,
    true,
  ]);
  await scene.follow();
  scene.queue.pass(DELAY_MS + 1);
  expect(await scene.rebuiltOf(1)).toEqual([]);
});
