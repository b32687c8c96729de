import { setImmediate } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { RepositoryName } from "../../../oci/name.ts";
import type { Tag } from "../../../oci/tag.ts";
import {
  type Database,
  DatabaseBusyError,
  DatabaseFullError,
  writeIfPossible,
} from "../../../platform/db/index.ts";
import { failPoint } from "../../../platform/fail-point.ts";
import {
  findRepositoryById,
  findWholeRepository,
  type Repository,
} from "../../../repositories/index.ts";
import type { JudgedPolicy } from "../judgement/judgement.ts";
import { parseRetentionPolicy } from "../language/parse-policy.ts";
import { covers, findPolicyInForce, type SavedPolicy } from "../policies/policies-store.ts";
import { type CountsWithin, listNamesOf, withinOf } from "../policies/scopes.ts";
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
  UNFINISHED,
} from "./runs-store.ts";
import { SurveyMemory } from "./survey-memory.ts";
import { canBeRemembered, type PolicyVersion, versionOf } from "./surveys-store.ts";
import { undoRun } from "./undo.ts";

type Trx = Kysely<RetentionTables>;

export interface RunWorkerDeps extends RemovalDeps, Omit<SurveyDeps, "db"> {
  readonly database: Database<RetentionTables>;
  /** Writes down the pulls that were noted so far. */
  readonly settlePulls: () => Promise<void>;
  readonly countsWithin: CountsWithin;
  /** Called once what it did is committed. */
  readonly onProgress: (run: Run) => void;
  readonly log: Logger;
}

interface Job {
  readonly run: Run;
  readonly repository: Repository;
  readonly judged: JudgedPolicy;
  /** The one in force; undefined: the run has its own. */
  readonly saved: SavedPolicy | undefined;
  /** What is remembered of it for the schedule; undefined: nothing. */
  readonly version: PolicyVersion | undefined;
}

/** Rows of one step: a few milliseconds, so that pushes get in between. */
const BATCH = 25;
/** A repository in which tags are deleted by others all the time is left for the next run. */
const ATTEMPTS = 5;
/** Repositories in which nothing goes cost no commit each. */
const QUIET = 100;
/** For people who may read neither the log nor what lies where in the hub. */
const FAILURE = "it could not go on; the hub's log says why";
const NOTHING = { repositories: 0, unchanged: 0, position: undefined as string | undefined };

/**
 * Does the runs that are asked for, one after another, in steps whose commits are each true by themselves. A hub that dies
 * in between goes on after its start: what is decided anew then is what was decided before, because what went did not count.
 */
export class RunWorker {
  readonly #deps: RunWorkerDeps;
  readonly #memory: SurveyMemory;
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;

  constructor(deps: RunWorkerDeps) {
    this.#deps = deps;
    this.#memory = new SurveyMemory(deps);
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
    let states = UNFINISHED;
    while (!signal.aborted) {
      const run = await findUnfinishedRun(this.#deps.database.reader, states);
      if (run === undefined) return;
      try {
        await this.#workOn(run, signal);
      } catch (cause) {
        if (signal.aborted) return;
        if (run.state !== "undoing" || !(cause instanceof DatabaseFullError)) throw cause;
        // Without room nothing can be brought back, and only the other runs give some.
        this.#deps.log.warn({ err: cause, run: run.id }, "undo of a retention run put off");
        states = UNFINISHED.filter((state) => state !== "undoing");
      }
    }
  }

  async #workOn(run: Run, signal: AbortSignal): Promise<void> {
    try {
      if (run.state === "undoing") await undoRun(this.#deps, run, signal);
      else await this.#execute(run, signal);
    } catch (cause) {
      const isFull = cause instanceof DatabaseFullError;
      // These pass, and the run goes on where it was.
      if (signal.aborted || isFull || cause instanceof DatabaseBusyError) throw cause;
      await this.#fail(run, cause);
    }
  }

  /** It would fail again and again, and the runs of everybody else would wait for it. */
  async #fail(run: Run, err: unknown): Promise<void> {
    const { releases, clock, log } = this.#deps;
    log.error({ err, run: run.id, scope: run.scopeName }, "retention run failed");
    const end = { state: "failed", now: clock(), failure: FAILURE } as const;
    await releases.write((trx) => endRun(trx as unknown as Trx, run.id, end));
    this.#deps.onProgress(run);
  }

  async #execute(run: Run, signal: AbortSignal): Promise<void> {
    const { database, releases, clock, onProgress, log } = this.#deps;
    // To begin and to end is part of giving room, too.
    await releases.write((trx) => beginRun(trx as unknown as Trx, run.id));
    onProgress(run);
    for await (const names of listNamesOf(database.reader, run.scope, run.position))
      if ((await this.#isEnding(run)) || (await this.#treatAll(run, names, signal))) break;
    await releases.write(async (given) => {
      const trx = given as unknown as Trx;
      const state = (await findRun(trx, run.id))?.isEnding === true ? "cancelled" : "done";
      await endRun(trx, run.id, { state, now: clock() });
      await failPoint("retention.before-end-commit");
    });
    onProgress(run);
    log.info({ run: run.id, scope: run.scopeName }, "retention run finished");
  }

  /** True when the run was asked to end. */
  async #treatAll(
    run: Run,
    names: readonly RepositoryName[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { reader } = this.#deps.database;
    const unchanged = await this.#memory.listUnchanged(run, names);
    let quiet = { ...NOTHING };
    for (const name of names) {
      signal.throwIfAborted();
      const isUnchanged = unchanged.has(name);
      const repository = isUnchanged ? undefined : await findWholeRepository(reader, name);
      if (repository !== undefined && (await this.#treat(run, repository, signal))) {
        await this.#note(run, quiet);
        return true;
      }
      quiet.repositories += 1;
      quiet.unchanged += isUnchanged ? 1 : 0;
      quiet.position = name;
      if (quiet.repositories < QUIET) continue;
      await this.#note(run, quiet);
      quiet = { ...NOTHING };
    }
    await this.#note(run, quiet);
    return await this.#isEnding(run);
  }

  async #isEnding(run: Run): Promise<boolean> {
    return (await findRun(this.#deps.database.reader, run.id))?.isEnding === true;
  }

  async #note(run: Run, progress: Progress): Promise<void> {
    if (Object.values(progress).every((value) => value === 0 || value === undefined)) return;
    // On a full disk the run goes on, and what it looked at is not counted.
    await writeIfPossible(this.#deps.database, (trx) => addProgress(trx, run.id, progress));
    this.#deps.onProgress(run);
  }

  /** True when the run was asked to end. */
  async #treat(run: Run, repository: Repository, signal: AbortSignal): Promise<boolean> {
    // Also where no policy is in force: others get their turn.
    await setImmediate();
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await this.#isEnding(run)) return true;
      const found = await this.#findJob(run, repository);
      if (found === undefined) return false;
      const outcome = await this.#sweep(found, signal);
      if (outcome !== "stale") return outcome === "ending";
    }
    this.#deps.log.warn({ repository: repository.name }, "retention left for the next run");
    return false;
  }

  async #findJob(run: Run, listed: Repository): Promise<Job | undefined> {
    const repository = await findRepositoryById(this.#deps.database.reader, listed.id);
    // Whoever has it now has not asked for this.
    if (repository === undefined || repository.namespaceId !== listed.namespaceId) return undefined;
    if (!covers(run.scope, repository.name)) return undefined;
    if (run.policy !== undefined) {
      const policy = parseRetentionPolicy(run.policy);
      const judged = { policy, inUseMs: run.inUseMs };
      return { run, repository, judged, saved: undefined, version: undefined };
    }
    const saved = await findPolicyInForce(this.#deps.database.reader, repository);
    if (saved === undefined) return undefined;
    if (run.onlyPolicy !== undefined && saved.id !== run.onlyPolicy) return undefined;
    if (run.cause === "schedule" && saved.pausedAt !== undefined) return undefined;
    const policy = parseRetentionPolicy(saved.text);
    const judged = { policy, inUseMs: saved.inUseMs };
    const isKept = run.cause === "schedule" && canBeRemembered(judged);
    const version = isKept ? versionOf(saved) : undefined;
    return { run, repository, judged, saved, version };
  }

  async #sweep(job: Job, signal: AbortSignal): Promise<"done" | "ending" | "stale"> {
    const { database, settlePulls } = this.#deps;
    const { run, repository, judged, version } = job;
    await settlePulls();
    if (version !== undefined) await this.#memory.open(repository.id, version, run.asOf);
    let isQuiet = true;
    const deps = { ...this.#deps, db: database.reader };
    const within = withinOf(run.scope, this.#deps.countsWithin);
    const how = { judged, now: run.asOf, signal, within };
    const survey = await Survey.open(deps, repository, how);
    for await (const findings of survey.findings(signal)) {
      const going = findings.filter(({ action }) => action === "remove");
      isQuiet &&= going.length === 0;
      await this.#note(run, { examined: findings.length });
      for (let start = 0; start < going.length; start += BATCH) {
        signal.throwIfAborted();
        const outcome = await this.#remove(job, survey, going.slice(start, start + BATCH));
        if (outcome !== "done") return outcome;
      }
    }
    if (version !== undefined && isQuiet) await this.#memory.settle(repository.id, survey.outlook);
    return (await this.#isEnding(run)) ? "ending" : "done";
  }

  /** One step. Deleting is how people make room: on a full disk it gets what was kept aside for it. */
  async #remove(
    job: Job,
    survey: Survey,
    findings: readonly Finding[],
  ): Promise<"done" | "ending" | "stale"> {
    const { releases, settlePulls, onProgress } = this.#deps;
    const { run, repository } = job;
    await settlePulls();
    const outcome = await releases.write(async (trx) => {
      const result = await this.#removeIn(trx as unknown as Trx, { job, survey, findings });
      await failPoint("retention.before-commit");
      return result;
    });
    const tags = findings.flatMap(({ candidate: { tag } }) => (tag === undefined ? [] : [tag]));
    releases.forget(repository.name, tags as Tag[]);
    onProgress(run);
    await failPoint("retention.after-commit");
    this.#deps.log.debug({ run: run.id, repository: repository.name }, "retention step finished");
    return outcome;
  }

  async #removeIn(
    trx: Trx,
    { job, survey, findings }: { job: Job; survey: Survey; findings: readonly Finding[] },
  ): Promise<"done" | "ending" | "stale"> {
    const { run, repository: target, saved } = job;
    const policyId = saved?.id;
    if ((await findRun(trx, run.id))?.isEnding !== false) return "ending";
    if (!(await stillHolds(trx, job))) return "stale";
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

/** Whether the repository is where and what it was called, and is judged by what it was judged by. */
async function stillHolds(trx: Trx, { repository, saved }: Job): Promise<boolean> {
  const found = await findRepositoryById(trx, repository.id);
  if (found === undefined || found.name !== repository.name) return false;
  if (found.namespaceId !== repository.namespaceId) return false;
  if (saved === undefined) return true;
  const inForce = await findPolicyInForce(trx, found);
  return (
    inForce?.id === saved.id &&
    inForce.text === saved.text &&
    inForce.inUseMs === saved.inUseMs &&
    inForce.pausedAt?.getTime() === saved.pausedAt?.getTime()
  );
}
