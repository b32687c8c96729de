import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Database } from "../platform/db/index.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import type { Builder } from "./builder/builder.ts";
import { removeBuildsOf } from "./builds-store.ts";
import type { GitRepositories } from "./git/git-repositories.ts";
import type { BuildLogs } from "./queue/build-log.ts";
import type { BuildId, BuildTables } from "./tables.ts";

export interface TidyDeps {
  readonly database: Database<BuildTables>;
  readonly builder: Pick<Builder, "prune">;
  readonly git: Pick<GitRepositories, "list" | "remove" | "shrink">;
  readonly logs: Pick<BuildLogs, "list" | "remove">;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  /** How long the log of a build that is over is kept. */
  readonly keepLogs: number;
  readonly clock: () => Date;
  readonly log: Logger;
}

const PAGE = 500;
/** Tables with rows of a repository whatever else there is of it. */
const OWNING = [
  ...(["builds", "build_rules", "build_secrets"] as const),
  ...(["build_triggers", "build_schedules", "build_sources"] as const),
] as const;

/** What is left of repositories that were deleted, and logs that nobody is to read any more. One that fails holds nobody else up. */
export async function tidyBuilds(deps: TidyDeps, signal: AbortSignal): Promise<void> {
  for (const id of await listRepositories(deps)) {
    if (signal.aborted) return;
    try {
      await tidyRepository(deps, id);
    } catch (err) {
      deps.log.warn({ err, repository: id }, "what builds left could not be tidied");
    }
  }
  await tidyLogs(deps, signal);
}

async function tidyRepository(
  { database, builder, git, findRepository }: TidyDeps,
  id: RepositoryId,
): Promise<void> {
  if ((await findRepository(id)) !== undefined) return await git.shrink(id);
  await builder.prune({ repository: id, isTrusted: true }, 0);
  await database.write((trx) => removeBuildsOf(trx, id));
  await git.remove(id);
}

/** Pushed to with Git, or built from elsewhere, or never built at all but given rules or secrets. */
async function listRepositories({ database, git }: TidyDeps): Promise<ReadonlySet<RepositoryId>> {
  const known = new Set(await git.list());
  for (const table of OWNING)
    for (const id of await listOwners(database.reader, table)) known.add(id);
  return known;
}

async function listOwners(
  db: Kysely<BuildTables>,
  table: (typeof OWNING)[number],
): Promise<RepositoryId[]> {
  const rows = await db
    .selectFrom(table as "builds")
    .select("repository_id")
    .distinct()
    .execute();
  return rows.map((row) => row.repository_id);
}

async function tidyLogs(
  { database, logs, keepLogs, clock }: TidyDeps,
  signal: AbortSignal,
): Promise<void> {
  const before = clock().getTime() - keepLogs;
  const ids = await logs.list();
  for (let at = 0; at < ids.length && !signal.aborted; at += PAGE) {
    const page = ids.slice(at, at + PAGE);
    const kept = await listKept(database.reader, page, before);
    for (const id of page) if (!kept.has(id)) await logs.remove(id);
  }
}

/** Of builds that are there, and not over or not for long. */
async function listKept(
  db: Kysely<BuildTables>,
  ids: readonly BuildId[],
  before: number,
): Promise<ReadonlySet<BuildId>> {
  const rows = await db
    .selectFrom("builds")
    .select("id")
    .where("id", "in", ids)
    .where((is) => is.or([is("ended_at", "is", null), is("ended_at", ">=", before)]))
    .execute();
  return new Set(rows.map(({ id }) => id));
}
