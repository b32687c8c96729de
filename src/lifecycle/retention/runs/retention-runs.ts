import type { Caller, Deed, Journal } from "../../../access/index.ts";
import { PROBLEMS } from "../../../contract/problems.ts";
import type { Database } from "../../../platform/db/index.ts";
import { ProblemError } from "../../../platform/http/api/index.ts";
import type { Releases } from "../../../registry/index.ts";
import {
  findPolicyById,
  isAbove,
  listDuePolicies,
  noteScheduledRun,
  pausePolicy,
  type Scope,
} from "../policies/policies-store.ts";
import { nameOfScope } from "../policies/scopes.ts";
import { trimSimulations } from "../policies/simulations-store.ts";
import type { RetentionTables } from "../tables.ts";
import { listPoliciesOfRemovals, listRemovals, type Removal, trimRuns } from "./removals-store.ts";
import type { RunWorker } from "./run-worker.ts";
import { askToEnd, beginUndo, findRun, insertRun, listRuns, type Run } from "./runs-store.ts";

interface RunsDeps {
  readonly database: Database<RetentionTables>;
  readonly journal: Journal;
  readonly releases: Pick<Releases, "write">;
  readonly worker: Pick<RunWorker, "wake" | "work">;
  /** How often the schedule applies each policy; undefined: never. */
  readonly everyMs: number | undefined;
  /** Called once it has begun, or is to end or to be undone. */
  readonly onProgress: (run: Pick<Run, "scope">) => void;
  readonly clock: () => Date;
}

type Trx = Parameters<Parameters<Database<RetentionTables>["write"]>[0]>[0];

const HOUR = 3_600_000;
const KEPT_MS = 90 * 24 * HOUR;
const BATCH = 100;

/** Runs of retention. Whether the caller may was decided before. */
export class RetentionRuns {
  readonly #deps: RunsDeps;

  constructor(deps: RunsDeps) {
    this.#deps = deps;
  }

  /** Applies the policies in force, or once another one, to everything in the scope. */
  async start(
    wish: {
      readonly scope: Scope;
      readonly policy: string | undefined;
      readonly inUseMs: number | undefined;
    },
    caller: Caller,
  ): Promise<Run> {
    const { clock, worker, onProgress } = this.#deps;
    const run = await this.#writeToFree(async (trx) => {
      const scopeName = (await nameOfScope(trx, wish.scope)) ?? "";
      const startedBy = caller.by.name;
      const made = await insertRun(trx, {
        ...{ ...wish, scopeName, startedBy, now: clock() },
        cause: "person",
      });
      const after = { run: made.id, ...(wish.policy !== undefined && { policy: wish.policy }) };
      await this.#record(trx, { action: "retention.run.start", run: made, caller, after });
      return made;
    });
    onProgress(run);
    worker.wake();
    return run;
  }

  async find(id: number): Promise<Run | undefined> {
    return await findRun(this.#deps.database.reader, id);
  }

  async list(
    scope: Pick<Scope, "kind" | "id">,
    page: { readonly before: number | undefined; readonly limit: number },
  ): Promise<readonly Run[]> {
    return await listRuns(this.#deps.database.reader, scope, page);
  }

  async listRemovals(
    { id }: Run,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly Removal[]> {
    return await listRemovals(this.#deps.database.reader, id, page);
  }

  /** It ends after the step at hand; what was removed by then stays so, until somebody undoes it. */
  async cancel(run: Run, caller: Caller): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      await askToEnd(trx, run.id);
      await this.#record(trx, {
        action: "retention.run.cancel",
        run,
        caller,
        after: { run: run.id },
      });
    });
    this.#deps.onProgress(run);
    this.#deps.worker.wake();
  }

  /**
   * Puts right what it removed, as far as collection has not been there. The policies that decided pause, otherwise the next
   * run would do the same again; but not those of a level above the run's, which hold for others, too. Throws RUN_NOT_OVER.
   */
  async undo(run: Run, caller: Caller): Promise<Run> {
    const { database, clock, worker, onProgress } = this.#deps;
    const undoing = await database.write(async (trx) => {
      if (!(await beginUndo(trx, run.id))) throw new ProblemError(PROBLEMS.RUN_NOT_OVER);
      for (const id of await listPoliciesOfRemovals(trx, run.id)) {
        const policy = await findPolicyById(trx, id);
        if (policy !== undefined && !isAbove(policy.scope, run.scope))
          await pausePolicy(trx, id, clock());
      }
      await this.#record(trx, {
        action: "retention.run.undo",
        run,
        caller,
        after: { run: run.id },
      });
      return await findRun(trx, run.id);
    });
    onProgress(run);
    worker.wake();
    return undoing ?? run;
  }

  /** Begins the runs whose turn it is, goes on with those that are not over, and forgets what is old. */
  async tick(): Promise<void> {
    await this.#schedule();
    await this.#deps.worker.work();
  }

  async trim(): Promise<void> {
    const { database, clock } = this.#deps;
    const now = clock().getTime();
    await database.write((trx) => trimSimulations(trx, new Date(now - HOUR)));
    await database.write((trx) =>
      trimRuns(trx, { before: new Date(now - KEPT_MS), limit: 10_000 }),
    );
  }

  async #schedule(): Promise<void> {
    const { database, clock, everyMs, onProgress } = this.#deps;
    if (everyMs === undefined) return;
    const now = clock();
    const due = { before: new Date(now.getTime() - everyMs), limit: BATCH };
    if ((await listDuePolicies(database.reader, due)).length === 0) return;
    const begun = await this.#writeToFree(async (trx) => {
      const policies = await listDuePolicies(trx, due);
      for (const { id, scope } of policies) {
        const scopeName = (await nameOfScope(trx, scope)) ?? "";
        const run = { scope, scopeName, onlyPolicy: id, startedBy: "schedule", now } as const;
        await insertRun(trx, { ...run, cause: "schedule" });
        await noteScheduledRun(trx, id, now);
      }
      return policies;
    });
    for (const policy of begun) onProgress(policy);
  }

  /** On a full disk a run is how people make room. */
  async #writeToFree<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    return await this.#deps.releases.write((trx) => work(trx as unknown as Trx));
  }

  async #record(
    trx: Trx,
    deed: {
      readonly action: Deed["action"];
      readonly run: Run;
      readonly caller: Caller;
      readonly after: Readonly<Record<string, unknown>>;
    },
  ): Promise<void> {
    const { action, run, caller, after } = deed;
    const account = run.scopeName.split("/", 1)[0] ?? "";
    await this.#deps.journal.record(trx, {
      action,
      ...caller,
      account,
      name: run.scopeName,
      after,
    });
  }
}
