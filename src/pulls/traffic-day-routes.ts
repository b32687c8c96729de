import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import { TRAFFIC_DAYS_PATH, trafficDays, trafficDaysQuery } from "../contract/pulls.ts";
import type { PullTables } from "./tables.ts";
import { listTrafficDays, type TrafficScope } from "./traffic-days.ts";

export interface TrafficDayDeps {
  readonly db: Kysely<PullTables>;
  /** Each throws unless the caller sees what is stored there. */
  readonly access: {
    assertSeesHub(caller: Caller): Promise<void>;
    getNamespace(caller: Caller, name: string): Promise<{ readonly id: number }>;
    getRepository(caller: Caller, name: string): Promise<{ readonly id: number }>;
  };
  readonly clock: () => Date;
}

const params = z.object({ "*": z.string().max(255) });
const named = z.object({ namespace: z.string().max(255) });
const config = { access: "anybody" } as const;

/** How much was pulled and pushed on each day, without who it was. */
export function createTrafficDayRoutes(deps: TrafficDayDeps): FastifyPluginAsyncZod {
  const { db, access, clock } = deps;
  const answer = async (scope: TrafficScope, days: number) => {
    const found = await listTrafficDays(db, scope, { days, now: clock() });
    const items = found.map(({ day, pulls, pulled_bytes, pushes, pushed_bytes }) => ({
      at: new Date(day).toISOString(),
      ...{ pulls: Number(pulls), pulledBytes: Number(pulled_bytes) },
      ...{ pushes: Number(pushes), pushedBytes: Number(pushed_bytes) },
    }));
    return { items };
  };
  return async (app) => {
    const schema = { querystring: trafficDaysQuery, response: { 200: trafficDays } };
    app.get(`${TRAFFIC_DAYS_PATH}/hub`, { config, schema }, async (request) => {
      await access.assertSeesHub(callerOf(request));
      return await answer({ kind: "hub", id: 0 }, request.query.days);
    });
    const ofNamespace = { config, schema: { params: named, ...schema } };
    app.get(`${TRAFFIC_DAYS_PATH}/namespaces/:namespace`, ofNamespace, async (request) => {
      const { id } = await access.getNamespace(callerOf(request), request.params.namespace);
      return await answer({ kind: "namespace", id }, request.query.days);
    });
    const ofRepository = { config, schema: { params, ...schema } };
    app.get(`${TRAFFIC_DAYS_PATH}/repositories/*`, ofRepository, async (request) => {
      const { id } = await access.getRepository(callerOf(request), request.params["*"]);
      return await answer({ kind: "repository", id }, request.query.days);
    });
  };
}
