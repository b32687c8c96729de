import type { Command as CommandLine } from "commander";
import type { ExitReason } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

/** What was typed after the command's name. Options are proven by the command's own zod schema. */
export type Invocation = {
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly terminal: Terminal;
};

/** One thing `berth` can do. Capabilities export theirs; `app/commands.ts` lists them all. */
export type Command = {
  /** The words after `berth`: "fsck", "config print". */
  readonly name: string;
  /** Adds the summary, arguments, options and examples that --help shows. */
  readonly describe: (line: CommandLine) => CommandLine;
  /** Does the work and says how it ended; throws CommandError for what the user can put right. */
  readonly run: (invocation: Invocation) => Promise<ExitReason>;
};

/** A failure that the person at the terminal can act on: its sentence is shown without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly reason: ExitReason;

  constructor(reason: Exclude<ExitReason, "ok">, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
