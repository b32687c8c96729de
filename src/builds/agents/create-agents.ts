import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Builder } from "../builder/builder.ts";
import { createAgentBuilder } from "./agent-builder.ts";
import { createAgentJobRoutes } from "./agent-job-routes.ts";
import { AgentPool } from "./agent-pool.ts";
import { createAgentRoutes } from "./agent-routes.ts";
import { type AgentsDeps, BuildAgents } from "./agents.ts";

type Options = Omit<AgentsDeps, "onRemoved"> & {
  readonly leaseMs: number;
  readonly areUsed: boolean;
};

/** Machines elsewhere that fetch builds from here: the builder that has them do it, and what they ask. */
export function createBuildAgentsPart(options: Options): {
  readonly builder: Builder;
  readonly routes: readonly FastifyPluginAsyncZod[];
} {
  const pool = new AgentPool(options);
  const agents = new BuildAgents({ ...options, onRemoved: (agent) => pool.dismiss(agent) });
  return {
    builder: createAgentBuilder(pool, { ...options, agents }),
    routes: [createAgentRoutes(agents, options.areUsed), createAgentJobRoutes({ agents, pool })],
  };
}
