export { parseDefinition } from "./official/parse-definition.ts";
export { type AppliedRule, applyRule } from "./rules/apply-rule.ts";
export { type BuildRuleText, parseBuildRule } from "./rules/build-rule.ts";
export { BuildRuleError } from "./rules/build-rule-error.ts";
export { parseGitRef } from "./rules/git-ref.ts";
