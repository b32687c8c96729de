import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Journal } from "../../../access/index.ts";
import type { Tag } from "../../../oci/tag.ts";
import type { Database } from "../../../platform/db/index.ts";
import { failPoint } from "../../../platform/fail-point.ts";
import { recordEvent } from "../../../platform/jobs/index.ts";
import { noteTag } from "../../../pulls/index.ts";
import { isTagRefusal, type Releases, type TagKeeper } from "../../../registry/index.ts";
import { findRepositoryById, type Repository } from "../../../repositories/index.ts";
import { liesWithin } from "../policies/policies-store.ts";
import { ACTOR } from "../survey/survey.ts";
import type { RetentionTables } from "../tables.ts";
import { NOWHERE, RETENTION } from "./removal.ts";
import { listStillRemoved, type Removal, settleRemoval } from "./removals-store.ts";
import { addProgress, endRun, type Run } from "./runs-store.ts";

type Trx = Kysely<RetentionTables>;

interface UndoDeps {
  readonly database: Database<RetentionTables>;
  readonly releases: Releases;
  readonly tagKeeper: TagKeeper;
  readonly journal: Journal;
  /** Called once what it did is committed. */
  readonly onProgress: (run: Run) => void;
  readonly clock: () => Date;
  readonly log: Logger;
}

const BATCH = 25;

/** Puts right what a run removed, in steps; what is gone for good, or was pushed again meanwhile, is counted as lost. */
export async function undoRun(deps: UndoDeps, run: Run, signal: AbortSignal): Promise<void> {
  const { database, clock, onProgress, log } = deps;
  for (;;) {
    signal.throwIfAborted();
    const removals = await listStillRemoved(database.reader, run.id, BATCH);
    if (removals.length === 0) break;
    const forgotten = await database.write(async (trx) => {
      const done = await undoSome(trx, deps, { run, removals });
      await failPoint("retention-undo.before-commit");
      return done;
    });
    for (const { name, tag } of forgotten) deps.releases.forget(name, [tag as Tag]);
    onProgress(run);
  }
  await database.write((trx) => endRun(trx, run.id, { state: "undone", now: clock() }));
  onProgress(run);
  log.info({ run: run.id, scope: run.scopeName }, "retention run undone");
}

async function undoSome(
  trx: Trx,
  deps: UndoDeps,
  { run, removals }: { readonly run: Run; readonly removals: readonly Removal[] },
): Promise<readonly { readonly name: Repository["name"]; readonly tag: string }[]> {
  const touched: { name: Repository["name"]; tag: string }[] = [];
  let restored = 0;
  for (const removal of removals) {
    const repository = await findRepositoryById(trx, removal.repositoryId);
    const isBack =
      repository !== undefined &&
      liesWithin(run.scope, repository) &&
      (await putBack(trx, deps, { removal, repository }));
    await settleRemoval(trx, removal.id, isBack ? "restored" : "lost");
    if (!isBack) continue;
    restored += 1;
    await tell(trx, deps, { run, removal, repository });
    if (removal.tag !== undefined) touched.push({ name: repository.name, tag: removal.tag });
  }
  await addProgress(trx, run.id, { restored, lost: removals.length - restored });
  return touched;
}

async function putBack(
  trx: Trx,
  deps: UndoDeps,
  { removal, repository }: { readonly removal: Removal; readonly repository: Repository },
): Promise<boolean> {
  const { tag, digest, tagUpdatedAt: updatedAt, pull } = removal;
  const place = { repository: repository.name, repositoryId: repository.id, actor: ACTOR };
  const back = { ...place, tag: tag as Tag | undefined, digest, updatedAt };
  if (tag !== undefined && !(await mayStand(trx, deps, { repository, tag: tag as Tag })))
    return false;
  if (!(await deps.releases.takeBack(trx, back))) return false;
  if (tag !== undefined && pull !== undefined)
    await noteTag(trx, { repository: repository.id, tag }, pull);
  return true;
}

/**
 * Whether the rules still allow that there is a tag of this name. Who may push it is not asked: it is what was there, and
 * whoever manages the repository wants it back.
 */
async function mayStand(
  trx: Trx,
  { tagKeeper }: UndoDeps,
  { repository: { id, name }, tag }: { readonly repository: Repository; readonly tag: Tag },
): Promise<boolean> {
  const place = { repository: name, repositoryId: id, tags: [tag] };
  try {
    await tagKeeper.assertMay(trx, { ...place, deed: "create", by: { kind: "retention" } });
    return true;
  } catch (cause) {
    if (!isTagRefusal(cause)) throw cause;
    return cause.code === "TAG_PROTECTED";
  }
}

async function tell(
  trx: Trx,
  { journal, clock }: UndoDeps,
  {
    run,
    removal,
    repository: { name: repository },
  }: { readonly run: Run; readonly removal: Removal; readonly repository: Repository },
): Promise<void> {
  const { tag, digest } = removal;
  const [account = ""] = repository.split("/", 1);
  await journal.record(trx, {
    action: "retention.restore",
    ...{ by: RETENTION, origin: NOWHERE, account },
    name: tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`,
    after: { digest, run: run.id },
  });
  await recordEvent(trx, {
    topic: "retention.restored",
    orderingKey: repository,
    payload: { repository, digest, run: run.id, actor: ACTOR, ...(tag !== undefined && { tag }) },
    at: clock(),
  });
}
