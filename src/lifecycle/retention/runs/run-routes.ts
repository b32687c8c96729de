import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../../access/index.ts";
import { toPage } from "../../../contract/pages.ts";
import { PROBLEMS } from "../../../contract/problems.ts";
import {
  RETENTION_PATHS,
  removalQuery,
  retentionRemovals,
  retentionRun,
  retentionRunQuery,
  retentionRunRequest,
  retentionRuns,
} from "../../../contract/retention.ts";
import { ProblemError } from "../../../platform/http/api/index.ts";
import type { Repository, RepositoryId } from "../../../repositories/index.ts";
import { assertPattern, readInUse, readPolicy } from "../policies/policies.ts";
import { liesWithin } from "../policies/policies-store.ts";
import { openScope, type RetentionAccess, type RetentionWish } from "../retention-access.ts";
import type { RetentionRuns } from "./retention-runs.ts";
import type { Run } from "./runs-store.ts";

export interface RunRouteDeps {
  readonly runs: RetentionRuns;
  readonly access: RetentionAccess;
  /** As it is called now; undefined when it is gone. */
  readonly nameOf: (scope: Run["scope"]) => Promise<string>;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
}

const params = z.object({ id: z.string().max(64) });

export function createRunRoutes(deps: RunRouteDeps): FastifyPluginAsyncZod {
  const { runs, access } = deps;
  const config = { access: "anybody" } as const;
  const path = RETENTION_PATHS.runs;
  return async (app) => {
    const list = { querystring: retentionRunQuery, response: { 200: retentionRuns } };
    app.get(path, { config, schema: list }, async (request) => {
      const { kind, name, last: before, limit } = request.query;
      const wish = { scope: { kind, name }, wish: "read" } as const;
      const scope = await openScope(access, callerOf(request), wish);
      const found = await runs.list(scope, { before, limit: limit + 1 });
      const page = toPage(found, limit, ({ id }) => String(id));
      return { ...page, items: page.items.map(toBody) };
    });
    const start = { body: retentionRunRequest, response: { 202: retentionRun } };
    app.post(path, { config, schema: start }, async (request, reply) => {
      const { scope: named, policy: text, inUse } = request.body;
      const caller = callerOf(request);
      const scope = await openScope(access, caller, { scope: named, wish: "manage" });
      assertPattern(scope.pattern);
      const policy = text === undefined ? undefined : readPolicy(text).text;
      const run = await runs.start({ scope, policy, inUseMs: readInUse(inUse) }, caller);
      return reply.code(202).send(toBody(run));
    });
    const one = { params, response: { 200: retentionRun } };
    app.get(`${path}/:id`, { config, schema: one }, async (request) =>
      toBody(await getRun(deps, callerOf(request), { ...request.params, wish: "read" })),
    );
    const removals = { params, querystring: removalQuery, response: { 200: retentionRemovals } };
    app.get(`${path}/:id/removals`, { config, schema: removals }, async (request) => {
      const { last: after, limit } = request.query;
      const wish = { ...request.params, wish: "read" } as const;
      const run = await getRun(deps, callerOf(request), wish);
      const found = await runs.listRemovals(run, { after, limit: limit + 1 });
      const page = toPage(found, limit, ({ id }) => String(id));
      return {
        ...page,
        items: await Promise.all(page.items.map((each) => toRemoval(deps, { run, removal: each }))),
      };
    });
    app.post(`${path}/:id/cancel`, { config, schema: one }, async (request) => {
      const caller = callerOf(request);
      const run = await getRun(deps, caller, { ...request.params, wish: "manage" });
      await runs.cancel(run, caller);
      return toBody((await runs.find(run.id)) ?? run);
    });
    app.post(`${path}/:id/undo`, { config, schema: one }, async (request) => {
      const caller = callerOf(request);
      const run = await getRun(deps, caller, { ...request.params, wish: "manage" });
      return toBody(await runs.undo(run, caller));
    });
  };
}

/** Whoever may not see what it was about is told that there is none. */
async function getRun(
  { runs, access, nameOf }: RunRouteDeps,
  caller: Caller,
  { id, wish }: { readonly id: string; readonly wish: RetentionWish },
): Promise<Run> {
  const run = /^\d{1,15}$/.test(id) ? await runs.find(Number(id)) : undefined;
  if (run === undefined) {
    // Whoever has not said who they are learns that first, as for a run that is there.
    await access.assertSomebody(caller);
    throw new ProblemError(PROBLEMS.NOT_FOUND);
  }
  const { kind } = run.scope;
  const name = await nameOf({ ...run.scope, pattern: "" });
  // What is gone is for those who manage the hub.
  const scope = name === "" ? ({ kind: "hub" } as const) : { kind, name };
  await openScope(access, caller, { scope, wish });
  return run;
}

function toBody(run: Run): z.input<typeof retentionRun> {
  const { id, scopeName: scope, cause, startedBy, state, asOf, finishedAt, failure } = run;
  const { repositories, unchanged, examined, removed, spared, freedBytes, restored, lost } = run;
  return {
    ...{ id, scope, cause, startedBy, state, startedAt: asOf.toISOString() },
    ...(finishedAt !== undefined && { finishedAt: finishedAt.toISOString() }),
    ...{ repositories, unchanged, examined, removed, spared, freedBytes, restored, lost },
    ...(failure !== undefined && { failure }),
  };
}

async function toRemoval(
  { findRepository }: RunRouteDeps,
  {
    run,
    removal,
  }: {
    readonly run: Run;
    readonly removal: Awaited<ReturnType<RetentionRuns["listRemovals"]>>[number];
  },
) {
  const { id, repositoryId, tag, digest, line, why, bytes, state } = removal;
  const found = await findRepository(repositoryId);
  // What was given to another owner is theirs, its name too.
  const repository = found !== undefined && liesWithin(run.scope, found) ? found.name : "";
  return {
    ...{ id, repository, digest, why, bytes, state },
    ...(tag !== undefined && { tag }),
    ...(line !== undefined && { line }),
  };
}
