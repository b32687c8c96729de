import type { Kysely } from "kysely";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { PolicyScope } from "../policy.ts";
import type { PolicyTables } from "../tables.ts";

type Db = Kysely<PolicyTables>;

export interface PulledImage {
  readonly repositoryId: RepositoryId;
  readonly digest: Digest;
  readonly pulls: number;
}

/** What was fetched since, the most fetched first, by whatever name. */
export async function listPulled(
  db: Db,
  {
    since,
    limit,
    scope,
  }: { readonly since: Date; readonly limit: number; readonly scope: PolicyScope },
): Promise<readonly PulledImage[]> {
  const rows = await db
    .selectFrom("pull_hours")
    .innerJoin("repositories", "repositories.id", "pull_hours.repository_id")
    .select(["repositories.id", "pull_hours.digest"])
    .select((is) => is.fn.sum<number>("fetches").as("pulls"))
    .where("hour", ">=", since.getTime())
    .where("fetches", ">", 0)
    .$if(scope.kind === "repository", (query) =>
      query.where("repositories.id", "=", scope.id as RepositoryId),
    )
    .$if(scope.kind === "namespace", (query) =>
      query.where("repositories.namespace_id", "=", scope.id as NamespaceId),
    )
    .groupBy(["repositories.id", "pull_hours.digest"])
    .orderBy("pulls", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ id, digest, pulls }) => ({
    ...{ repositoryId: id, digest: digest as Digest, pulls: Number(pulls) },
  }));
}

/** Who fetched one of them, and with what. */
export interface Puller {
  /** As it was called then. */
  readonly account: string;
  /** Undefined for nobody in particular. */
  readonly accountId: NamespaceId | undefined;
  readonly pulls: number;
  /** Of these, with a credential that was made for pushing, too. */
  readonly writerPulls: number;
}

/** The most frequent first. */
export async function listPullers(
  db: Db,
  { repositoryId, digest }: Pick<PulledImage, "repositoryId" | "digest">,
  { since, limit }: { readonly since: Date; readonly limit: number },
): Promise<readonly Puller[]> {
  const rows = await db
    .selectFrom("pull_hours")
    .select(["account", "account_id"])
    .select((is) => is.fn.sum<number>("fetches").as("pulls"))
    .select((is) => is.fn.sum<number>("writer_fetches").as("writer_pulls"))
    .where("repository_id", "=", repositoryId)
    .where("digest", "=", digest)
    .where("hour", ">=", since.getTime())
    .where("fetches", ">", 0)
    .groupBy(["account", "account_id"])
    .orderBy("pulls", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ account, account_id: id, pulls, writer_pulls: writerPulls }) => ({
    ...{ account, accountId: id ?? undefined },
    ...{ pulls: Number(pulls), writerPulls: Number(writerPulls) },
  }));
}
