import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RepositoryId } from "../../repositories/index.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import type { BuildEvent, BuildJob, BuildResult } from "../builder/builder.ts";
import type { BuildAgentId } from "../tables.ts";
import { AgentPool } from "./agent-pool.ts";
import type { BuildAgent } from "./agents-store.ts";

const LEASE_MS = 3000;
const RESULT: BuildResult = { images: [], steps: [], cachedSteps: 0, basesUsed: [] };
const limits = { memoryBytes: 1, cpus: 1, processes: 1, diskBytes: 1 };
const JOB: BuildJob = {
  ...{ source: "/s", context: ".", dockerfile: "Dockerfile", target: undefined, work: "/w" },
  ...{ args: {}, secrets: [], platforms: [], bases: [], network: "filtered" },
  cache: { repository: 1 as RepositoryId, isTrusted: true },
  limits: { ...limits, wallMs: 60_000, idleMs: 60_000, logBytes: 1000 },
};

let pool: AgentPool;
let printed: string;

function agent(name: string, id: number): BuildAgent {
  const seen = { createdBy: "root", createdAt: new Date(0), lastSeenAt: undefined };
  return { ...seen, id: id as BuildAgentId, name };
}

const ONE = agent("one", 1);
const TWO = agent("two", 2);

function offer(signal = new AbortController().signal): Promise<BuildResult> {
  const tell = (event: BuildEvent) => {
    if (event.kind === "output") printed += event.bytes.toString("utf8");
  };
  const offered = pool.offer(JOB, tell, signal);
  offered.catch(() => undefined);
  return offered;
}

async function claim(by: BuildAgent, signal = new AbortController().signal) {
  const claimed = await pool.claim(by, { waitMs: 1000, signal });
  if (claimed === undefined) throw new Error("there was nothing to build");
  return claimed;
}

beforeEach(() => {
  vi.useFakeTimers();
  pool = new AgentPool({ leaseMs: LEASE_MS });
  printed = "";
});
afterEach(() => {
  vi.useRealTimers();
});

test("whoever asks first is given what comes", async () => {
  const claimed = claim(ONE);
  const offered = offer();
  pool.end(await claimed, RESULT);
  expect(await offered).toBe(RESULT);
  expect(printed).toContain("Built by the agent one");
});

test("who asks for nothing in particular goes away after a while", async () => {
  const asked = pool.claim(ONE, { waitMs: 1000, signal: new AbortController().signal });
  await vi.advanceTimersByTimeAsync(1000);
  expect(await asked).toBeUndefined();
  const offered = offer();
  pool.end(await claim(TWO), RESULT);
  expect(await offered).toBe(RESULT);
});

test("a build is another's once its agent was silent for the lease, and not before", async () => {
  const offered = offer();
  const { id, over } = await claim(ONE);
  await vi.advanceTimersByTimeAsync(LEASE_MS - 1);
  expect(pool.find(ONE, id)).toBeDefined();
  await vi.advanceTimersByTimeAsync(LEASE_MS - 1);
  expect(over.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(over.signal.aborted).toBe(true);
  expect(pool.find(ONE, id)).toBeUndefined();
  pool.end(await claim(TWO), RESULT);
  expect(await offered).toBe(RESULT);
  expect(printed).toContain("The agent one was not heard of any more");
});

test("after three agents that were lost, a build fails", async () => {
  const offered = offer();
  for (const by of [ONE, TWO, ONE]) {
    await claim(by);
    await vi.advanceTimersByTimeAsync(LEASE_MS);
  }
  await expect(offered).rejects.toThrow(BuildFailed);
});

test("nobody knows of another's build", async () => {
  void offer();
  const { id } = await claim(ONE);
  expect(pool.find(TWO, id)).toBeUndefined();
});

test("an agent that may not build any more loses what it builds", async () => {
  const offered = offer();
  const { over } = await claim(ONE);
  pool.dismiss(ONE);
  expect(over.signal.aborted).toBe(true);
  pool.end(await claim(TWO), RESULT);
  expect(await offered).toBe(RESULT);
});

test("what is cancelled is given to nobody, and taken from who has it", async () => {
  const first = new AbortController();
  const waiting = offer(first.signal);
  first.abort(new BuildFailed("cancelled"));
  await expect(waiting).rejects.toThrow("cancelled");
  const second = new AbortController();
  const given = offer(second.signal);
  const { over } = await claim(ONE);
  second.abort(new BuildFailed("cancelled"));
  await expect(given).rejects.toThrow("cancelled");
  expect(over.signal.aborted).toBe(true);
  const asked = pool.claim(TWO, { waitMs: 1000, signal: new AbortController().signal });
  await vi.advanceTimersByTimeAsync(1000);
  expect(await asked).toBeUndefined();
});

test("what an agent did not take waits for the next, and counts as no loss", async () => {
  const offered = offer();
  for (let time = 0; time < 5; time += 1) pool.takeBack(await claim(ONE));
  pool.end(await claim(TWO), RESULT);
  expect(await offered).toBe(RESULT);
});
