import { runProgram } from "../cli/program.ts";
import { translateRegistryWords } from "../cli/registry-words.ts";
import { createTerminal } from "../cli/terminal.ts";
import { sbomCommand } from "./sbom-command.ts";

/** Commands that look at files: they start without loading a hub, which takes longer than most of their work. */
const ALONE = [sbomCommand];

const interruption = new AbortController();
// Once each: the second Ctrl-C ends the process at once, for those who will not wait for a graceful end.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interruption.abort(new Error(`stopped by ${signal}`)));
}

const words = translateRegistryWords(process.argv.slice(2));
const alone = ALONE.filter(({ name }) => name === words[0]);
const known = alone.length > 0 ? undefined : await import("./commands.ts");

process.exitCode = await runProgram(
  {
    commands: known?.COMMANDS ?? alone,
    groups: known?.COMMAND_GROUPS ?? {},
    terminal: createTerminal({
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      environment: process.env,
      signal: interruption.signal,
    }),
  },
  words,
);
