import type { Logger } from "pino";
import { ProblemError } from "../../platform/http/api/index.ts";
import { findRules } from "../builds-store.ts";
import { nextTimeOf } from "../rules/schedule.ts";
import { type DueRule, listDueRules, moveSchedule } from "./schedules-store.ts";
import type { StartDeps } from "./start-deps.ts";

export interface SchedulesDeps extends StartDeps {
  readonly log: Logger;
}

type Transaction = Parameters<typeof moveSchedule>[0];

const AT_ONCE = 100;
const ORIGIN = { address: "", client: "berth, by a schedule" };

/** Starts what is due by the schedules of rules. What was missed while the hub was off is done once. */
export async function runSchedules(deps: SchedulesDeps, signal: AbortSignal): Promise<void> {
  const { database, clock } = deps;
  for (const due of await listDueRules(database.reader, { now: clock(), limit: AT_ONCE })) {
    if (signal.aborted) return;
    await runOne(deps, due);
  }
}

async function runOne(deps: SchedulesDeps, due: DueRule): Promise<void> {
  const { database, clock, findRepository, findPerson, startAll, log } = deps;
  const repository = await findRepository(due.repositoryId);
  const rules = await findRules(database.reader, due.repositoryId);
  const schedule = rules[due.rule]?.schedule;
  const next = repository && schedule ? nextTimeOf(schedule, clock()) : undefined;
  const settle = (trx: Transaction) => moveSchedule(trx, due, next);
  const by = await findPerson(due.accountId);
  if (repository === undefined || schedule === undefined || by === undefined) {
    log.warn({ repository: repository?.name, rule: due.rule }, "scheduled build was not started");
    await database.write(settle);
    return;
  }
  try {
    // In the transaction that queues it: done once, however the hub ends.
    await startAll(repository, { by, origin: ORIGIN }, { rule: due.rule, settle });
  } catch (err) {
    // Nothing that fits was pushed, or builds are off: the next time may be another.
    if (!(err instanceof ProblemError)) throw err;
    log.info({ err, repository: repository.name, rule: due.rule }, "nothing scheduled was built");
    await database.write(settle);
  }
}
