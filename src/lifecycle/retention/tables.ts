import type { Generated } from "kysely";
import type { NamespaceTables } from "../../namespaces/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { PullTables } from "../../pulls/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";

export type ScopeKind = "hub" | "namespace" | "repository";

/** A run that is over can be undone: its removals are put right in steps. */
export type RunState =
  | "waiting"
  | "running"
  | "done"
  | "cancelled"
  | "failed"
  | "undoing"
  | "undone";

/** The rows of retention, and those of others that it reads. */
export interface RetentionTables extends PullTables, NamespaceTables {
  retention_policies: {
    id: Generated<number>;
    scope_kind: ScopeKind;
    /** 0 for the hub. */
    scope_id: number;
    /** Of names of repositories within the scope; "" for all of it. */
    pattern: string;
    policy: string;
    in_use_ms: number | null;
    /** Since when its runs are held up; null while they are not. */
    paused_at: number | null;
    /** When the schedule last had its turn. */
    ran_at: number;
    updated_at: number;
    updated_by: string;
  };
  /** Which policies were tried out lately: what may be saved. */
  retention_simulations: {
    id: string;
    /** Of the scope, the text and how long it holds what is in use. */
    fingerprint: string;
    removals: number;
    freed_bytes: number;
    finished_at: number;
  };
  retention_runs: {
    id: Generated<number>;
    scope_kind: ScopeKind;
    scope_id: number;
    pattern: string;
    /** What was asked for, as people write it. */
    scope_name: string;
    /** A policy of its own, as for a prune; null for the policies in force. */
    policy: string | null;
    in_use_ms: number | null;
    /** Only repositories in which this one is in force; null for all of the scope. */
    only_policy: number | null;
    cause: "schedule" | "person";
    started_by: string;
    state: RunState;
    /** 1 once somebody asked it to end early. */
    is_ending: number;
    /** What ages are counted from. */
    as_of: number;
    finished_at: number | null;
    /** Repositories in which nothing can have changed since the schedule last looked. */
    unchanged: Generated<number>;
    /** The last repository that is done. */
    position: string;
    repositories: number;
    examined: number;
    removed: number;
    /** What a decision would have removed, and something that came between saved. */
    spared: number;
    freed_bytes: number;
    failure: string | null;
    /** How many removals were put right again, and how many could not be. */
    restored: number;
    lost: number;
  };
  /** What the schedule found where nothing was to go; triggers forget it with whatever it hangs on. */
  retention_surveys: {
    repository_id: RepositoryId;
    policy_id: number;
    /** Of what the policy said. */
    fingerprint: string;
    surveyed_at: number;
    /** When an age may change something; null while the survey goes on. */
    due_at: number | null;
    /** Whether rules about tags held something: they may change. */
    has_held: 0 | 1;
  };
  retention_removals: {
    id: Generated<number>;
    run_id: number;
    repository_id: RepositoryId;
    /** "" for a manifest without a tag. */
    tag: string;
    digest: Digest;
    policy_id: number | null;
    line: number | null;
    why: string;
    bytes: number;
    /** When the tag had moved there. */
    tag_updated_at: number;
    pulled_at: number | null;
    pulled_by: string | null;
    client: string | null;
    removed_at: number;
    state: "removed" | "restored" | "lost";
  };
}
