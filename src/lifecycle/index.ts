export { createTagRules } from "./migration-0020.ts";
export type { LifecycleTables } from "./tables.ts";
export { type ImmutableTags, NOTHING_IMMUTABLE } from "./tag-rules/immutable-tags-store.ts";
export { createTagKeeper } from "./tag-rules/tag-keeper.ts";
export { createTagRuleRoutes } from "./tag-rules/tag-rule-routes.ts";
export { TagRules } from "./tag-rules/tag-rules.ts";
