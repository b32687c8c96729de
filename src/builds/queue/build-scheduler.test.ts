import { expect, test, vi } from "vitest";
import type { Digest } from "../../oci/digest.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import { type Build, endBuild } from "../builds-store.ts";
import type { OwedProvenance } from "../provenance/owed-provenance.ts";
import type { BuildId } from "../tables.ts";
import { BuildScheduler } from "./build-scheduler.ts";
import { explainWait } from "./choose-next.ts";
import { FIRST, openQueue, SECOND } from "./queue.fixture.ts";
import { claimBuild, listSteps, notePublished, startPublishing, viewQueue } from "./queue-store.ts";

const LIMITS = { parallel: 2, parallelPerNamespace: 1 };
const soon = { timeout: 5000, interval: 5 };

test("namespaces take turns, however much one of them asks for", async () => {
  await using queue = await openQueue({ parallel: 1, parallelPerNamespace: 1 });
  const greedy = [];
  for (const repository of [1, 2, 3]) greedy.push(await queue.add("acme", { repository }));
  const modest = await queue.add("small", { repository: 4 });
  const order: number[] = [];
  queue.scheduler.wake();
  for (let turn = 1; turn <= 4; turn += 1) {
    await vi.waitFor(() => expect(queue.started).toHaveLength(turn), soon);
    order.push(Number(queue.started.at(-1)?.job.work.split("/").at(-2)));
    queue.pass(1000);
    queue.started.at(-1)?.end();
  }
  expect(order).toEqual([greedy[0], modest, greedy[1], greedy[2]]);
});

test("so many run at once, of the hub and of a namespace, and the others say why they wait", async () => {
  await using queue = await openQueue(LIMITS);
  for (const [namespace, repository] of [
    ["a", 1],
    ["a", 2],
    ["b", 3],
    ["c", 4],
    ["b", 3],
  ] as const)
    await queue.add(namespace, {
      repository,
      ref: `refs/heads/${queue.started.length}${repository}`,
    });
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(2), soon);
  const view = await viewQueue(queue.database.reader, LIMITS, queue.clock());
  expect(view.waiting.map((one) => explainWait(view, one))).toEqual([
    "1 builds of a run (builds.parallelPerNamespace)",
    "2 builds run on this hub (builds.parallel)",
    ...(view.waiting.length > 2 ? ["another build of the repository runs"] : []),
  ]);
});

test("a former commit that is tried again takes the place of no later one", async () => {
  await using queue = await openQueue(LIMITS);
  const first = await queue.add("a");
  const later = await queue.add("a", { commit: SECOND, ref: "refs/heads/other" });
  await queue.add("a", { ref: "refs/heads/other", ordinal: Number(first) });
  expect(await stateOf(queue, later)).toBe("queued");
  const again = await queue.add("a", { ref: "refs/heads/other", ordinal: Number(later) });
  expect([await stateOf(queue, later), await stateOf(queue, again)]).toEqual([
    ...["superseded", "queued"],
  ]);
});

test("a later push takes the place of what waits, and a build that runs goes on", async () => {
  await using queue = await openQueue(LIMITS);
  const running = await queue.add("a");
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(1), soon);
  const second = await queue.add("a", { commit: SECOND });
  const third = await queue.add("a", { commit: SECOND });
  expect([await stateOf(queue, running), await stateOf(queue, second)]).toEqual([
    "running",
    "superseded",
  ]);
  expect(await stateOf(queue, third)).toBe("queued");
});

test("an older commit never takes the tags of a newer one, whichever ends first", async () => {
  await using queue = await openQueue(LIMITS);
  const older = await queue.add("a");
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(1), soon);
  // Another hub's, or an agent's: it was published while the first was slow.
  const newer = await queue.add("a", { commit: SECOND });
  const ending = { state: "succeeded", digest: "sha256:1" } as const;
  await queue.database.write((trx) =>
    endBuild(trx, { id: newer, from: ["queued"], ending, now: queue.clock() }),
  );
  queue.started[0]?.end();
  await vi.waitFor(async () => expect(await stateOf(queue, older)).toBe("failed"), soon);
  expect((await queue.find(older))?.why).toContain("a later build of refs/heads/main");
  expect(queue.published).toEqual([]);
});

test("an older commit that was pushed later is old by its history, unless the ref leads to it", async () => {
  await using queue = await openQueue(LIMITS);
  const newer = await queue.add("a", { commit: SECOND });
  const ending = { state: "succeeded", digest: "sha256:1" } as const;
  await queue.database.write((trx) =>
    endBuild(trx, { id: newer, from: ["queued"], ending, now: queue.clock() }),
  );
  const late = await queue.add("a", { commit: FIRST });
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(1), soon);
  queue.started[0]?.end();
  await vi.waitFor(async () => expect(await stateOf(queue, late)).toBe("failed"), soon);
  queue.history.head = FIRST;
  const forced = await queue.add("a", { commit: FIRST });
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(2), soon);
  queue.started[1]?.end();
  await vi.waitFor(async () => expect(await stateOf(queue, forced)).toBe("succeeded"), soon);
  expect(queue.published).toHaveLength(1);
});

test("what another ended is stopped, and what nobody holds any more is begun anew, three times", async () => {
  await using queue = await openQueue(LIMITS);
  const id = await queue.add("a");
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(1), soon);
  const ending = { state: "cancelled" } as const;
  await queue.database.write((trx) =>
    endBuild(trx, { id, from: ["running"], ending, now: queue.clock() }),
  );
  await queue.scheduler.renew();
  await queue.scheduler.close();
  expect(await stateOf(queue, id)).toBe("cancelled");
  const lost = await queue.add("a", { commit: SECOND });
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const scheduler = queue.open();
    await scheduler.recover();
    scheduler.wake();
    await vi.waitFor(async () => expect(await stateOf(queue, lost)).toBe("running"), soon);
    await scheduler.close();
  }
  await queue.open().recover();
  expect(await queue.find(lost)).toMatchObject({ state: "failed", attempts: 3 });
  const events = await queue.database.reader.selectFrom("outbox").selectAll().execute();
  expect(JSON.stringify(events.at(-1))).toContain("build.failed");
});

test("secrets are hidden in the texts of steps", async () => {
  const value = "a secret of the build";
  await using queue = await openQueue(LIMITS, { secrets: [{ id: "token", value }] });
  const id = await queue.add("a");
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(1), soon);
  for (const number of [1, 2])
    queue.started[0]?.tell({
      ...{ kind: "step", step: { number, text: `RUN echo ${value}`, ms: 1, isCached: false } },
    });
  queue.started[0]?.fail(new BuildFailed("it failed"));
  await vi.waitFor(async () => expect(await stateOf(queue, id)).toBe("failed"), soon);
  const steps = await listSteps(queue.database.reader, id);
  expect(steps.map(({ text }) => text)).toEqual(["RUN echo ***", "RUN echo ***"]);
});

test("steps are kept with their times, and what took too long is told from what failed", async () => {
  await using queue = await openQueue(LIMITS);
  const id = await queue.add("a");
  queue.scheduler.wake();
  await vi.waitFor(() => expect(queue.started).toHaveLength(1), soon);
  const step = { number: 1, text: "FROM scratch", ms: 12, isCached: true };
  queue.started[0]?.tell({ kind: "step", step });
  queue.started[0]?.fail(new BuildFailed("it took longer than 1 seconds", { isLate: true }));
  await vi.waitFor(async () => expect(await stateOf(queue, id)).toBe("timed_out"), soon);
  expect(await listSteps(queue.database.reader, id)).toEqual([step]);
});

async function stateOf(
  queue: { find: (id: BuildId) => Promise<Build | undefined> },
  id: BuildId,
): Promise<Build["state"] | undefined> {
  return (await queue.find(id))?.state;
}

const OWED: OwedProvenance = {
  images: [
    {
      ...{ mediaType: "application/vnd.oci.image.manifest.v1+json", size: 7, isSaid: false },
      ...{ digest: `sha256:${"1".repeat(64)}` as Digest, platform: "linux/amd64" },
    },
  ],
  builder: { id: "of before", level: "contained" },
  finishedAt: new Date("2026-11-28T11:00:00Z"),
};

test("what was published before its hub ended has succeeded, says how it was built, and is not built again", async () => {
  await using queue = await openQueue(LIMITS);
  const bases = [{ reference: "hub/base:1", platform: "linux/amd64", digest: "sha256:base" }];
  const [published, former, unpublished] = [
    await queue.add("a"),
    await queue.add("b", { repository: 2 }),
    await queue.add("c", { repository: 3 }),
  ] as const;
  const [{ digest }] = OWED.images as [OwedProvenance["images"][number]];
  await queue.database.write(async (trx) => {
    for (const id of [published, former, unpublished]) {
      await claimBuild(trx, { parallel: 3, parallelPerNamespace: 3 }, queue.clock());
      await startPublishing(trx, id);
    }
    await notePublished(trx, published, { digest, bases, owed: OWED });
    await notePublished(trx, former, { digest: "sha256:2", bases, owed: OWED });
    // As a hub of a former version left it.
    await trx
      .updateTable("builds")
      .set({ owed_provenance: null })
      .where("id", "=", former)
      .execute();
  });
  const [noted, claims, images]: unknown[][] = [[], [], []];
  const scheduler = new BuildScheduler({
    ...queue.options,
    // Nothing is begun here: what is owed is said even where nothing is built any more.
    isOn: false,
    attest: async (claim) => void claims?.push(claim),
    onImages: async (_, { digests }) => void images?.push(...digests),
    follower: {
      ...queue.options.follower,
      note: async (_, { id }, used) => void noted?.push({ id, used }),
    },
  });
  await scheduler.recover();
  await scheduler.close();
  expect([await stateOf(queue, published), await stateOf(queue, former)]).toEqual([
    "succeeded",
    "succeeded",
  ]);
  expect(await queue.find(published)).toMatchObject({
    ...{ digest, attempts: 1, why: "the hub ended after it was published" },
  });
  expect((await queue.find(former))?.why).toContain("no provenance");
  expect(await stateOf(queue, unpublished)).toBe("queued");
  expect(noted).toEqual(
    expect.arrayContaining([
      { id: published, used: bases },
      { id: former, used: bases },
    ]),
  );
  expect(images?.toSorted()).toEqual([digest, "sha256:2"]);
  expect(claims).toMatchObject([
    {
      subject: { digest, size: 7 },
      predicate: {
        buildDefinition: { internalParameters: { builder: "of before", isolation: "contained" } },
        runDetails: { metadata: { finishedOn: "2026-11-28T11:00:00.000Z" } },
      },
    },
  ]);
  const events = await queue.database.reader.selectFrom("outbox").selectAll().execute();
  expect(JSON.stringify(events.at(-1))).toContain("build.succeeded");
});
