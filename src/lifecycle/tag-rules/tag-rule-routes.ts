import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import {
  TAG_RULES_PATH,
  tagRulesChange,
  tagRules as tagRulesSchema,
} from "../../contract/tag-rules.ts";
import type { Repository } from "../../repositories/index.ts";
import type { ImmutableTags } from "./immutable-tags-store.ts";
import type { TagRules } from "./tag-rules.ts";

export interface TagRuleRouteDeps {
  readonly tagRules: TagRules;
  /** Throws NOT_FOUND for what the caller may not see, and DENIED. */
  readonly getRepository: (
    caller: Caller,
    name: string,
    action: "pull" | "admin",
  ) => Promise<Repository>;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });

/** What a repository says about its tags: everybody who pulls may know, its admins change it. */
export function createTagRuleRoutes(deps: TagRuleRouteDeps): FastifyPluginAsyncZod {
  const { tagRules, getRepository } = deps;
  return async (app) => {
    const path = `${TAG_RULES_PATH}/*`;
    const get = { params, response: { 200: tagRulesSchema } };
    app.get(path, { config: { access: "anybody" }, schema: get }, async (request) => {
      const found = await getRepository(callerOf(request), request.params["*"], "pull");
      return toBody(await tagRules.find(found.id));
    });
    const put = { params, body: tagRulesChange, response: { 200: tagRulesSchema } };
    app.put(path, { config: { access: "account" }, schema: put }, async (request) => {
      const caller = callerOf(request);
      const found = await getRepository(caller, request.params["*"], "admin");
      const { enabled: isEnabled, patterns } = request.body.immutable;
      return toBody(await tagRules.set(found, { isEnabled, patterns }, caller));
    });
  };
}

function toBody({ isEnabled: enabled, patterns }: ImmutableTags): z.input<typeof tagRulesSchema> {
  return { immutable: { enabled, patterns: [...patterns] } };
}
