export { HubSaysNo } from "./agent/hub-says-no.ts";
export { runAgent } from "./agent/run-agent.ts";
export { createBuildAgentsPart } from "./agents/create-agents.ts";
export type { HubImages } from "./bases/base-follower.ts";
export type { BuildAccess } from "./build-access.ts";
export { BaseFolders, type BaseSource } from "./builder/bases/base-folder.ts";
export { mayUseBase, prepareBases, readBaseDigest } from "./builder/bases/prepare-bases.ts";
export { BuildFailed } from "./builder/build-failed.ts";
export type { BuilderCheck, IsolationLevel } from "./builder/builder.ts";
export { parseDockerIgnore } from "./builder/buildkit/docker-ignore.ts";
export { type Verdict, walk as walkContext } from "./builder/buildkit/send-files.ts";
export { BUILDER_NAMES, openBuilder } from "./builder/open-builder.ts";
export { createBuildCachesPart } from "./caches/create-caches.ts";
export { type Builds, createBuilds } from "./create-builds.ts";
export { GitRepositories } from "./git/git-repositories.ts";
export { createBuildTables } from "./migration-0055.ts";
export { createBuildAgents } from "./migration-0061.ts";
export { createBuildSources } from "./migration-0063.ts";
export { addBuildInputs } from "./migration-0064.ts";
export { addBuildRuns } from "./migration-0066.ts";
export { createBuildKeys } from "./migration-0067.ts";
export { createBuildFacts } from "./migration-0073.ts";
export { addProposals } from "./migration-0079.ts";
export { createBuildCaches } from "./migration-0081.ts";
export { createOutsideBases } from "./migration-0082.ts";
export { createDeferredBuilds } from "./migration-0089.ts";
export { addOwedProvenance } from "./migration-0094.ts";
export { architectureOf } from "./official/architectures.ts";
export { checkSources } from "./official/check-sources.ts";
export type { CheckResult } from "./official/checks/check.ts";
export type { Documentation } from "./official/checks/docs-checks.ts";
export { createOfficial, type Official, type OfficialOptions } from "./official/create-official.ts";
export {
  isPublisher,
  listOfficial,
  listPublishers,
  listStandings,
  type OfficialImage,
} from "./official/images-store.ts";
export { createOfficialImages } from "./official/migration-0069.ts";
export { createOfficialPlaces } from "./official/migration-0070.ts";
export { addComparisons } from "./official/migration-0087.ts";
export { addRebuildDelays } from "./official/migration-0088.ts";
export { addSubmissionIndexes } from "./official/migration-0092.ts";
export { addAttention } from "./official/migration-0093.ts";
export type { OfficialTables } from "./official/official-tables.ts";
export { type ParsedDefinition, parseDefinition } from "./official/parse-definition.ts";
export { DOCUMENTS, readDocumentation } from "./official/read-documentation.ts";
export { GitSource } from "./official/sources/git-source.ts";
export { type Sources, SourceUnreadable } from "./official/sources/sources.ts";
export { findSubmissionNews, SUBMISSION_TOPIC } from "./official/submission-news.ts";
export type { Submission } from "./official/submissions-store.ts";
export type { AttentionNews, LibraryFindings } from "./official/watch-findings.ts";
export type { BuildClaim } from "./provenance/attest-build.ts";
export { findBuildKey, insertBuildKey } from "./provenance/build-keys-store.ts";
export { type AppliedRule, applyRule } from "./rules/apply-rule.ts";
export { type BuildRuleText, parseBuildRule } from "./rules/build-rule.ts";
export { BuildRuleError } from "./rules/build-rule-error.ts";
export { parseGitRef } from "./rules/git-ref.ts";
export { SOURCE_TOPIC } from "./sources/source-news.ts";
export type { BuildTables } from "./tables.ts";
