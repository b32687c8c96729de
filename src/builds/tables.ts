import type { Generated } from "kysely";
import type { SourceProvider } from "../contract/build-sources.ts";
import type { BuildPhase, BuildReason, BuildState } from "../contract/builds.ts";
import type { RepositoryId } from "../repositories/index.ts";

export type BuildAgentId = number & { readonly __brand: "BuildAgentId" };
export type BuildId = number & { readonly __brand: "BuildId" };

/** The rows that builds own. They go after their repository has. */
export interface BuildTables {
  build_agents: {
    id: Generated<BuildAgentId>;
    name: string;
    token_hash: string;
    created_by: string;
    created_at: number;
    last_seen_at: number | null;
  };
  build_rules: {
    repository_id: RepositoryId;
    /** As they were written: JSON. */
    rules: string;
    updated_at: number;
  };
  builds: {
    id: Generated<BuildId>;
    repository_id: RepositoryId;
    ref: string;
    /** Which of the rules; a later push of the same ref takes the place of a build of the same rule. */
    rule: number;
    commit_hash: string;
    context: string;
    dockerfile: string;
    caching: number;
    /** JSON. */
    tags: string;
    state: BuildState;
    attempts: number;
    why: string | null;
    exit_code: number | null;
    digest: string | null;
    /** Who published it is who pushed or asked: a principal, as JSON. */
    principal: string;
    created_at: number;
    started_at: number | null;
    ended_at: number | null;
    /** Whose turn it is; null in builds of former versions. */
    namespace: string | null;
    reason: BuildReason | null;
    /** What is done of it while it runs. */
    phase: BuildPhase | null;
    /** The order of its commit in the ref: of the build that is tried again, or its own id. */
    ordinal: number | null;
    not_before: number | null;
    /** Until when it is whose that runs it. */
    lease_until: number | null;
    /** Of builds because of a base: which bases, how far from the one that moved, and which move it was. */
    base_key: string | null;
    depth: number | null;
    chain: string | null;
    /** JSON. */
    options: string | null;
    /** `OwedProvenance` of what was published and is not over yet, as JSON. */
    owed_provenance: string | null;
  };
  build_secrets: {
    repository_id: RepositoryId;
    name: string;
    /** Sealed. */
    value: string;
    updated_at: number;
  };
  build_triggers: {
    id: string;
    repository_id: RepositoryId;
    label: string;
    secret_hash: string;
    account_id: number;
    created_by: string;
    created_at: number;
    used_at: number | null;
  };
  build_schedules: {
    repository_id: RepositoryId;
    rule: number;
    account_id: number;
    next_at: number;
  };
  /** Git servers, one for each repository at most. */
  build_sources: {
    id: string;
    repository_id: RepositoryId;
    url: string;
    provider: SourceProvider;
    context: string | null;
    username: string | null;
    /** These three are sealed. */
    token: string | null;
    private_key: string | null;
    hook_secret: string;
    public_key: string | null;
    /** Lines of `known_hosts`. */
    host_keys: string | null;
    poll_ms: number;
    account_id: number;
    created_by: string;
    created_at: number;
    wanted_at: number | null;
    /** JSON. */
    wanted_refs: string;
    /** These two are JSON as well; null in sources of former versions. */
    wanted_proposals: string | null;
    submodule_hosts: string | null;
    next_look_at: number | null;
    failures: number;
    why: string | null;
    fetched_at: number | null;
  };
  /** Webhooks of the last day, by their names and by their content. */
  build_deliveries: { source_id: string; delivery: string; at: number };
  /** What builds that succeeded took, to advise on their Dockerfiles. */
  build_facts: {
    build_id: BuildId;
    repository_id: RepositoryId;
    /** The context and the Dockerfile, on two lines: only builds of the same are compared. */
    place: string;
    /** `BuildFacts`, as JSON. */
    facts: string;
  };
  build_git_refs: {
    repository_id: RepositoryId;
    /** JSON. */
    refs: string;
    principal: string | null;
    updated_at: number;
  };
  build_steps: { build_id: BuildId; number: number; text: string; ms: number; is_cached: number };
  build_bases: { build_id: BuildId; reference: string; platform: string; digest: string };
  /** What the latest image of a rule and ref was built on, of images of this hub. */
  build_links: {
    repository_id: RepositoryId;
    rule: number;
    ref: string;
    /** As the Dockerfile names it. */
    reference: string;
    base_repository_id: RepositoryId;
    base_tag: string;
    base_digest: string;
    build_id: BuildId;
    /** Such a link builds nothing: its base is built on what is built. */
    is_cycle: number;
  };
  /** The layers of each repository. */
  build_caches: {
    repository_id: RepositoryId;
    bytes: number;
    used_at: number;
    /** They are about to go. */
    is_doomed: number;
  };
  build_outside_bases: {
    /** The whole name of an image in another registry. */
    reference: string;
    digest: string | null;
    next_look_at: number;
    looked_at: number | null;
    failures: number;
    why: string | null;
  };
  build_keys: { id: number; sealed_key: string; created_at: number };
  /** Up to where something was looked at. */
  /** Because a base moved while too many waited already. */
  build_deferred: { build_id: BuildId; chain: string; depth: number };
  build_positions: { name: string; position: number };
}
