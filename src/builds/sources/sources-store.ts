import type { Kysely, Selectable } from "kysely";
import type { SourceProvider } from "../../contract/build-sources.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BuildTables } from "../tables.ts";
import type { Proposal } from "./hook-proposal.ts";

type Db = Kysely<BuildTables>;

export interface BuildSource {
  /** Also in the address of its webhooks: it opens nothing without a signature. */
  readonly id: string;
  readonly repositoryId: RepositoryId;
  readonly url: string;
  readonly provider: SourceProvider;
  readonly context: string | undefined;
  readonly username: string | undefined;
  readonly sealedToken: string | undefined;
  readonly sealedKey: string | undefined;
  readonly publicKey: string | undefined;
  readonly hostKeys: string | undefined;
  readonly sealedHookSecret: string;
  readonly pollMs: number;
  /** On whose right its images are published. */
  readonly accountId: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly wantedAt: Date | undefined;
  /** What webhooks named since it was last read. */
  readonly wantedRefs: readonly string[];
  readonly wantedProposals: readonly Proposal[];
  /** From which submodules are fetched beside the source's own; undefined where none are. */
  readonly submoduleHosts: readonly string[] | undefined;
  readonly nextLookAt: Date | undefined;
  readonly failures: number;
  readonly why: string | undefined;
  readonly fetchedAt: Date | undefined;
}

const MOST_WANTED = 100;

/** False where the repository has one already. */
export async function insertSource(trx: Db, source: BuildSource): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("build_sources")
    .values({
      id: source.id,
      repository_id: source.repositoryId,
      url: source.url,
      provider: source.provider,
      context: source.context ?? null,
      username: source.username ?? null,
      token: source.sealedToken ?? null,
      private_key: source.sealedKey ?? null,
      public_key: source.publicKey ?? null,
      host_keys: source.hostKeys ?? null,
      hook_secret: source.sealedHookSecret,
      poll_ms: source.pollMs,
      account_id: source.accountId,
      created_by: source.createdBy,
      created_at: source.createdAt.getTime(),
      wanted_at: source.wantedAt?.getTime() ?? null,
      wanted_refs: JSON.stringify(source.wantedRefs),
      wanted_proposals: JSON.stringify(source.wantedProposals),
      submodule_hosts:
        source.submoduleHosts === undefined ? null : JSON.stringify(source.submoduleHosts),
      next_look_at: source.nextLookAt?.getTime() ?? null,
      failures: source.failures,
      why: source.why ?? null,
      fetched_at: source.fetchedAt?.getTime() ?? null,
    })
    .onConflict((conflict) => conflict.column("repository_id").doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function findSource(db: Db, id: string): Promise<BuildSource | undefined> {
  const row = await db
    .selectFrom("build_sources")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row && toSource(row);
}

export async function findSourceOf(
  db: Db,
  repository: RepositoryId,
): Promise<BuildSource | undefined> {
  const row = await db
    .selectFrom("build_sources")
    .selectAll()
    .where("repository_id", "=", repository)
    .executeTakeFirst();
  return row && toSource(row);
}

export async function listDueSources(
  db: Db,
  wish: { readonly now: Date; readonly limit: number },
): Promise<BuildSource[]> {
  const rows = await db
    .selectFrom("build_sources")
    .selectAll()
    .where("next_look_at", "<=", wish.now.getTime())
    .orderBy("next_look_at")
    .limit(wish.limit)
    .execute();
  return rows.map(toSource);
}

/** Somebody says that there is something to be read: the first look at it is due. */
export async function wantSource(
  trx: Db,
  wish: {
    readonly id: string;
    readonly refs: readonly string[];
    readonly proposals?: readonly Proposal[];
    readonly now: Date;
  },
): Promise<void> {
  const found = await findSource(trx, wish.id);
  const refs = [...new Set([...(found?.wantedRefs ?? []), ...wish.refs])].slice(-MOST_WANTED);
  const proposals = new Map(
    [...(found?.wantedProposals ?? []), ...(wish.proposals ?? [])].map((one) => [one.ref, one]),
  );
  await trx
    .updateTable("build_sources")
    .set({
      wanted_proposals: JSON.stringify([...proposals.values()].slice(-MOST_WANTED)),
      wanted_at: wish.now.getTime(),
      wanted_refs: JSON.stringify(refs),
      next_look_at: wish.now.getTime(),
      failures: 0,
    })
    .where("id", "=", wish.id)
    .execute();
}

/** What a look came to. What was wanted after it began is still wanted. */
export async function endLook(
  trx: Db,
  wish: {
    readonly source: BuildSource;
    readonly nextLookAt: Date | undefined;
    readonly failures: number;
    readonly why: string | undefined;
    readonly hostKeys?: string | undefined;
    readonly fetchedAt?: Date | undefined;
  },
): Promise<void> {
  const { source, failures, why, hostKeys, fetchedAt } = wish;
  const kept = {
    failures,
    why: why ?? null,
    ...(hostKeys === undefined ? {} : { host_keys: hostKeys }),
    ...(fetchedAt === undefined ? {} : { fetched_at: fetchedAt.getTime() }),
  };
  const wanted = source.wantedAt?.getTime() ?? null;
  await trx.updateTable("build_sources").set(kept).where("id", "=", source.id).execute();
  const isDone = fetchedAt !== undefined || wish.nextLookAt === undefined;
  await trx
    .updateTable("build_sources")
    .set({
      next_look_at: wish.nextLookAt?.getTime() ?? null,
      ...(isDone ? { wanted_at: null, wanted_refs: "[]", wanted_proposals: "[]" } : {}),
    })
    .where("id", "=", source.id)
    .where("wanted_at", wanted === null ? "is" : "=", wanted)
    .execute();
}

export async function removeSource(trx: Db, repository: RepositoryId): Promise<void> {
  const ids = trx.selectFrom("build_sources").select("id").where("repository_id", "=", repository);
  await trx.deleteFrom("build_deliveries").where("source_id", "in", ids).execute();
  await trx.deleteFrom("build_sources").where("repository_id", "=", repository).execute();
}

/** False when it is known already. */
export async function rememberDelivery(
  trx: Db,
  wish: { readonly source: string; readonly delivery: string; readonly now: Date },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("build_deliveries")
    .values({ source_id: wish.source, delivery: wish.delivery, at: wish.now.getTime() })
    .onConflict((conflict) => conflict.columns(["source_id", "delivery"]).doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function forgetDeliveries(trx: Db, before: Date): Promise<void> {
  await trx.deleteFrom("build_deliveries").where("at", "<", before.getTime()).execute();
}

function toSource(row: Selectable<BuildTables["build_sources"]>): BuildSource {
  const toDate = (ms: number | null) => (ms === null ? undefined : new Date(ms));
  return {
    id: row.id,
    repositoryId: row.repository_id,
    url: row.url,
    provider: row.provider,
    context: row.context ?? undefined,
    username: row.username ?? undefined,
    sealedToken: row.token ?? undefined,
    sealedKey: row.private_key ?? undefined,
    publicKey: row.public_key ?? undefined,
    hostKeys: row.host_keys ?? undefined,
    sealedHookSecret: row.hook_secret,
    pollMs: row.poll_ms,
    accountId: row.account_id,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at),
    wantedAt: toDate(row.wanted_at),
    wantedRefs: JSON.parse(row.wanted_refs) as string[],
    wantedProposals: JSON.parse(row.wanted_proposals ?? "[]") as Proposal[],
    submoduleHosts:
      row.submodule_hosts === null ? undefined : (JSON.parse(row.submodule_hosts) as string[]),
    nextLookAt: toDate(row.next_look_at),
    failures: row.failures,
    why: row.why ?? undefined,
    fetchedAt: toDate(row.fetched_at),
  };
}
