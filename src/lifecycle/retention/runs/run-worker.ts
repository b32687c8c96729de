import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Tag } from "../../../oci/tag.ts";
import type { Database } from "../../../platform/db/index.ts";
import { failPoint } from "../../../platform/fail-point.ts";
import type { Repository } from "../../../repositories/index.ts";
import type { JudgedPolicy } from "../judgement/judgement.ts";
import { parseRetentionPolicy } from "../language/parse-policy.ts";
import { findPolicyInForce } from "../policies/policies-store.ts";
import { listRepositoriesOf } from "../policies/scopes.ts";
import { type Finding, Survey, type SurveyDeps } from "../survey/survey.ts";
import type { RetentionTables } from "../tables.ts";
import { type RemovalDeps, removeFinding } from "./removal.ts";
import {
  addProgress,
  beginRun,
  endRun,
  findRun,
  findUnfinishedRun,
  type Progress,
  type Run,
} from "./runs-store.ts";
import { undoRun } from "./undo.ts";

type Trx = Kysely<RetentionTables>;

export interface RunWorkerDeps extends RemovalDeps, Omit<SurveyDeps, "db"> {
  readonly database: Database<RetentionTables>;
  /** Writes down the pulls that were noted so far. */
  readonly settlePulls: () => Promise<void>;
  readonly log: Logger;
}

interface Job {
  readonly run: Run;
  readonly repository: Repository;
  readonly judged: JudgedPolicy;
  readonly policyId: number | undefined;
}

/** Rows of one step: a few milliseconds, so that pushes get in between. */
const BATCH = 25;
/** A repository in which tags are deleted by others all the time is left for the next run. */
const ATTEMPTS = 5;
/** Repositories in which nothing goes cost no commit each. */
const QUIET = 100;

/**
 * Does the runs that are asked for, one after another, in steps whose commits are each true by themselves. A hub that dies
 * in between goes on after its start: what is decided anew then is what was decided before, because what went did not count.
 */
export class RunWorker {
  readonly #deps: RunWorkerDeps;
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;

  constructor(deps: RunWorkerDeps) {
    this.#deps = deps;
  }

  /** Until nothing is left to do; one such round at a time. */
  async work(): Promise<void> {
    this.#working ??= this.#workAll().finally(() => {
      this.#working = undefined;
    });
    await this.#working;
  }

  /** Begins at once what waits. */
  wake(): void {
    // What fails here fails again at the next turn of the schedule, which logs it.
    void this.work().catch((err) => this.#deps.log.warn({ err }, "retention run put off"));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    // It ends at the next step, and says why to whoever waits for it.
    await this.#working?.catch(() => undefined);
  }

  async #workAll(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const run = await findUnfinishedRun(this.#deps.database.reader);
      if (run === undefined) return;
      try {
        if (run.state === "undoing") await undoRun(this.#deps, run, signal);
        else await this.#execute(run, signal);
      } catch (cause) {
        if (signal.aborted) return;
        throw cause;
      }
    }
  }

  async #execute(run: Run, signal: AbortSignal): Promise<void> {
    const { database, clock, log } = this.#deps;
    await database.write((trx) => beginRun(trx, run.id));
    let quiet: Progress & { repositories: number } = { repositories: 0 };
    for await (const repository of listRepositoriesOf(database.reader, run.scope, run.position)) {
      signal.throwIfAborted();
      const isEnding = await this.#treat(run, repository, signal);
      if (isEnding) break;
      quiet = { repositories: quiet.repositories + 1, position: repository.name };
      if (quiet.repositories < QUIET) continue;
      await this.#note(run, quiet);
      quiet = { repositories: 0 };
    }
    await this.#note(run, quiet);
    await database.write(async (trx) => {
      const state = (await findRun(trx, run.id))?.isEnding === true ? "cancelled" : "done";
      await endRun(trx, run.id, { state, now: clock() });
      await failPoint("retention.before-end-commit");
    });
    log.info({ run: run.id, scope: run.scopeName }, "retention run finished");
  }

  async #note(run: Run, progress: Progress): Promise<void> {
    await this.#deps.database.write((trx) => addProgress(trx, run.id, progress), {
      survives: "process",
    });
  }

  /** True when the run was asked to end. */
  async #treat(run: Run, repository: Repository, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await this.#findJob(run, repository);
      if (found === undefined) return false;
      const outcome = await this.#sweep(found, signal);
      if (outcome !== "stale") return outcome === "ending";
    }
    this.#deps.log.warn({ repository: repository.name }, "retention left for the next run");
    return false;
  }

  async #findJob(run: Run, repository: Repository): Promise<Job | undefined> {
    if (run.policy !== undefined) {
      const policy = parseRetentionPolicy(run.policy);
      return { run, repository, judged: { policy, inUseMs: run.inUseMs }, policyId: undefined };
    }
    const saved = await findPolicyInForce(this.#deps.database.reader, repository);
    if (saved === undefined) return undefined;
    if (run.onlyPolicy !== undefined && saved.id !== run.onlyPolicy) return undefined;
    if (run.cause === "schedule" && saved.pausedAt !== undefined) return undefined;
    const policy = parseRetentionPolicy(saved.text);
    return { run, repository, judged: { policy, inUseMs: saved.inUseMs }, policyId: saved.id };
  }

  async #sweep(job: Job, signal: AbortSignal): Promise<"done" | "ending" | "stale"> {
    const { database, settlePulls } = this.#deps;
    const { run, repository, judged } = job;
    await settlePulls();
    const deps = { ...this.#deps, db: database.reader };
    const survey = await Survey.open(deps, repository, { judged, now: run.asOf, signal });
    for await (const findings of survey.findings(signal)) {
      const going = findings.filter(({ action }) => action === "remove");
      await this.#note(run, { examined: findings.length });
      for (let start = 0; start < going.length; start += BATCH) {
        signal.throwIfAborted();
        const outcome = await this.#remove(job, survey, going.slice(start, start + BATCH));
        if (outcome !== "done") return outcome;
      }
    }
    return (await findRun(database.reader, run.id))?.isEnding === true ? "ending" : "done";
  }

  /** One step. Deleting is how people make room: on a full disk it gets what was kept aside for it. */
  async #remove(
    job: Job,
    survey: Survey,
    findings: readonly Finding[],
  ): Promise<"done" | "ending" | "stale"> {
    const { releases, settlePulls } = this.#deps;
    const { run, repository } = job;
    await settlePulls();
    const outcome = await releases.write(async (trx) => {
      const result = await this.#removeIn(trx as unknown as Trx, { job, survey, findings });
      await failPoint("retention.before-commit");
      return result;
    });
    const tags = findings.flatMap(({ candidate: { tag } }) => (tag === undefined ? [] : [tag]));
    releases.forget(repository.name, tags as Tag[]);
    await failPoint("retention.after-commit");
    this.#deps.log.debug({ run: run.id, repository: repository.name }, "retention step finished");
    return outcome;
  }

  async #removeIn(
    trx: Trx,
    { job, survey, findings }: { job: Job; survey: Survey; findings: readonly Finding[] },
  ): Promise<"done" | "ending" | "stale"> {
    const { run, repository: target, policyId } = job;
    if ((await findRun(trx, run.id))?.isEnding !== false) return "ending";
    await survey.catchUp(trx);
    if (survey.hasLost) return "stale";
    let [removed, spared, freedBytes] = [0, 0, 0];
    for (const finding of findings) {
      const why = await removeFinding(trx, this.#deps, { run, target, policyId, finding });
      if (why === undefined) {
        removed += 1;
        freedBytes += finding.bytes;
      } else spared += 1;
    }
    await addProgress(trx, run.id, { removed, spared, freedBytes });
    return "done";
  }
}
