import type { Database } from "../../../platform/db/index.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import type { OfficialTables, SubmissionId } from "../official-tables.ts";
import { forgetStage, listFinishedStages } from "../submissions-store.ts";

export interface TidyStagesDeps {
  readonly database: Database<OfficialTables>;
  /** With everything in it; nothing where it is gone already. False where this hub deletes nothing. */
  readonly removeStage: (id: RepositoryId) => Promise<boolean>;
}

/**
 * Removes what was built of submissions that are over: what was published lies in the library as well, and what was said of it stays.
 * A hub that dies in between leaves a submission whose stage is gone, which the next one forgets.
 */
export async function tidyStages(
  { database, removeStage }: TidyStagesDeps,
  /** What is still being built, though nobody wants it any more. */
  busy: SubmissionId | undefined,
): Promise<void> {
  for (const { id, repositoryId } of await listFinishedStages(database.reader)) {
    if (id === busy) continue;
    if (!(await removeStage(repositoryId))) return;
    await database.write((trx) => forgetStage(trx, id));
  }
}
