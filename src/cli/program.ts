import { CommanderError, Command as CommandLine } from "commander";
import { z } from "zod";
import { HubRefusal, HubUnreachable } from "../client/hub-error.ts";
import { type Command, CommandError } from "./command.ts";
import { EXIT_CODES, type ExitReason } from "./exit-code.ts";
import { type Typed, wordFailure } from "./failure-words.ts";
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
  let typed: Typed | undefined;
  const root = buildCommandLine(program, async (command, invocation) => {
    typed = { command, invocation };
    reason = await command.run(invocation);
  });
  try {
    await root.parseAsync(asCommands(words), { from: "user" });
  } catch (error) {
    reason = explainFailure(error, program, typed);
  }
  return EXIT_CODES[reason].code;
}

/** What everybody types to see which version it is. */
function asCommands(words: readonly string[]): string[] {
  const [first, ...others] = words;
  return first === "--version" ? ["version", ...others] : [...words];
}

/** The command line as commander knows it; the generated reference is written from it. */
export function buildCommandLine(
  program: Program,
  run: (command: Command, invocation: Parameters<Command["run"]>[0]) => Promise<void>,
): CommandLine {
  const { commands, terminal } = program;
  const root = configure(new CommandLine("berth"), terminal, "")
    .description("A self-hosted hub for container images and OCI artifacts.")
    .usage("<command> [options]")
    .option("--version", "print which version this is")
    // Options are those of the last word before them: of `usage pulls`, not of `usage`.
    .enablePositionalOptions()
    .addHelpText("after", `\n${describeExitCodes()}`);
  for (const command of commands) {
    const words = command.name.split(" ");
    const name = words.pop() ?? command.name;
    const parent = words.reduce((line, word) => findOrAddGroup(line, word, program), root);
    const line = command.describe(configure(new CommandLine(name), terminal, command.name));
    line.option("--json", "print one line of JSON for each event and result");
    line.action(async () => {
      await run(command, { operands: line.args, options: line.opts(), terminal });
    });
    parent.addCommand(line);
  }
  return root;
}

function findOrAddGroup(
  parent: CommandLine,
  word: string,
  { groups, terminal }: Pick<Program, "groups" | "terminal">,
): CommandLine {
  const known = parent.commands.find((line) => line.name() === word);
  if (known !== undefined) return known;
  const path = parent.parent === null ? word : `${parent.name()} ${word}`;
  const group = configure(new CommandLine(word).copyInheritedSettings(parent), terminal, path);
  group.description(groups[word] ?? "").usage("<command> [options]");
  // The order of the capabilities that bring them tells nobody anything.
  group.configureHelp({ sortSubcommands: true });
  parent.addCommand(group);
  return group;
}

/** `path`: the words after `berth` that lead to it. */
function configure(line: CommandLine, terminal: Terminal, path: string): CommandLine {
  return line
    .exitOverride()
    .showHelpAfterError(`(berth ${path === "" ? "" : `${path} `}--help says more)`)
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    });
}

function explainFailure(
  error: unknown,
  { terminal, commands }: Program,
  typed: Typed | undefined,
): ExitReason {
  // Commander has printed its own sentence or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? "ok" : "usage";
  if (terminal.signal.aborted) return "interrupted";
  const { reason, sentences } = describeFailure(error, (refused) =>
    typed === undefined ? refused.message : wordFailure(refused, typed, commands),
  );
  for (const sentence of sentences) terminal.note(`berth: ${sentence}`);
  return reason;
}

function describeFailure(
  error: unknown,
  word: (error: HubRefusal | HubUnreachable) => string,
): { readonly reason: ExitReason; readonly sentences: readonly string[] } {
  if (error instanceof z.ZodError)
    return { reason: "usage", sentences: error.issues.map(sentenceOf) };
  if (error instanceof CommandError) return { reason: error.reason, sentences: [error.message] };
  if (error instanceof HubUnreachable) return { reason: "unreachable", sentences: [word(error)] };
  if (error instanceof HubRefusal) return { reason: "failed", sentences: [word(error)] };
  const stack = error instanceof Error ? error.stack : String(error);
  return { reason: "failed", sentences: [`this is a bug: ${stack}`] };
}

/** zod's own words do not say which option they are about; those of a command do. */
function sentenceOf({ message, path }: z.core.$ZodIssue): string {
  const [option] = path;
  if (typeof option !== "string" || !/^(?:Invalid|Expected)/.test(message)) return message;
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${message}`;
}

function describeExitCodes(): string {
  const lines = Object.values(EXIT_CODES).map(
    ({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`,
  );
  return ["Exit codes:", ...lines].join("\n");
}
