import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import {
  type buildSource,
  buildSourceList,
  buildSource as buildSourceSchema,
  madeBuildSource,
  newBuildSource,
  SOURCE_PATHS,
} from "../../contract/build-sources.ts";
import type { BuildAccess } from "../build-access.ts";
import { credentialOf, type Sources } from "./sources.ts";
import type { BuildSource } from "./sources-store.ts";

export interface SourceRouteDeps {
  readonly access: BuildAccess;
  readonly sources: Sources;
}

const config = { access: "account" } as const;
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });

/** Git servers to build from: whoever writes to the repository sees them and has them read, whoever administers it names them. */
export function createSourceRoutes({ access, sources }: SourceRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const list = { params, response: { 200: buildSourceList } };
    app.get(`${SOURCE_PATHS.of}/*`, { config, schema: list }, async (request) => {
      const caller = callerOf(request);
      const { id } = await access.getRepository(caller, request.params["*"], "push");
      const found = await sources.find(id);
      return { items: found === undefined ? [] : [toBody(found, caller)] };
    });
    const add = { params, body: newBuildSource, response: { 201: madeBuildSource } };
    app.post(`${SOURCE_PATHS.of}/*`, { config, schema: add }, async (request, reply) => {
      const caller = callerOf(request);
      const repository = await access.getRepository(caller, request.params["*"], "admin");
      const { source, hookSecret } = await sources.add(repository, caller, request.body);
      const secret = hookSecret === undefined ? {} : { hookSecret };
      return reply.code(201).send({ ...toBody(source, caller), ...secret });
    });
    const remove = { params, response: { 204: z.null() } };
    app.delete(`${SOURCE_PATHS.of}/*`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const repository = await access.getRepository(caller, request.params["*"], "admin");
      await sources.remove(repository, caller);
      return reply.code(204).send(null);
    });
    const fetch = { params, response: { 202: buildSourceSchema } };
    app.post(`${SOURCE_PATHS.fetch}/*`, { config, schema: fetch }, async (request, reply) => {
      const caller = callerOf(request);
      const repository = await access.getRepository(caller, request.params["*"], "push");
      return reply.code(202).send(toBody(await sources.fetch(repository), caller));
    });
  };
}

function toBody(source: BuildSource, { baseUrl = "" }: Caller): z.input<typeof buildSource> {
  const { url, provider, context, publicKey, hostKeys, why, fetchedAt } = source;
  return {
    ...{ url, provider, credential: credentialOf(source) },
    ...(context === undefined ? {} : { context }),
    ...(publicKey === undefined ? {} : { deployKey: publicKey }),
    ...(hostKeys === undefined ? {} : { hostKey: hostKeys.trim() }),
    hookUrl: `${baseUrl}${SOURCE_PATHS.hook}/${source.id}`,
    ...(source.submoduleHosts === undefined ? {} : { submodules: [...source.submoduleHosts] }),
    pollMinutes: source.pollMs / 60_000,
    createdBy: source.createdBy,
    createdAt: source.createdAt.toISOString(),
    state: stateOf(source),
    ...(why === undefined ? {} : { why }),
    ...(fetchedAt === undefined ? {} : { fetchedAt: fetchedAt.toISOString() }),
  };
}

function stateOf({ wantedAt, why, fetchedAt }: BuildSource): "waiting" | "fetched" | "failed" {
  if (why !== undefined) return "failed";
  return wantedAt !== undefined || fetchedAt === undefined ? "waiting" : "fetched";
}
