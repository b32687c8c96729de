import type { OperationFailure, OperationProgress } from "../contract/operations.ts";
import { CommandError } from "./command.ts";
import type { Terminal } from "./terminal.ts";

type OperationEvent = OperationProgress | OperationFailure | { type: "item" } | { type: "report" };
type Told<Event> = Extract<Event, { type: "item" | "report" }>;
type Report<Event> = Extract<Event, { type: "report" }>;

export type Follower<Event> = {
  readonly terminal: Terminal;
  readonly json: boolean;
  /** Stands before the progress: "examined". */
  readonly label: string;
  readonly describe: (event: Told<Event>) => string;
};

/** Tells of an operation as it happens, and gives its report. */
export async function followOperation<Event extends OperationEvent>(
  events: AsyncIterable<Event>,
  { terminal, json, label, describe }: Follower<Event>,
): Promise<Report<Event>> {
  const progress = terminal.openProgress(label);
  for await (const event of events) {
    if (isProgress(event)) {
      progress.update(event);
      continue;
    }
    progress.clear();
    if (isFailure(event)) throw new CommandError("failed", event.message);
    if (json) terminal.printJson(event);
    else terminal.print(describe(event as Told<Event>));
    if (event.type === "report") return event as Report<Event>;
  }
  throw new CommandError("failed", "the hub ended the run without a report; see its log");
}

function isProgress(event: OperationEvent): event is OperationProgress {
  return event.type === "progress";
}

function isFailure(event: OperationEvent): event is OperationFailure {
  return event.type === "failure";
}
