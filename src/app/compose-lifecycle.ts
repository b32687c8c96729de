import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { createTagRuleRoutes, type TagRules } from "../lifecycle/index.ts";
import type { Authority } from "../organizations/index.ts";

/** Where there are accounts: what repositories say about their tags. The rules bind in every mode. */
export function createLifecycleRoutes(parts: {
  readonly tagRules: TagRules;
  readonly authority: Authority;
}): readonly FastifyPluginAsyncZod[] {
  const { tagRules, authority } = parts;
  return [
    createTagRuleRoutes({
      tagRules,
      getRepository: (caller, name, action) => authority.getRepository(caller, name, action),
    }),
  ];
}
