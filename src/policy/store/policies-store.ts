import type { Kysely, Selectable } from "kysely";
import { policyRules } from "../../contract/policies.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BaseRepositories, PolicyScope, PullPolicy } from "../policy.ts";
import type { PolicyId, PolicyTables } from "../tables.ts";

type Db = Kysely<PolicyTables>;

/** Who let something through, until when and why. */
export interface PolicyException {
  readonly id: number;
  readonly policyId: PolicyId;
  readonly repositoryId: RepositoryId;
  /** Undefined: everything in the repository. */
  readonly digest: Digest | undefined;
  readonly reason: string;
  readonly author: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** All of the hub, or of one place. What belongs to a namespace or repository that is gone is left out. */
export async function listPolicies(
  db: Db,
  place?: Pick<PolicyScope, "kind" | "id">,
): Promise<readonly PullPolicy[]> {
  const rows = await db
    .selectFrom("pull_policies")
    .leftJoin("namespaces", "namespaces.id", "pull_policies.scope_id" as "namespaces.id")
    .leftJoin("repositories", "repositories.id", "pull_policies.scope_id" as "repositories.id")
    .selectAll("pull_policies")
    .select(["namespaces.name as namespace", "repositories.name as repository"])
    .$if(place !== undefined, (query) =>
      query
        .where("pull_policies.scope_kind", "=", place?.kind ?? "hub")
        .where("pull_policies.scope_id", "=", place?.id ?? 0),
    )
    .orderBy("pull_policies.id")
    .execute();
  return rows.flatMap((row) => {
    const names = { hub: "hub", namespace: row.namespace, repository: row.repository };
    const name = names[row.scope_kind];
    return name === null ? [] : [toPolicy(row, name)];
  });
}

export async function savePolicy(trx: Db, policy: Omit<PullPolicy, "id">): Promise<void> {
  const { scope, name } = policy;
  const said = {
    mode: policy.mode,
    pattern: policy.pattern,
    tags: JSON.stringify(policy.tags),
    rules: JSON.stringify(policy.rules),
    bases: JSON.stringify(policy.bases),
    updated_at: policy.updatedAt.getTime(),
    updated_by: policy.updatedBy,
  };
  await trx
    .insertInto("pull_policies")
    .values({ scope_kind: scope.kind, scope_id: scope.id, name, ...said })
    .onConflict((conflict) =>
      conflict.columns(["scope_kind", "scope_id", "name"]).doUpdateSet(said),
    )
    .execute();
}

/** With its exceptions, and what it refused. */
export async function removePolicy(trx: Db, id: PolicyId): Promise<void> {
  await trx.deleteFrom("pull_exceptions").where("policy_id", "=", id).execute();
  await trx.deleteFrom("pull_reports").where("policy_id", "=", id).execute();
  await trx.deleteFrom("pull_policies").where("id", "=", id).execute();
}

export async function addException(
  trx: Db,
  exception: Omit<PolicyException, "id">,
): Promise<number> {
  const { id } = await trx
    .insertInto("pull_exceptions")
    .values({
      policy_id: exception.policyId,
      repository_id: exception.repositoryId,
      digest: exception.digest ?? "",
      reason: exception.reason,
      author: exception.author,
      created_at: exception.createdAt.getTime(),
      expires_at: exception.expiresAt.getTime(),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

export async function removeException(trx: Db, id: number): Promise<void> {
  await trx.deleteFrom("pull_exceptions").where("id", "=", id).execute();
}

/** Of a policy, the latest first; those that are over as well. For people to read: nothing is decided by it. */
export async function listExceptions(
  db: Db,
  policy: PolicyId,
): Promise<readonly PolicyException[]> {
  const rows = await db
    .selectFrom("pull_exceptions")
    .selectAll()
    .where("policy_id", "=", policy)
    .orderBy("id", "desc")
    .limit(1000)
    .execute();
  return rows.map(toException);
}

export async function findException(
  db: Db,
  policy: PolicyId,
  id: number,
): Promise<PolicyException | undefined> {
  const row = await db
    .selectFrom("pull_exceptions")
    .selectAll()
    .where("policy_id", "=", policy)
    .where("id", "=", id)
    .executeTakeFirst();
  return row && toException(row);
}

/** All that let one of the digests through now. */
export async function listExceptionsInForce(
  db: Db,
  of: {
    readonly repositoryId: RepositoryId;
    readonly digests: readonly Digest[];
    readonly now: Date;
  },
): Promise<readonly PolicyException[]> {
  const rows = await db
    .selectFrom("pull_exceptions")
    .selectAll()
    .where("repository_id", "=", of.repositoryId)
    .where("digest", "in", ["", ...of.digests])
    .where("expires_at", ">", of.now.getTime())
    .orderBy("id", "desc")
    .execute();
  return rows.map(toException);
}

/** The repositories of exceptions that came to their end in this time. Reads all of them: for when it is known that one did. */
export async function listEndedIn(
  db: Db,
  { after, upTo }: { readonly after: Date; readonly upTo: Date },
): Promise<readonly RepositoryId[]> {
  const rows = await db
    .selectFrom("pull_exceptions")
    .select("repository_id as id")
    .distinct()
    .where("expires_at", ">", after.getTime())
    .where("expires_at", "<=", upTo.getTime())
    .execute();
  return rows.map(({ id }) => id);
}

/** Likewise, when the next one does. */
export async function findNextEnd(db: Db, after: Date): Promise<Date | undefined> {
  const row = await db
    .selectFrom("pull_exceptions")
    .select((is) => is.fn.min("expires_at").as("at"))
    .where("expires_at", ">", after.getTime())
    .executeTakeFirst();
  return row?.at == null ? undefined : new Date(Number(row.at));
}

function toException(row: Selectable<PolicyTables["pull_exceptions"]>): PolicyException {
  return {
    ...{ id: row.id, policyId: row.policy_id, repositoryId: row.repository_id },
    ...{ reason: row.reason, author: row.author },
    digest: row.digest === "" ? undefined : row.digest,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  };
}

export async function addReport(trx: Db, report: PolicyTables["pull_reports"]): Promise<void> {
  const { why, last_by, last_at } = report;
  await trx
    .insertInto("pull_reports")
    .values(report)
    .onConflict((conflict) =>
      conflict.columns(["policy_id", "repository_id", "digest", "mode"]).doUpdateSet((is) => ({
        ...{ why, last_by, last_at },
        pulls: is("pull_reports.pulls", "+", is.ref("excluded.pulls")),
      })),
    )
    .execute();
}

/** Those of one policy, the latest first. */
export async function listReports(db: Db, id: PolicyId) {
  return await db
    .selectFrom("pull_reports")
    .innerJoin("repositories", "repositories.id", "pull_reports.repository_id" as "repositories.id")
    .selectAll("pull_reports")
    .select("repositories.name as repository")
    .where("policy_id", "=", id)
    .orderBy("last_at", "desc")
    .limit(500)
    .execute();
}

function toPolicy(row: Selectable<PolicyTables["pull_policies"]>, scope: string): PullPolicy {
  return {
    id: row.id,
    scope: { kind: row.scope_kind, id: row.scope_id, name: scope },
    ...{ name: row.name, mode: row.mode, pattern: row.pattern, updatedBy: row.updated_by },
    tags: JSON.parse(row.tags) as readonly string[],
    rules: policyRules.parse(JSON.parse(row.rules)),
    bases: JSON.parse(row.bases) as BaseRepositories,
    updatedAt: new Date(row.updated_at),
  };
}
