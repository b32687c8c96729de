import { runProgram } from "../cli/program.ts";
import { translateRegistryWords } from "../cli/registry-words.ts";
import { createTerminal } from "../cli/terminal.ts";
import { COMMAND_GROUPS, COMMANDS } from "./commands.ts";

const interruption = new AbortController();
// Once each: the second Ctrl-C ends the process at once, for those who will not wait for a graceful end.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interruption.abort(new Error(`stopped by ${signal}`)));
}

process.exitCode = await runProgram(
  {
    commands: COMMANDS,
    groups: COMMAND_GROUPS,
    terminal: createTerminal({
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      environment: process.env,
      signal: interruption.signal,
    }),
  },
  translateRegistryWords(process.argv.slice(2)),
);
