import type { RepositoryName } from "../../../oci/name.ts";
import { type Database, writeIfPossible } from "../../../platform/db/index.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import { findPolicyById } from "../policies/policies-store.ts";
import type { Outlook } from "../survey/outlook.ts";
import type { RetentionTables } from "../tables.ts";
import type { Run } from "./runs-store.ts";
import {
  listUnchanged,
  openSurvey,
  type PolicyVersion,
  settleSurvey,
  versionOf,
} from "./surveys-store.ts";

interface MemoryDeps {
  readonly database: Database<RetentionTables>;
  readonly clock: () => Date;
}

/**
 * Spares the schedule the repositories in which nothing can have changed since it last looked, so that a run costs what was
 * written meanwhile. Whoever begins a run has everything looked at. What cannot be remembered is looked at again.
 */
export class SurveyMemory {
  readonly #deps: MemoryDeps;

  constructor(deps: MemoryDeps) {
    this.#deps = deps;
  }

  async listUnchanged(
    run: Run,
    names: readonly RepositoryName[],
  ): Promise<ReadonlySet<RepositoryName>> {
    const { database, clock } = this.#deps;
    if (run.cause !== "schedule" || run.onlyPolicy === undefined || names.length === 0)
      return new Set();
    const policy = await findPolicyById(database.reader, run.onlyPolicy);
    if (policy === undefined) return new Set();
    return await listUnchanged(database.reader, names, {
      version: versionOf(policy),
      now: clock(),
    });
  }

  async open(repository: RepositoryId, version: PolicyVersion, now: Date): Promise<void> {
    await writeIfPossible(this.#deps.database, (trx) =>
      openSurvey(trx, repository, { version, now }),
    );
  }

  /** Where the survey found nothing to remove. */
  async settle(repository: RepositoryId, outlook: Outlook): Promise<void> {
    const { until: dueAt, hasHeld, isDoubtful } = outlook;
    if (isDoubtful) return;
    await writeIfPossible(this.#deps.database, (trx) =>
      settleSurvey(trx, repository, { dueAt, hasHeld }),
    );
  }
}
