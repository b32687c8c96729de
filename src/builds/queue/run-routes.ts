import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import {
  BUILD_PATHS,
  buildSteps,
  logMatches,
  logSearchQuery,
  newBuilds,
} from "../../contract/builds.ts";
import { type BuildRouteDeps, getBuild } from "../build-routes.ts";
import { findBuild, listBuilds } from "../builds-store.ts";
import { toBuildBody } from "./build-body.ts";
import { listSteps } from "./queue-store.ts";
import { searchLogs } from "./search-logs.ts";

const config = { access: "account" } as const;
const one = z.object({ id: z.string().max(64) });
const params = z.object({ "*": z.string().max(255) });
const SEARCHED = 100;

/** What a build did step by step, a build once more, and what was printed in the builds of a repository. */
export function createRunRoutes(deps: BuildRouteDeps): FastifyPluginAsyncZod {
  const { database, queue, logs, access } = deps;
  return async (app) => {
    const steps = { params: one, response: { 200: buildSteps } };
    app.get(`${BUILD_PATHS.one}/:id/steps`, { config, schema: steps }, async (request) => {
      const wish = { ...request.params, action: "pull" } as const;
      const { build } = await getBuild(deps, callerOf(request), wish);
      return { items: await listSteps(database.reader, build.id) };
    });
    const retry = { params: one, response: { 201: newBuilds } };
    app.post(`${BUILD_PATHS.one}/:id/retry`, { config, schema: retry }, async (request, reply) => {
      const caller = callerOf(request);
      const wish = { ...request.params, action: "push" } as const;
      const { build, repository } = await getBuild(deps, caller, wish);
      const id = await queue.retry(build, repository, caller);
      const made = await findBuild(database.reader, id);
      const found = made === undefined ? [] : [made];
      const places = await queue.explain(found);
      return reply
        .code(201)
        .send({ items: found.map((it) => toBuildBody(it, repository, places)) });
    });
    const search = { params, querystring: logSearchQuery, response: { 200: logMatches } };
    app.get(`${BUILD_PATHS.logs}/*`, { config, schema: search }, async (request, reply) => {
      const { id } = await access.getRepository(callerOf(request), request.params["*"], "pull");
      const page = { before: undefined, limit: SEARCHED + 1 };
      const builds = await listBuilds(database.reader, id, page);
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const wish = { words: request.query.q, signal: gone.signal };
      const found = await searchLogs(logs, builds.slice(0, SEARCHED), wish);
      const isPartial = found.isPartial || builds.length > SEARCHED;
      return { items: [...found.items], isPartial };
    });
  };
}
