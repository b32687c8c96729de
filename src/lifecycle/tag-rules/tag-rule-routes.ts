import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import {
  namespaceRulesPath,
  TAG_RULES_PATH,
  tagRulesChange,
  tagRulesQuery,
  tagRules as tagRulesSchema,
  upperTagRulesChange,
} from "../../contract/tag-rules.ts";
import type { Namespace } from "../../namespaces/index.ts";
import type { RouteAccess } from "../../platform/http/api/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { parseTagName } from "./rule-change.ts";
import { toTagRulesBody, toTrialBody } from "./tag-rule-bodies.ts";
import { HUB_PLACE, placeOf, placeOfNamespace, type TagRules } from "./tag-rules.ts";
import type { TagTrials } from "./trials.ts";

export interface TagRuleRouteDeps {
  readonly tagRules: TagRules;
  readonly trials: TagTrials;
  /** Who reads and who writes what a repository says; the rest is decided by `getRepository`. */
  readonly access: { readonly read: RouteAccess; readonly write: RouteAccess };
  /** Throws NOT_FOUND for what the caller may not see, and DENIED. */
  readonly getRepository: (
    caller: Caller,
    name: string,
    action: "pull" | "admin",
  ) => Promise<Repository>;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const response = { 200: tagRulesSchema };

/** What a repository says about its tags: everybody who pulls may know, its admins change it. */
export function createTagRuleRoutes(deps: TagRuleRouteDeps): FastifyPluginAsyncZod {
  const { tagRules, trials, access, getRepository } = deps;
  return async (app) => {
    const path = `${TAG_RULES_PATH}/*`;
    const get = { params, querystring: tagRulesQuery, response };
    app.get(path, { config: { access: access.read }, schema: get }, async (request) => {
      const caller = callerOf(request);
      const found = await getRepository(caller, request.params["*"], "pull");
      const place = placeOf(found);
      const body = await toTagRulesBody(place, await tagRules.read(place), tagRules);
      if (request.query.try === undefined) return body;
      const tags = [...new Set(request.query.try)].map(parseTagName);
      const tried = await trials.try(found, { tags, principal: caller.by });
      return { ...body, trials: tried.map(toTrialBody) };
    });
    const put = { params, body: tagRulesChange, response };
    app.put(path, { config: { access: access.write }, schema: put }, async (request) => {
      const caller = callerOf(request);
      const found = await getRepository(caller, request.params["*"], "admin");
      const place = placeOf(found);
      return await toTagRulesBody(place, await tagRules.set(place, request.body, caller), tagRules);
    });
  };
}

/** What the hub says, for all that say nothing themselves; who operates it changes that. */
export function createHubTagRuleRoutes(
  deps: Pick<TagRuleRouteDeps, "tagRules"> & { readonly access: RouteAccess },
): FastifyPluginAsyncZod {
  const { tagRules, access } = deps;
  return async (app) => {
    const get = { response };
    app.get(TAG_RULES_PATH, { config: { access }, schema: get }, async () => {
      return await toTagRulesBody(HUB_PLACE, await tagRules.read(HUB_PLACE), tagRules);
    });
    const put = { body: upperTagRulesChange, response };
    const config = { access: "operate" } as const;
    app.put(TAG_RULES_PATH, { config, schema: put }, async (request) => {
      const said = await tagRules.set(HUB_PLACE, request.body, callerOf(request));
      return await toTagRulesBody(HUB_PLACE, said, tagRules);
    });
  };
}

/** What a user or an organization says for all repositories of the namespace. */
export function createNamespaceTagRuleRoutes(deps: {
  readonly tagRules: TagRules;
  /** Throws NOT_FOUND or DENIED. */
  readonly getNamespace: (
    caller: Caller,
    name: string,
    need: "member" | "owner",
  ) => Promise<Namespace>;
}): FastifyPluginAsyncZod {
  const { tagRules, getNamespace } = deps;
  const config = { access: "account" } as const;
  const named = z.object({ namespace: z.string().max(255) });
  return async (app) => {
    const path = namespaceRulesPath(":namespace");
    app.get(path, { config, schema: { params: named, response } }, async (request) => {
      const found = await getNamespace(callerOf(request), request.params.namespace, "member");
      const place = placeOfNamespace(found);
      return await toTagRulesBody(place, await tagRules.read(place), tagRules);
    });
    const put = { params: named, body: upperTagRulesChange, response };
    app.put(path, { config, schema: put }, async (request) => {
      const caller = callerOf(request);
      const found = await getNamespace(caller, request.params.namespace, "owner");
      const place = placeOfNamespace(found);
      return await toTagRulesBody(place, await tagRules.set(place, request.body, caller), tagRules);
    });
  };
}
