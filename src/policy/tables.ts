import type { Generated } from "kysely";
import type { NamespaceTables } from "../namespaces/index.ts";
import type { Digest } from "../oci/digest.ts";
import type { PullTables } from "../pulls/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { ScanningTables } from "../scanning/index.ts";
import type { SigningTables } from "../signing/index.ts";

export type PolicyId = number & { readonly __brand: "PolicyId" };
export type PolicyMode = "off" | "report" | "warn" | "enforce";
export type ScopeKind = "hub" | "namespace" | "repository";

/** The rows that policies own, and those of others that they read. */
export interface PolicyTables extends SigningTables, ScanningTables, PullTables, NamespaceTables {
  pull_policies: {
    id: Generated<PolicyId>;
    scope_kind: ScopeKind;
    /** 0 for the hub. */
    scope_id: number;
    name: string;
    mode: PolicyMode;
    pattern: string;
    /** JSON. */
    tags: string;
    /** JSON. */
    rules: string;
    /** JSON: the ids of the repositories that base images are in, by the names that are written in `rules`. */
    bases: Generated<string>;
    updated_at: number;
    updated_by: string;
  };
  pull_exceptions: {
    id: Generated<number>;
    policy_id: PolicyId;
    repository_id: RepositoryId;
    /** "" for the whole repository. */
    digest: Digest | "";
    reason: string;
    author: string;
    created_at: number;
    expires_at: number;
  };
  /** What was refused, warned of or reported, counted. */
  pull_reports: {
    policy_id: PolicyId;
    repository_id: RepositoryId;
    digest: Digest;
    mode: PolicyMode;
    why: string;
    pulls: number;
    last_by: string;
    last_at: number;
  };
}
