import { expect, test, vi } from "vitest";
import type { Principal } from "../../access/index.ts";
import { readBuildOptions } from "../build-options.ts";
import { BuildScheduler } from "./build-scheduler.ts";
import { FIRST, openQueue } from "./queue.fixture.ts";

const LIMITS = { parallel: 2, parallelPerNamespace: 2 };
const REF = "refs/pull/7/head";

/** Has one pull request built, by a builder of that level. */
async function propose(proposal: "internal" | "external", level: "trusted" | "contained") {
  const queue = await openQueue(LIMITS);
  const readers: Principal[] = [];
  const scheduler = new BuildScheduler({
    ...queue.options,
    builder: {
      ...queue.options.builder,
      needsBases: true,
      probe: async () => ({ ...(await queue.options.builder.probe()), level }),
    },
    prepareBases: async ({ by }) => {
      readers.push(by);
      return { bases: [], dockerfileText: "" };
    },
  });
  const options = { ...readBuildOptions(null), proposal };
  const id = await queue.add("acme", { ref: REF, commit: FIRST, tags: [], options });
  scheduler.wake();
  const ended = () => vi.waitFor(async () => expect((await queue.find(id))?.endedAt).toBeDefined());
  return { queue, scheduler, readers, id, ended };
}

test("what strangers propose is built without rights or cache, and published by nobody", async () => {
  const { queue, scheduler, readers, id, ended } = await propose("external", "contained");
  await using _queue = queue;
  await vi.waitFor(() => expect(queue.started).toHaveLength(1));
  const [run] = queue.started;
  expect(run?.job).toMatchObject({ secrets: [], cache: { isTrusted: false } });
  expect(readers).toEqual([{ kind: "anonymous", name: "anonymous" }]);
  run?.end();
  await ended();
  expect(await queue.find(id)).toMatchObject({ state: "succeeded", digest: undefined });
  expect(queue.published).toEqual([]);
  await scheduler.close();
});

test("it is not built at all where who builds could harm the machine", async () => {
  const { queue, scheduler, id, ended } = await propose("external", "trusted");
  await using _queue = queue;
  await ended();
  expect((await queue.find(id))?.why).toContain("not contained");
  expect(queue.started).toEqual([]);
  await scheduler.close();
});

test("what those propose who may push is built on their right, and published by nobody", async () => {
  const { queue, scheduler, readers, ended } = await propose("internal", "trusted");
  await using _queue = queue;
  await vi.waitFor(() => expect(queue.started).toHaveLength(1));
  expect(queue.started[0]?.job).toMatchObject({ cache: { isTrusted: true } });
  expect(readers).toMatchObject([{ kind: "user", name: "ann" }]);
  queue.started[0]?.end();
  await ended();
  expect(queue.published).toEqual([]);
  await scheduler.close();
});
