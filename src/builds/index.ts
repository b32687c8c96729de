export { HubSaysNo } from "./agent/agent-hub.ts";
export { runAgent } from "./agent/run-agent.ts";
export { createBuildAgentsPart } from "./agents/create-agents.ts";
export type { HubImages } from "./bases/base-follower.ts";
export { BaseFolders, type BaseSource } from "./builder/bases/base-folder.ts";
export { prepareBases } from "./builder/bases/prepare-bases.ts";
export { BuildFailed } from "./builder/build-failed.ts";
export type { IsolationLevel } from "./builder/builder.ts";
export { BUILDER_NAMES, openBuilder } from "./builder/open-builder.ts";
export { type Builds, createBuilds } from "./create-builds.ts";
export { createBuildTables } from "./migration-0055.ts";
export { createBuildAgents } from "./migration-0061.ts";
export { createBuildSources } from "./migration-0063.ts";
export { addBuildInputs } from "./migration-0064.ts";
export { addBuildRuns } from "./migration-0066.ts";
export { createBuildKeys } from "./migration-0067.ts";
export { createBuildFacts } from "./migration-0073.ts";
export { checkSources } from "./official/check-sources.ts";
export type { CheckResult } from "./official/checks/check.ts";
export type { Documentation } from "./official/checks/docs-checks.ts";
export {
  type ParsedDefinition,
  parseDefinition,
} from "./official/parse-definition.ts";
export { DOCUMENTS, readDocumentation } from "./official/read-documentation.ts";
export { GitSource } from "./official/sources/git-source.ts";
export { type Sources, SourceUnreadable } from "./official/sources/sources.ts";
export type { BuildClaim } from "./provenance/attest-build.ts";
export { findBuildKey, insertBuildKey } from "./provenance/build-keys-store.ts";
export { type AppliedRule, applyRule } from "./rules/apply-rule.ts";
export { type BuildRuleText, parseBuildRule } from "./rules/build-rule.ts";
export { BuildRuleError } from "./rules/build-rule-error.ts";
export { parseGitRef } from "./rules/git-ref.ts";
export type { BuildTables } from "./tables.ts";
