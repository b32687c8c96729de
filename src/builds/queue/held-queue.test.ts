import { expect, test, vi } from "vitest";
import type { RepositoryId } from "../../repositories/index.ts";
import type { PreparedBases } from "../builder/bases/prepare-bases.ts";
import { findCrowd } from "../find-crowd.ts";
import { openQueue } from "./queue.fixture.ts";
import { viewQueue } from "./queue-store.ts";

const LIMITS = { parallel: 2, parallelPerNamespace: 1 };
const MANY = 10_000;

test("whoever has thousands of builds waiting keeps nobody else from a turn, and is told to wait", async () => {
  await using queue = await openQueue(LIMITS);
  const { writer, reader } = queue.database;
  await queue.add("greedy", { repository: 1, ref: "refs/heads/first" });
  const { id: _, ...row } = await reader.selectFrom("builds").selectAll().executeTakeFirstOrThrow();
  for (let at = 0; at < MANY; at += 500)
    await writer
      .insertInto("builds")
      .values(Array.from({ length: 500 }, () => row))
      .execute();
  const modest = await queue.add("modest", { repository: 2 });
  const view = await viewQueue(reader, LIMITS, queue.clock());
  expect(view.waiting.map(({ id }) => id)).toContain(modest);
  const crowdOf = (repository: number, namespace: string) =>
    findCrowd(reader, { repositoryId: repository as RepositoryId, namespace });
  expect(await crowdOf(1, "greedy")).toBe("100 builds of the repository wait already");
  expect(await crowdOf(3, "greedy")).toBe("1000 builds of greedy wait already");
  expect(await crowdOf(2, "modest")).toBeUndefined();
});

test("bases that do not come end a build when its time is over", async () => {
  const prepareBases = ({ signal }: { readonly signal: AbortSignal }) =>
    new Promise<PreparedBases>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  await using queue = await openQueue(LIMITS, { prepareBases, wallMs: 100 });
  const id = await queue.add("a");
  queue.scheduler.wake();
  await vi.waitFor(async () => expect((await queue.find(id))?.state).toBe("timed_out"), {
    timeout: 5000,
    interval: 20,
  });
  expect((await queue.find(id))?.why).toContain("builds.timeout");
});
