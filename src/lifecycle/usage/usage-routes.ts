import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import {
  FREED_PATH,
  freedBy as freedBySchema,
  freedByTags,
  freedQuery,
  freedTags,
  GROWTH_PATH,
  growth,
  growthQuery,
  USAGE_SERIES_PATH,
  usageSeries,
  usageSeriesQuery,
} from "../../contract/usage.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { FreedBy, Seen } from "../freed/freed-by.ts";
import { HUB, type Scope, scopeOfNamespace, scopeOfRepository } from "../quotas/scopes.ts";
import type { LifecycleTables } from "../tables.ts";
import { listGrowth } from "./growth.ts";
import { readSeries } from "./series.ts";
import type { UsageAccess } from "./usage-access.ts";

export interface UsageRouteDeps {
  readonly db: Kysely<LifecycleTables>;
  readonly access: UsageAccess;
  readonly freedBy: FreedBy;
  readonly clock: () => Date;
}

const params = z.object({ "*": z.string().max(255) });
const named = z.object({ namespace: z.string().max(255) });
const response = { 200: usageSeries };
const querystring = usageSeriesQuery;

/** What was stored over time, for whoever sees what is stored now; and what deletions would free. */
export function createUsageSeriesRoutes(deps: UsageRouteDeps): FastifyPluginAsyncZod {
  const { access } = deps;
  const config = { access: "anybody" } as const;
  const answer = async (scope: Scope, query: z.output<typeof usageSeriesQuery>) =>
    await describe(deps, scope, query);
  return async (app) => {
    const schema = { querystring, response };
    app.get(`${USAGE_SERIES_PATH}/hub`, { config, schema }, async (request) => {
      await access.assertSeesHub(callerOf(request));
      return await answer(HUB, request.query);
    });
    const ofNamespace = { config, schema: { params: named, ...schema } };
    app.get(`${USAGE_SERIES_PATH}/namespaces/:namespace`, ofNamespace, async (request) => {
      const found = await access.getNamespace(callerOf(request), request.params.namespace);
      return await answer(scopeOfNamespace(found), request.query);
    });
    const ofRepository = { config, schema: { params, ...schema } };
    app.get(`${USAGE_SERIES_PATH}/repositories/*`, ofRepository, async (request) => {
      const found = await access.getRepository(callerOf(request), request.params["*"]);
      return await answer(scopeOfRepository(found), request.query);
    });
    const ofGrowth = { querystring: growthQuery, response: { 200: growth } };
    app.get(GROWTH_PATH, { config, schema: ofGrowth }, async (request) => {
      await access.assertSeesHub(callerOf(request));
      const found = await listGrowth(deps.db, { days: request.query.days, now: deps.clock() });
      const items = found.map(({ before, ...now }) => ({ ...now, grewBy: now.bytes - before }));
      return { items };
    });
    await app.register(createFreedRoutes(deps));
  };
}

/** What deletions would free: of a tag, a manifest, a repository, or of several tags together. */
function createFreedRoutes({
  access,
  freedBy,
}: Pick<UsageRouteDeps, "access" | "freedBy">): FastifyPluginAsyncZod {
  const config = { access: "anybody" } as const;
  const { untagged } = freedBy;
  return async (app) => {
    const ofOne = { params, querystring: freedQuery, response: { 200: freedBySchema } };
    app.get(`${FREED_PATH}/*`, { config, schema: ofOne }, async (request) => {
      const caller = callerOf(request);
      const { tag, digest } = request.query;
      const repository = await access.getRepository(caller, request.params["*"]);
      const seen = await findSeen(access, caller, repository);
      const { otherTags, ...found } = await freedBy.find({ repository, tag, digest }, seen);
      const { name } = repository;
      const what = { repository: name, ...(tag === undefined ? {} : { tag }) };
      return { ...what, untagged, ...found, otherTags: [...otherTags] };
    });
    const ofTags = { params, body: freedTags, response: { 200: freedByTags } };
    app.post(`${FREED_PATH}/*`, { config, schema: ofTags }, async (request) => {
      const caller = callerOf(request);
      const repository = await access.getRepository(caller, request.params["*"]);
      const seen = await findSeen(access, caller, repository);
      const { unknown, ...sums } = await freedBy.findOfTags(repository, request.body.tags, seen);
      return { repository: repository.name, untagged, ...sums, unknown: [...unknown] };
    });
  };
}

/** What others hold is told to those alone who see what is stored there: it would tell whether others have a layer. */
async function findSeen(
  access: UsageAccess,
  caller: Caller,
  { name, namespaceId }: Repository,
): Promise<Seen> {
  const [namespace = ""] = name.split("/", 1);
  const ofNamespace = () => access.getNamespace(caller, namespace);
  const seen = new Set<"namespace" | "hub">();
  if (namespaceId !== undefined && (await isAllowed(ofNamespace))) seen.add("namespace");
  if (await isAllowed(() => access.assertSeesHub(caller))) seen.add("hub");
  return seen;
}

async function isAllowed(question: () => Promise<unknown>): Promise<boolean> {
  try {
    await question();
    return true;
  } catch (cause) {
    if (cause instanceof ProblemError) return false;
    throw cause;
  }
}

async function describe(
  { db, clock }: Pick<UsageRouteDeps, "db" | "clock">,
  scope: Scope,
  { since, until, step }: z.output<typeof usageSeriesQuery>,
): Promise<z.input<typeof usageSeries>> {
  const wish = { since: since && new Date(since), until: until && new Date(until), step };
  const { step: found, items } = await readSeries(db, scope, {
    wish: { ...wish, since: wish.since || undefined, until: wish.until || undefined },
    now: clock(),
  });
  return {
    scope: { kind: scope.kind, name: scope.name },
    step: found,
    items: items.map(({ at, ...amounts }) => ({ at: new Date(at).toISOString(), ...amounts })),
  };
}
