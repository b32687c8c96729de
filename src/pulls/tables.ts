import type { Generated } from "kysely";
import type { AccountTables } from "../accounts/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { OutboxTables } from "../platform/jobs/index.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";

interface LatestPull {
  pulled_at: number;
  /** The name of the account, or `anonymous`. */
  pulled_by: string;
  client: string;
}

/** The rows this capability owns, and those of others that it reads. */
export interface PullTables extends RegistryTables, AccountTables, OutboxTables {
  repository_pulls: { repository_id: RepositoryId; pulls: number; pulled_at: number };
  manifest_pulls: LatestPull & { manifest_id: number };
  /** Of pulls that named the tag; most clients ask for its digest and pull that. */
  tag_pulls: LatestPull & { repository_id: RepositoryId; tag: string };
  /** One row for each hour in which somebody pulled something. It outlives what it tells of. */
  pull_hours: {
    id: Generated<number>;
    /** Its beginning. */
    hour: number;
    namespace_id: NamespaceId | null;
    /** As it was called then, like all that follows. */
    repository: RepositoryName;
    visibility: "public" | "private";
    account: string;
    /** What people call the credential: the label of a token. */
    credential: string;
    /** "" for many. */
    address: string;
    /** "" for what was asked for by its digest. */
    tag: string;
    digest: string;
    checks: number;
    pulls: number;
    /** Whatever it is called now. Null for pulls of long ago, of what was gone already when their rows were given ids. */
    repository_id: RepositoryId | null;
    /** Of whoever asked, or the organization of a robot; null for nobody in particular. */
    account_id: NamespaceId | null;
    /** Manifests that were fetched: the pulls, and indexes, which count as no pull. */
    fetches: Generated<number>;
    /** Those with a credential that was made for pushing to the repository, too. */
    writer_fetches: Generated<number>;
  };
  /** What went over the wire in an hour, by whom it was asked for. It outlives what it tells of. */
  traffic_hours: {
    id: Generated<number>;
    hour: number;
    namespace_id: NamespaceId | null;
    repository: RepositoryName;
    account: string;
    credential: string;
    pulls: number;
    pulled_bytes: number;
    pushes: number;
    pushed_bytes: number;
  };
  /** The same by days, of a repository, a namespace, or the hub, whose id is 0. */
  traffic_days: {
    scope_kind: "repository" | "namespace" | "hub";
    scope_id: number;
    day: number;
    pulls: number;
    pulled_bytes: number;
    pushes: number;
    pushed_bytes: number;
  };
  stars: { account_id: NamespaceId; repository_id: RepositoryId; starred_at: number };
}
