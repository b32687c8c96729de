import { spawnSync } from "node:child_process";

/** Runs a command to its end and gives what it printed; throws with what it said on stderr unless it succeeded. */
export function run(command: string, words: readonly string[], cwd?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ${words.join(" ")} failed\n${stderr ?? ""}`, { cause: error });
}
