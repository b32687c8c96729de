export { aliasDoubts, createTagFollowers } from "./followers/tag-followers.ts";
export { FreedBy } from "./freed/freed-by.ts";
export { History } from "./history/history.ts";
export { HistoryAccess } from "./history/history-access.ts";
export { createHistoryRoutes } from "./history/history-routes.ts";
export { createTrashRoutes } from "./history/trash-routes.ts";
export { createTagRules } from "./migration-0020.ts";
export { addRuleLevels } from "./migration-0024.ts";
export { createQuotas } from "./migration-0028.ts";
export { createFollowers } from "./migration-0033.ts";
export { createUsageSamples } from "./migration-0036.ts";
export { ArrivingBytes } from "./quotas/arriving-bytes.ts";
export { type CountFinding, checkCounts, repairCounts } from "./quotas/count-check.ts";
export { type DefaultQuotas, Limits } from "./quotas/limits.ts";
export { PushQuotas } from "./quotas/push-quotas.ts";
export { createNamespaceQuotaRoutes, createQuotaRoutes } from "./quotas/quota-routes.ts";
export { Quotas } from "./quotas/quotas.ts";
export { findStored } from "./quotas/quotas-store.ts";
export { Refusals } from "./quotas/refusals.ts";
export { createRetention, type Retention } from "./retention/create-retention.ts";
export { createRetentionTables } from "./retention/migration-0027.ts";
export { createSurveyMemory } from "./retention/migration-0034.ts";
export type { RetentionTables } from "./retention/tables.ts";
export type { LifecycleTables } from "./tables.ts";
export { assertNothingLocked } from "./tag-rules/locked-tags.ts";
export { createTagOverrideRoutes } from "./tag-rules/override-routes.ts";
export { removeOverridesOf } from "./tag-rules/overrides-store.ts";
export { RulePresence } from "./tag-rules/rule-presence.ts";
export { type ImmutableRule, NOTHING_IMMUTABLE } from "./tag-rules/rules.ts";
export { createTagKeeper } from "./tag-rules/tag-keeper.ts";
export { OVERRIDE_TOPIC, TagOverrides } from "./tag-rules/tag-overrides.ts";
export {
  createHubTagRuleRoutes,
  createNamespaceTagRuleRoutes,
  createTagRuleRoutes,
} from "./tag-rules/tag-rule-routes.ts";
export { placeOf, TagRules } from "./tag-rules/tag-rules.ts";
export { doubtAliasesOf } from "./tag-rules/tag-rules-store.ts";
export { TagTrials } from "./tag-rules/trials.ts";
export { Sampling } from "./usage/sampling.ts";
export type { UsageAccess } from "./usage/usage-access.ts";
export { createUsageSeriesRoutes } from "./usage/usage-routes.ts";
