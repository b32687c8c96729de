import { PassThrough } from "node:stream";
import type { Command as CommandLine } from "commander";
import { COMMAND_GROUPS, COMMANDS } from "../../src/app/commands.ts";
import { EXIT_CODES } from "../../src/cli/exit-code.ts";
import { buildCommandLine } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";

/** The reference of `berth`, from the same description that --help prints. */
export function renderCommands(): string {
  const nowhere = new PassThrough();
  const terminal = createTerminal({
    stdin: nowhere,
    stdout: nowhere,
    stderr: nowhere,
    environment: {},
    signal: new AbortController().signal,
  });
  const root = buildCommandLine(
    { commands: COMMANDS, groups: COMMAND_GROUPS, terminal },
    async () => undefined,
  );
  const codes = Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  return [
    "# The berth command",
    "In a clone it is `./bin/berth`, which installs and builds what is missing; in the container image it is `berth`.",
    "With `--json` a command prints one line of JSON for each event and result on stdout, whatever it says to people goes to stderr.",
    ...listLeaves(root).map(renderCommand),
    "## Exit codes",
    ["| code | meaning |", "|---|---|", ...codes].join("\n"),
  ].join("\n\n");
}

function listLeaves(line: CommandLine): CommandLine[] {
  return line.commands.length === 0 ? [line] : line.commands.flatMap(listLeaves);
}

function renderCommand(line: CommandLine): string {
  const help = line.createHelp();
  const described = [...help.visibleArguments(line), ...help.visibleOptions(line)].map((entry) => {
    const term = "flags" in entry ? entry.flags : entry.name();
    return `| \`${term}\` | ${entry.description.replaceAll("|", "\\|")} |`;
  });
  return [
    `## ${help.commandUsage(line).replace(/ \[options\].*/, "")}`,
    line.description() || asSentence(line.summary()),
    `\`\`\`\n${help.commandUsage(line)}\n\`\`\``,
    ["| | |", "|---|---|", ...described].join("\n"),
  ].join("\n\n");
}

function asSentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
