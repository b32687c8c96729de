import { CommanderError, Command as CommandLine } from "commander";
import { z } from "zod";
import { HubRefusal, HubUnreachable } from "../client/hub-error.ts";
import { type Command, CommandError } from "./command.ts";
import { EXIT_CODES, type ExitReason } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

export type Program = {
  readonly commands: readonly Command[];
  /** Summaries of the first words that several commands share ("config"). */
  readonly groups: Readonly<Record<string, string>>;
  readonly terminal: Terminal;
};

/** Parses what was typed, runs the one command it names, and gives the exit code. Never throws. */
export async function runProgram(program: Program, words: readonly string[]): Promise<number> {
  let reason: ExitReason = "ok";
  const root = buildCommandLine(program, async (command, invocation) => {
    reason = await command.run(invocation);
  });
  try {
    await root.parseAsync([...words], { from: "user" });
  } catch (error) {
    reason = explainFailure(error, program.terminal);
  }
  return EXIT_CODES[reason].code;
}

/** The command line as commander knows it; the generated reference is written from it. */
export function buildCommandLine(
  { commands, groups, terminal }: Program,
  run: (command: Command, invocation: Parameters<Command["run"]>[0]) => Promise<void>,
): CommandLine {
  const root = configure(new CommandLine("berth"), terminal)
    .description("A self-hosted hub for container images and OCI artifacts.")
    .usage("<command> [options]")
    // Options are those of the last word before them: of `usage pulls`, not of `usage`.
    .enablePositionalOptions()
    .addHelpText("after", `\n${describeExitCodes()}`);
  for (const command of commands) {
    const words = command.name.split(" ");
    const name = words.pop() ?? command.name;
    const parent = words.reduce((line, word) => findOrAddGroup(line, word, groups), root);
    const line = command.describe(configure(new CommandLine(name), terminal));
    line.option("--json", "print one line of JSON for each event and result");
    line.action(async () => {
      await run(command, { operands: line.args, options: line.opts(), terminal });
    });
    parent.addCommand(line);
  }
  return root;
}

function findOrAddGroup(parent: CommandLine, word: string, groups: Program["groups"]): CommandLine {
  const known = parent.commands.find((line) => line.name() === word);
  if (known !== undefined) return known;
  const group = new CommandLine(word).copyInheritedSettings(parent);
  group.description(groups[word] ?? "").usage("<command> [options]");
  parent.addCommand(group);
  return group;
}

function configure(line: CommandLine, terminal: Terminal): CommandLine {
  return line
    .exitOverride()
    .showHelpAfterError(
      `(berth ${line.name() === "berth" ? "" : `${line.name()} `}--help says more)`,
    )
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    });
}

function explainFailure(error: unknown, terminal: Terminal): ExitReason {
  // Commander has printed its own sentence or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? "ok" : "usage";
  if (terminal.signal.aborted) return "interrupted";
  if (error instanceof z.ZodError) {
    for (const issue of error.issues) terminal.note(`berth: ${issue.message}`);
    return "usage";
  }
  if (error instanceof CommandError) return sayWhy(error, error.reason);
  if (error instanceof HubUnreachable) return sayWhy(error, "unreachable");
  if (error instanceof HubRefusal) return sayWhy(error, "failed");
  terminal.note(`berth: this is a bug: ${error instanceof Error ? error.stack : String(error)}`);
  return "failed";

  function sayWhy({ message }: Error, reason: ExitReason): ExitReason {
    terminal.note(`berth: ${message}`);
    return reason;
  }
}

function describeExitCodes(): string {
  const lines = Object.values(EXIT_CODES).map(
    ({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`,
  );
  return ["Exit codes:", ...lines].join("\n");
}
