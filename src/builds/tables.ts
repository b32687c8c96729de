import type { Generated } from "kysely";
import type { BuildState } from "../contract/builds.ts";
import type { RepositoryId } from "../repositories/index.ts";

export type BuildId = number & { readonly __brand: "BuildId" };

/** The rows that builds own. They go after their repository has. */
export interface BuildTables {
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
  };
}
