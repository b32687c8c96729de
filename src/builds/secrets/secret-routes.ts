import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import { buildSecretList, newBuildSecret, SECRET_PATHS } from "../../contract/build-inputs.ts";
import type { BuildAccess } from "../build-access.ts";
import type { BuildSecrets } from "./build-secrets.ts";

const config = { access: "account" } as const;
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const named = params.extend({ secret: z.string().max(64) });

/** Secrets of builds, which whoever administers the repository sets, and nobody reads. */
export function createSecretRoutes(deps: {
  readonly access: BuildAccess;
  readonly secrets: BuildSecrets;
}): FastifyPluginAsyncZod {
  const { access, secrets } = deps;
  return async (app) => {
    const list = { params, response: { 200: buildSecretList } };
    app.get(`${SECRET_PATHS.of}/*`, { config, schema: list }, async (request) => {
      const { id } = await access.getRepository(callerOf(request), request.params["*"], "admin");
      const found = await secrets.list(id);
      return {
        items: found.map(({ name, updatedAt }) => ({ name, updatedAt: updatedAt.toISOString() })),
      };
    });
    const set = { params, body: newBuildSecret, response: { 204: z.null() } };
    app.put(`${SECRET_PATHS.of}/*`, { config, schema: set }, async (request, reply) => {
      const caller = callerOf(request);
      const repository = await access.getRepository(caller, request.params["*"], "admin");
      await secrets.set(repository, caller, request.body);
      return reply.code(204).send(null);
    });
    const remove = { params: named, response: { 204: z.null() } };
    app.delete(
      `${SECRET_PATHS.one}/:secret/*`,
      { config, schema: remove },
      async (request, reply) => {
        const caller = callerOf(request);
        const repository = await access.getRepository(caller, request.params["*"], "admin");
        await secrets.remove(repository, caller, request.params.secret);
        return reply.code(204).send(null);
      },
    );
  };
}
