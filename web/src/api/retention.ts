import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type {
  RetentionScope,
  retentionChange,
  retentionChecked,
  retentionHere,
  retentionRun,
  SimulationEvent,
  simulationRequest,
} from "../../../src/contract/retention.ts";
import type { tagRules, upperTagRulesChange } from "../../../src/contract/tag-rules.ts";
import { ask } from "./ask.ts";
import { pagesOf } from "./pages.ts";
import { stream } from "./stream.ts";

export type RetentionHere = z.output<typeof retentionHere>;
export type RetentionRun = z.output<typeof retentionRun>;
export type TagRules = z.output<typeof tagRules>;
export type TagRulesChange = z.input<typeof upperTagRulesChange>;
export type Simulated = Extract<SimulationEvent, { type: "item" }>;
export type SimulationReport = Extract<SimulationEvent, { type: "report" }>;
export type Scope = RetentionScope;

/** So many are shown; the totals count all. */
export const SIMULATED_SHOWN = 500;

/** The hub without a name, a repository by its slash, a namespace else. */
export function scopeOf(name: string): Scope {
  if (name === "") return { kind: "hub" };
  return { kind: name.includes("/") ? "repository" : "namespace", name };
}

export const RETENTION_KEY = ["retention"];
const keyOf = ({ kind, name }: Scope) => [...RETENTION_KEY, kind, name];
export const runsKeyOf = (scope: Scope) => [...keyOf(scope), "runs"];

function pathOf({ kind, name = "" }: Scope): `/${string}` {
  if (kind === "hub") return "/api/v1/retention/hub";
  return kind === "repository"
    ? `/api/v1/retention/repositories/${name}`
    : `/api/v1/retention/namespaces/${encodeURIComponent(name)}`;
}

export function retentionQuery(scope: Scope) {
  return queryOptions({
    queryKey: [...keyOf(scope), "here"],
    queryFn: ({ signal }) => ask<RetentionHere>(`GET ${pathOf(scope)}`, { signal }),
  });
}

/** How the hub reads a text; refused with line and column where it cannot. */
export function checkQuery(policy: string) {
  return queryOptions({
    queryKey: ["retention-check", policy],
    enabled: policy.trim() !== "",
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ask<z.output<typeof retentionChecked>>("POST /api/v1/retention/check", {
        body: { policy },
        signal,
      }),
  });
}

/** The newest first. */
export function runsQuery(scope: Scope) {
  const { kind, name } = scope;
  const wish = { kind, name, limit: 20 };
  return pagesOf<RetentionRun>(runsKeyOf(scope), "/api/v1/retention/runs", wish);
}

function tagRulesPath({ kind, name = "" }: Scope): string {
  if (kind === "namespace") return `namespaces/${encodeURIComponent(name)}/tag-rules`;
  return kind === "repository" ? `tag-rules/${name}` : "tag-rules";
}

export function tagRulesQuery(scope: Scope) {
  return queryOptions({
    queryKey: [...keyOf(scope), "tag-rules"],
    queryFn: ({ signal }) => ask<TagRules>(`GET /api/v1/${tagRulesPath(scope)}`, { signal }),
  });
}

export function retentionDeeds(scope: Scope) {
  return {
    save: (body: z.input<typeof retentionChange>) => ask(`PUT ${pathOf(scope)}`, { body }),
    remove: () => ask(`DELETE ${pathOf(scope)}`),
    setTagRules: (body: TagRulesChange) => ask(`PUT /api/v1/${tagRulesPath(scope)}`, { body }),
    start: () => ask<RetentionRun>("POST /api/v1/retention/runs", { body: { scope } }),
    undo: (id: number) => ask<RetentionRun>(`POST /api/v1/retention/runs/${id}/undo`),
    cancel: (id: number) => ask<RetentionRun>(`POST /api/v1/retention/runs/${id}/cancel`),
  };
}

export interface Simulation {
  /** The first of them. */
  readonly items: readonly Simulated[];
  /** What each line of the policy removes, of all. */
  readonly lines: readonly LineSum[];
  readonly report: SimulationReport;
}

/** Lines are counted from 1: what no line keeps goes by none. */
export const NO_LINE = 0;

interface LineSum {
  readonly line: number;
  readonly count: number;
  readonly bytes: number;
}

/** What a policy would remove. Throws Error with the hub's sentence when it ends early. */
export async function simulate(
  wish: z.input<typeof simulationRequest>,
  onProgress: (done: number) => void,
): Promise<Simulation> {
  const items: Simulated[] = [];
  const lines = new Map<number, LineSum>();
  let report: SimulationReport | undefined;
  let failure = "";
  await stream<SimulationEvent>("/api/v1/retention/simulations", { body: wish }, (event) => {
    if (event.type === "item") {
      addTo(lines, event);
      if (items.length < SIMULATED_SHOWN) items.push(event);
    }
    if (event.type === "progress") onProgress(event.done);
    if (event.type === "report") report = event;
    if (event.type === "failure") failure = event.message;
  });
  if (report === undefined) throw new Error(failure);
  return { items, lines: [...lines.values()].sort((a, b) => a.line - b.line), report };
}

function addTo(lines: Map<number, LineSum>, { line = NO_LINE, bytes, action }: Simulated): void {
  if (action !== "remove") return;
  const { count, bytes: sum } = lines.get(line) ?? { count: 0, bytes: 0 };
  lines.set(line, { line, count: count + 1, bytes: sum + bytes });
}
