import { type ChildProcess, spawn } from "node:child_process";
import { getuid } from "node:process";

export interface ContainedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A program in process, mount, IPC and host name namespaces of its own. All that it starts ends with it: by a kill of the process
 * that is returned, and with the hub, however that ends. Root in it is nobody outside, unless the hub itself is root.
 */
export function spawnContained({ command, args, environment }: ContainedCommand): ChildProcess {
  const users = getuid?.() === 0 ? [] : ["--user", "--map-auto", "--map-root-user"];
  const namespaces = [...users, "--mount", "--pid", "--ipc", "--uts", "--mount-proc"];
  const ends = ["--fork", "--kill-child=KILL"];
  return spawn(
    "setpriv",
    ["--pdeathsig", "KILL", "unshare", ...namespaces, ...ends, "--", command, ...args],
    { env: { ...environment }, stdio: ["ignore", "pipe", "pipe"] },
  );
}
