import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import { placeOf } from "../lifecycle/index.ts";
import { type HubRepositoryDeps, nameOf, toInfo } from "./repository-routes.ts";

const word = z.string().max(255);
const params = z.object({ namespace: word, repository: word });
const change = z.object({
  immutable_tags: z.boolean(),
  immutable_tags_rules: z.array(z.string().max(1000)).max(100).nullish(),
});
const config = { access: "account" } as const;

/** Immutable tags, under both of Docker Hub's styles of addresses. */
export function createImmutableTagRoutes(deps: HubRepositoryDeps): FastifyPluginAsyncZod {
  const { authority, tagRules, trials } = deps;
  return async (app) => {
    for (const base of [
      "/v2/namespaces/:namespace/repositories/:repository",
      "/v2/repositories/:namespace/:repository",
    ]) {
      const path = `${base}/immutabletags`;
      app.patch(path, { config, schema: { params, body: change } }, async (request) => {
        const caller = callerOf(request);
        const found = await authority.getRepository(caller, nameOf(request.params), "admin");
        const { immutable_tags: enabled, immutable_tags_rules: rules } = request.body;
        const immutable = { enabled, patterns: rules ?? undefined };
        await tagRules.set(placeOf(found), { immutable }, caller);
        return await toInfo(deps, caller, found);
      });
      const verify = { params, body: z.object({ regex: z.string().max(1000) }) };
      app.post(`${path}/verify`, { config, schema: verify }, async (request) => {
        const caller = callerOf(request);
        const found = await authority.getRepository(caller, nameOf(request.params), "admin");
        return { tags: await trials.preview(found, request.body.regex) };
      });
    }
  };
}
