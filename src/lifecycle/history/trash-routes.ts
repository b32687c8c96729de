import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import {
  deletedManifest,
  lostTag,
  TRASH_MANIFESTS_PATH,
  TRASH_TAGS_PATH,
  undeleted,
  undeletion,
} from "../../contract/history.ts";
import { pageOf, pageQuery, toPage } from "../../contract/pages.ts";
import { toDeletedManifest, toLostTag } from "./history-bodies.ts";
import { type HistoryRouteDeps, toId } from "./history-routes.ts";

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const config = { access: "anybody" } as const;

/** What was deleted and can be brought back: for whoever may delete. */
export function createTrashRoutes(deps: HistoryRouteDeps): FastifyPluginAsyncZod {
  const { history, tagHistory, access } = deps;
  return async (app) => {
    const tags = { params, querystring: pageQuery, response: { 200: pageOf(lostTag) } };
    app.get(`${TRASH_TAGS_PATH}/*`, { config, schema: tags }, async (request) => {
      const place = await access.getRepository(callerOf(request), request.params["*"], "delete");
      const { last: after, limit } = request.query;
      const { items, next } = await tagHistory.listLost(place.id, { after, limit });
      const looker = { seesTokens: true };
      return { items: items.map((item) => toLostTag(item, looker)), ...(next && { next }) };
    });
    const manifests = {
      params,
      querystring: pageQuery,
      response: { 200: pageOf(deletedManifest) },
    };
    app.get(`${TRASH_MANIFESTS_PATH}/*`, { config, schema: manifests }, async (request) => {
      const place = await access.getRepository(callerOf(request), request.params["*"], "delete");
      const { last, limit } = request.query;
      const page = { before: toId(last), limit: limit + 1 };
      const found = await tagHistory.listDeleted(place.id, page);
      return toPage(found.map(toDeletedManifest), limit, ({ id }) => id);
    });
    const restore = { params, body: undeletion, response: { 200: undeleted } };
    app.post(`${TRASH_MANIFESTS_PATH}/*`, { config, schema: restore }, async (request) => {
      const caller = callerOf(request);
      await access.getRepository(caller, request.params["*"], "delete");
      const place = await access.getRepository(caller, request.params["*"], "push");
      const done = await history.restoreManifest(place, request.body.digest, caller);
      return { manifests: [...done.manifests], tags: [...done.tags], kept: [...done.kept] };
    });
  };
}
