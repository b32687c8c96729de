import { setImmediate } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { SimulationEvent } from "../../../contract/retention.ts";
import type { Database } from "../../../platform/db/index.ts";
import type { Repository } from "../../../repositories/index.ts";
import type { Decision } from "../judgement/candidate.ts";
import type { JudgedPolicy } from "../judgement/judgement.ts";
import { parseRetentionPolicy } from "../language/parse-policy.ts";
import { readingOf } from "../language/retention-rule.ts";
import { type Finding, Survey, type SurveyDeps } from "../survey/survey.ts";
import type { RetentionTables } from "../tables.ts";
import { findPolicyInForce, type SavedPolicy, type Scope } from "./policies-store.ts";
import { type CountsWithin, listRepositoriesOf, withinOf } from "./scopes.ts";
import { type Draft, insertSimulation } from "./simulations-store.ts";

export interface SimulateDeps extends Omit<SurveyDeps, "db"> {
  readonly database: Database<RetentionTables>;
  readonly settlePulls: () => Promise<void>;
  readonly countsWithin: CountsWithin;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

export interface SimulationWish {
  readonly scope: Scope;
  /** Undefined: the policies in force. */
  readonly draft: Draft | undefined;
  /** Everywhere, as a run with a policy of its own; not where it would be in force once it is saved. */
  readonly isOnce: boolean;
  readonly show: "all" | "removed" | "changed" | "report";
  readonly signal: AbortSignal;
}

type Report = { -readonly [Key in keyof ReportEvent]: ReportEvent[Key] };
type ReportEvent = Extract<SimulationEvent, { type: "report" }>;
type Item = Extract<SimulationEvent, { type: "item" }>;

const LATELY_MS = 30 * 86_400_000;
const RANKS = { hub: 0, namespace: 1, repository: 2 } as const;

/** What a policy would do, decided as a run decides, and changing nothing. */
export async function* simulate(
  deps: SimulateDeps,
  wish: SimulationWish,
): AsyncGenerator<SimulationEvent> {
  const startedAt = performance.now();
  const { database, clock, randomId } = deps;
  const { scope, draft, isOnce, signal } = wish;
  await deps.settlePulls();
  const now = clock();
  const report = openReport(draft);
  for await (const repository of listRepositoriesOf(database.reader, scope, "")) {
    // The database answers at once: others get their turn between repositories, however small these are.
    await setImmediate();
    signal.throwIfAborted();
    const inForce = await findPolicyInForce(database.reader, repository);
    const judged = toJudged(wish, inForce);
    if (judged === undefined) report.skipped += 1;
    else {
      const before = draft === undefined ? undefined : inForce && toSaved(inForce);
      yield* simulateOne(deps, { repository, judged, before, now, wish, report });
    }
    yield { type: "progress", done: report.examined, unit: "items" };
  }
  signal.throwIfAborted();
  if (draft !== undefined && !isOnce) {
    const id = randomId();
    const done = { id, removals: report.removed, freedBytes: report.freedBytes, now };
    await database.write((trx) => insertSimulation(trx, draft, done));
    report.simulation = id;
  }
  yield { ...report, durationMs: Math.round(performance.now() - startedAt) };
}

interface One {
  readonly repository: Repository;
  readonly judged: JudgedPolicy;
  readonly before: JudgedPolicy | undefined;
  readonly now: Date;
  readonly wish: SimulationWish;
  readonly report: Report;
}

async function* simulateOne(deps: SimulateDeps, one: One): AsyncGenerator<SimulationEvent> {
  const { repository, judged, before, now, wish, report } = one;
  const { signal, show } = wish;
  const db: Kysely<RetentionTables> = deps.database.reader;
  const within = withinOf(wish.scope, deps.countsWithin);
  const how = { now, signal, within };
  const survey = await Survey.open({ ...deps, db }, repository, { ...how, judged });
  const other =
    before && (await Survey.open({ ...deps, db }, repository, { ...how, judged: before }));
  report.repositories += 1;
  for await (const findings of survey.findings(signal)) {
    const others = await other?.decide(findings.map(({ candidate }) => candidate));
    for (const [at, finding] of findings.entries()) {
      const item = toItem(finding, { repository, other: others?.[at] });
      count(report, item, now);
      if (isShown(item, show)) yield item;
    }
    yield { type: "progress", done: report.examined, unit: "items" };
  }
}

function openReport(draft: Draft | undefined): Report {
  const reading = draft && readingOf(parseRetentionPolicy(draft.text));
  return {
    type: "report",
    ...(reading && { reading }),
    repositories: 0,
    skipped: 0,
    examined: 0,
    removed: 0,
    kept: 0,
    freedBytes: 0,
    newlyRemoved: 0,
    newlyKept: 0,
    pulledLately: 0,
    durationMs: 0,
  };
}

/** The draft, where it would be in force; undefined where a nearer policy is, or none. */
function toJudged(
  { draft, isOnce }: Pick<SimulationWish, "draft" | "isOnce">,
  inForce: SavedPolicy | undefined,
): JudgedPolicy | undefined {
  if (draft === undefined) return inForce && toSaved(inForce);
  if (!isOnce && inForce !== undefined && isNearer(inForce.scope, draft.scope)) return undefined;
  return { policy: parseRetentionPolicy(draft.text), inUseMs: draft.inUseMs };
}

function toSaved({ text, inUseMs }: SavedPolicy): JudgedPolicy {
  return { policy: parseRetentionPolicy(text), inUseMs };
}

function isNearer(one: Scope, other: Scope): boolean {
  if (one.kind !== other.kind) return RANKS[one.kind] > RANKS[other.kind];
  if (one.pattern.length !== other.pattern.length) return one.pattern.length > other.pattern.length;
  return one.pattern < other.pattern;
}

function toItem(
  { candidate, action, line, why, bytes }: Finding,
  { repository, other }: { readonly repository: Repository; readonly other: Decision | undefined },
): Item {
  const { tag, digest, pulledAt } = candidate;
  return {
    type: "item",
    repository: repository.name,
    ...(tag !== undefined && { tag }),
    ...{ digest, action, why, bytes },
    ...(line !== undefined && { line }),
    ...(pulledAt !== undefined && { pulledAt: pulledAt.toISOString() }),
    ...(other !== undefined && { inForce: other.action }),
  };
}

function count(report: Report, item: Item, now: Date): void {
  const { action, inForce = "keep", bytes, pulledAt } = item;
  report.examined += 1;
  report.freedBytes += bytes;
  if (action === "remove") report.removed += 1;
  else report.kept += 1;
  if (action === "remove" && inForce === "keep") report.newlyRemoved += 1;
  if (action === "keep" && inForce === "remove") report.newlyKept += 1;
  const isLate = pulledAt !== undefined && Date.parse(pulledAt) > now.getTime() - LATELY_MS;
  if (action === "remove" && isLate) report.pulledLately += 1;
}

function isShown({ action, inForce = "keep" }: Item, show: SimulationWish["show"]): boolean {
  switch (show) {
    case "all":
      return true;
    case "removed":
      return action === "remove";
    case "changed":
      return action !== inForce;
    case "report":
      return false;
  }
}
