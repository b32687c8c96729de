import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { COMPILE_CACHE } from "./compile-cache.ts";

export type CommandOptions = {
  readonly cwd?: string;
  /** Replaces the whole environment except PATH, so that no test depends on who runs it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
};

export type Finished = {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, for messages that tools print to either. */
  readonly output: string;
};

export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

/** Runs a command to its end and gives its output; throws with all it said unless it succeeded. */
export async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  const finished = await attempt(command, args, options);
  if (finished.exitCode === 0) return finished;
  throw new CommandFailed(
    `${command} ${args.join(" ")} ended with ${finished.exitCode}\n${finished.output}`,
  );
}

/** Runs a command to its end whatever its exit code. */
export async function attempt(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, LANG: "C.UTF-8", ...COMPILE_CACHE, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs ?? 60_000,
    killSignal: "SIGKILL",
  });
  // A command that ends before reading its input closes the pipe; its exit code is what counts.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input);
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    exitCodeOf(child),
  ]);
  return { exitCode, stdout, stderr, output: stdout + stderr };
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? (signal === null ? 1 : 137)));
  });
}
