import { rm } from "node:fs/promises";
import type { Builder, BuilderProbe } from "../builder/builder.ts";
import type { AgentPool } from "./agent-pool.ts";
import type { BuildAgents } from "./agents.ts";

const RECENT_MS = 180_000;

/** Builds on other machines alone: no Dockerfile is run on the hub's own. */
export function createAgentBuilder(
  pool: AgentPool,
  deps: { readonly agents: BuildAgents; readonly clock: () => Date },
): Builder {
  return {
    id: "agents",
    // An agent has no password of the hub's.
    needsBases: true,
    probe: () => probe(deps),
    build: (job, tell, signal) => pool.offer(job, tell, signal),
    clear: (folder) => rm(folder, { recursive: true, force: true }),
    // Layers lie with the agents, whose own limits hold for them.
    prune: async () => undefined,
  };
}

async function probe({
  agents,
  clock,
}: {
  readonly agents: BuildAgents;
  readonly clock: () => Date;
}): Promise<BuilderProbe> {
  const since = clock().getTime() - RECENT_MS;
  const checks = (await agents.list()).map(({ name, lastSeenAt }) => ({
    name: `the agent ${name}`,
    isFine: (lastSeenAt?.getTime() ?? 0) > since,
    detail: lastSeenAt === undefined ? "was never seen" : `last seen ${lastSeenAt.toISOString()}`,
  }));
  const isFine = checks.some((check) => check.isFine);
  return {
    ...{ isFine, checks, level: "remote" },
    features: new Set(["caching", "secrets", "targets", "platforms"]),
    why: isFine ? undefined : "no agent has asked for builds lately: see berth agent",
  };
}
