import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import {
  differenceQuery,
  historyQuery,
  pastTag,
  restoration,
  restored,
  statesQuery,
  TAG_DIFFERENCES_PATH,
  TAG_HISTORY_PATH,
  TAG_RESTORATIONS_PATH,
  TAG_STATES_PATH,
  tagDifference,
  tagMove,
} from "../../contract/history.ts";
import { pageOf, toPage } from "../../contract/pages.ts";
import { isTag } from "../../oci/tag.ts";
import type { TagHistory } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { History } from "./history.ts";
import type { HistoryAccess } from "./history-access.ts";
import { type Looker, toPastTag, toTagMove } from "./history-bodies.ts";

export interface HistoryRouteDeps {
  readonly history: History;
  readonly tagHistory: TagHistory;
  readonly access: HistoryAccess;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
/** The registry's own authoriser decides, which lets everybody do everything where there are no accounts. */
const config = { access: "anybody" } as const;

/** What tags were, for whoever pulls, and a way back, for whoever pushes. */
export function createHistoryRoutes(deps: HistoryRouteDeps): FastifyPluginAsyncZod {
  const { history, tagHistory, access } = deps;
  return async (app) => {
    const list = { params, querystring: historyQuery, response: { 200: pageOf(tagMove) } };
    app.get(`${TAG_HISTORY_PATH}/*`, { config, schema: list }, async (request) => {
      const [place, looker] = await look(callerOf(request), request.params["*"]);
      const { tag, last, limit } = request.query;
      if (!isTag(tag)) return { items: [] };
      const page = { before: toId(last), limit: limit + 1 };
      const moves = await tagHistory.list({ repositoryId: place.id, tag }, page);
      return toPage(
        moves.map((move) => toTagMove(move, looker)),
        limit,
        ({ id }) => id,
      );
    });
    const states = { params, querystring: statesQuery, response: { 200: pageOf(pastTag) } };
    app.get(`${TAG_STATES_PATH}/*`, { config, schema: states }, async (request) => {
      const [place, looker] = await look(callerOf(request), request.params["*"]);
      const { tag, last: after, limit } = request.query;
      const at = history.parseTime(request.query.at);
      if (tag !== undefined)
        return { items: [toPastTag(await history.getAt(place, tag, at), looker)] };
      const { items, next } = await tagHistory.listAt(place.id, { at, after, limit });
      return { items: items.map((item) => toPastTag(item, looker)), ...(next && { next }) };
    });
    const differences = {
      ...{ params, querystring: differenceQuery },
      response: { 200: tagDifference },
    };
    app.get(`${TAG_DIFFERENCES_PATH}/*`, { config, schema: differences }, async (request) => {
      const { tag, from, to } = request.query;
      const place = await access.getRepository(callerOf(request), request.params["*"], "pull");
      return await history.compare(place, { tag, from, to });
    });
    const restore = { params, body: restoration, response: { 200: restored } };
    app.post(`${TAG_RESTORATIONS_PATH}/*`, { config, schema: restore }, async (request) => {
      const caller = callerOf(request);
      const place = await access.getRepository(caller, request.params["*"], "push");
      const { tag, digest, manifests } = await history.restoreTag(place, request.body, caller);
      return { tag, digest, manifests: [...manifests] };
    });
  };

  async function look(caller: Caller, name: string): Promise<readonly [Repository, Looker]> {
    const place = await access.getRepository(caller, name, "pull");
    return [place, { seesTokens: await access.seesTokens(caller, place.name) }];
  }
}

/** Whatever is no id of ours is before everything. */
export function toId(last: string | undefined): number | undefined {
  return last === undefined ? undefined : Number(last) || 0;
}
