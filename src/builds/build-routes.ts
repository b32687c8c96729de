import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf, type Journal } from "../access/index.ts";
import {
  BUILD_PATHS,
  buildPage,
  buildQuery,
  build as buildSchema,
  newBuild,
  newBuilds,
} from "../contract/builds.ts";
import { toPage } from "../contract/pages.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import type { BuildAccess } from "./build-access.ts";
import { type Build, findBuild, listBuilds } from "./builds-store.ts";
import { toBuildBody } from "./queue/build-body.ts";
import type { BuildLogs } from "./queue/build-log.ts";
import type { BuildQueue } from "./queue/build-queue.ts";
import type { BuildId, BuildTables } from "./tables.ts";

export interface BuildRouteDeps {
  readonly database: Database<BuildTables>;
  readonly access: BuildAccess;
  readonly queue: Pick<BuildQueue, "trigger" | "cancel" | "retry" | "explain">;
  readonly logs: BuildLogs;
  readonly journal: Journal;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  readonly clock: () => Date;
}

const config = { access: "account" } as const;
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const one = z.object({ id: z.string().max(64) });

/** Builds: whoever reads the repository sees them, whoever writes starts and cancels builds. */
export function createBuildRoutes(deps: BuildRouteDeps): FastifyPluginAsyncZod {
  const { access, queue, database } = deps;
  return async (app) => {
    const list = { params, querystring: buildQuery, response: { 200: buildPage } };
    app.get(`${BUILD_PATHS.of}/*`, { config, schema: list }, async (request) => {
      const found = await access.getRepository(callerOf(request), request.params["*"], "pull");
      const { before, limit } = request.query;
      const builds = await listBuilds(database.reader, found.id, { before, limit: limit + 1 });
      const places = await queue.explain(builds);
      const bodies = builds.map((one) => toBuildBody(one, found, places));
      return toPage(bodies, limit, (last) => String(last.id));
    });
    const start = { params, body: newBuild, response: { 201: newBuilds } };
    app.post(`${BUILD_PATHS.of}/*`, { config, schema: start }, async (request, reply) => {
      const caller = callerOf(request);
      const repository = await access.getRepository(caller, request.params["*"], "push");
      const ids = await queue.trigger(repository, caller, request.body.ref);
      const made = await Promise.all(ids.map((id) => findBuild(database.reader, id)));
      const builds = made.flatMap((found) => found ?? []);
      const places = await queue.explain(builds);
      const items = builds.map((one) => toBuildBody(one, repository, places));
      return reply.code(201).send({ items });
    });
    const show = { params: one, response: { 200: buildSchema } };
    app.get(`${BUILD_PATHS.one}/:id`, { config, schema: show }, async (request) => {
      const { build, repository } = await getBuild(deps, callerOf(request), {
        ...request.params,
        action: "pull",
      });
      return toBuildBody(build, repository, await queue.explain([build]));
    });
    const cancel = { params: one, response: { 204: z.null() } };
    app.post(
      `${BUILD_PATHS.one}/:id/cancel`,
      { config, schema: cancel },
      async (request, reply) => {
        const caller = callerOf(request);
        const { build, repository } = await getBuild(deps, caller, {
          ...request.params,
          action: "push",
        });
        await queue.cancel(build, repository, caller);
        return reply.code(204).send(null);
      },
    );
  };
}

/** Throws NOT_FOUND for another's build as for none. */
export async function getBuild(
  deps: Pick<BuildRouteDeps, "database" | "access" | "findRepository">,
  caller: Caller,
  { id, action }: { id: string; action: "pull" | "push" },
): Promise<{ build: Build; repository: Repository }> {
  if (!/^[1-9]\d{0,14}$/.test(id)) throw new ProblemError(PROBLEMS.NOT_FOUND);
  const build = await findBuild(deps.database.reader, Number(id) as BuildId);
  const place = build && (await deps.findRepository(build.repositoryId));
  if (place === undefined || build === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return { build, repository: await deps.access.getRepository(caller, place.name, action) };
}
