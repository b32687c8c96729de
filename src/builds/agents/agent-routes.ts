import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import {
  BUILD_AGENT_PATHS,
  type buildAgent,
  buildAgents,
  madeBuildAgent,
  newBuildAgent,
} from "../../contract/build-agents.ts";
import type { BuildAgents } from "./agents.ts";
import type { BuildAgent } from "./agents-store.ts";

const config = { access: "operate" } as const;
const sensitive = { access: "operate", isSensitive: true } as const;
const params = z.object({ name: z.string().max(64) });

/** Administrators say which machines may build. */
export function createAgentRoutes(agents: BuildAgents, areUsed: boolean): FastifyPluginAsyncZod {
  const path = BUILD_AGENT_PATHS.all;
  return async (app) => {
    const list = { response: { 200: buildAgents } };
    app.get(path, { config, schema: list }, async () => ({
      items: (await agents.list()).map(toBody),
      ...(areUsed ? { level: "remote" as const } : {}),
    }));
    const create = { body: newBuildAgent, response: { 201: madeBuildAgent } };
    app.post(path, { config: sensitive, schema: create }, async (request, reply) => {
      const { agent, secret } = await agents.add(request.body.name, callerOf(request));
      return reply.code(201).send({ ...toBody(agent), secret });
    });
    const remove = { params, response: { 204: z.null() } };
    app.delete(`${path}/:name`, { config, schema: remove }, async (request, reply) => {
      await agents.remove(request.params.name, callerOf(request));
      return reply.code(204).send(null);
    });
  };
}

function toBody(agent: BuildAgent): z.input<typeof buildAgent> {
  const { name, createdBy, createdAt, lastSeenAt } = agent;
  return {
    ...{ name, createdBy, createdAt: createdAt.toISOString() },
    ...(lastSeenAt === undefined ? {} : { lastSeenAt: lastSeenAt.toISOString() }),
  };
}
