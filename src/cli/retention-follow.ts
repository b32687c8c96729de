import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import type { HubClient } from "../client/hub-client.ts";
import {
  RETENTION_PATHS,
  retentionRun,
  type SimulationEvent,
  simulationEvent,
} from "../contract/retention.ts";
import { formatBytes } from "../lib/byte-size.ts";
import { CommandError, type Invocation } from "./command.ts";
import { followOperation } from "./follow-operation.ts";
import { connect } from "./hub-connection.ts";

type Item = Extract<SimulationEvent, { type: "item" }>;
type Report = Extract<SimulationEvent, { type: "report" }>;
type Run = z.output<typeof retentionRun>;

const POLL_MS = 200;
/** So long the hub has time to hear that somebody pressed Ctrl-C. */
const LAST_WORD_MS = 5000;

/** Shows what would become of everything, and gives the report. */
export async function simulate(
  { terminal }: Invocation,
  wish: {
    readonly hub: HubClient;
    readonly json: boolean;
    readonly show: "all" | "removed";
    readonly body: Readonly<Record<string, unknown>>;
    /** In other words than those of policies. */
    readonly describe?: (event: Item | Report) => string;
  },
): Promise<Report> {
  const { hub, json, show, body, describe = describeInFull } = wish;
  const events = hub.stream({
    path: RETENTION_PATHS.simulations,
    body: { ...body, show },
    event: simulationEvent,
  });
  return (await followOperation(events, {
    terminal,
    json,
    label: "examined",
    describe,
  })) as Report;
}

function describeInFull(event: Item | Report): string {
  return event.type === "item" ? describeItem(event) : describeReport(event);
}

function describeItem({ repository, tag, digest, action, why, bytes, ...item }: Item): string {
  const name = tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
  const notes = [
    ...(item.inForce === undefined || item.inForce === action ? [] : ["differs from now"]),
    ...(item.pulledAt === undefined ? [] : [`pulled ${item.pulledAt}`]),
  ];
  const more = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
  const verb =
    action === "remove" ? `would remove ${name}, ${formatBytes(bytes)}` : `keeps ${name}`;
  return `${verb}: ${why}${more}`;
}

function describeReport(report: Report): string {
  const { reading, examined, removed, kept, freedBytes, newlyRemoved, newlyKept } = report;
  return [
    ...(reading === undefined ? [] : [`the policy ${reading}`]),
    `${examined} examined, ${removed} would be removed, ${kept} kept, ${formatBytes(freedBytes)} to gain`,
    `${newlyRemoved} removed that the policy in force keeps, ${newlyKept} kept that it removes`,
    `${report.pulledLately} would go though somebody pulled them in the last 30 days`,
  ].join("\n");
}

/** Begins a run, or its undoing, and follows it to its end; Ctrl-C asks the hub to end it. */
export async function followRun(
  typed: Invocation,
  wish: {
    readonly hub: HubClient;
    readonly json: boolean;
    readonly line: string;
    readonly body?: unknown;
  },
): Promise<Run> {
  const { hub, json, line, body } = wish;
  const { terminal } = typed;
  const begun = await hub.call({ line, body, answer: retentionRun });
  const progress = terminal.openProgress("removed");
  try {
    const ended = await waitFor(hub, begun, (run) =>
      progress.update({ done: run.removed + run.restored, unit: "items" }),
    );
    progress.clear();
    if (json) terminal.printJson(ended);
    else terminal.print(describeRun(ended));
    if (ended.state === "failed") throw new CommandError("failed", `run ${ended.id} failed`);
    return ended;
  } catch (cause) {
    if (terminal.signal.aborted) await cancel(typed, begun);
    throw cause;
  }
}

async function waitFor(hub: HubClient, begun: Run, onProgress: (run: Run) => void): Promise<Run> {
  for (let run = begun; ; ) {
    if (run.finishedAt !== undefined && run.state !== "undoing") return run;
    onProgress(run);
    await sleep(POLL_MS);
    run = await hub.call({ line: `GET ${RETENTION_PATHS.runs}/${run.id}`, answer: retentionRun });
  }
}

function describeRun({ id, state, removed, spared, freedBytes, restored, lost }: Run): string {
  if (state === "undone")
    return `run ${id} undone: ${restored} put back, ${lost} could not be: gone for good, or pushed again`;
  const end = state === "cancelled" ? "ended early" : state;
  return `run ${id} ${end}: ${removed} removed, ${spared} spared for what came between, ${formatBytes(freedBytes)} freed once collection's grace is over; berth retention undo ${id} takes it back until then`;
}

/** By a request of its own: what was under way was broken off. */
async function cancel(typed: Invocation, { id }: Run): Promise<void> {
  const signal = AbortSignal.timeout(LAST_WORD_MS);
  await using hub = await connect({ ...typed, terminal: { ...typed.terminal, signal } });
  const line = `POST ${RETENTION_PATHS.runs}/${id}/cancel`;
  await hub.call({ line, answer: retentionRun });
  typed.terminal.note(`run ${id} ends after the step at hand`);
}
