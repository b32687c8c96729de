export { openBuilder } from "./builder/open-builder.ts";
export { type Builds, createBuilds } from "./create-builds.ts";
export { createBuildTables } from "./migration-0055.ts";
export { parseDefinition } from "./official/parse-definition.ts";
export { type AppliedRule, applyRule } from "./rules/apply-rule.ts";
export { type BuildRuleText, parseBuildRule } from "./rules/build-rule.ts";
export { BuildRuleError } from "./rules/build-rule-error.ts";
export { parseGitRef } from "./rules/git-ref.ts";
export type { BuildTables } from "./tables.ts";
