export { createTagRules } from "./migration-0020.ts";
export { addRuleLevels } from "./migration-0024.ts";
export type { LifecycleTables } from "./tables.ts";
export { RulePresence } from "./tag-rules/rule-presence.ts";
export { type ImmutableRule, NOTHING_IMMUTABLE } from "./tag-rules/rules.ts";
export { createTagKeeper } from "./tag-rules/tag-keeper.ts";
export {
  createHubTagRuleRoutes,
  createNamespaceTagRuleRoutes,
  createTagRuleRoutes,
} from "./tag-rules/tag-rule-routes.ts";
export { placeOf, TagRules } from "./tag-rules/tag-rules.ts";
export { TagTrials } from "./tag-rules/trials.ts";
