import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

const LIST_MS = 60_000;
const LINES = 5000;

/** What `tar -t` says of an archive, with sizes. It unpacks nothing. */
export async function listArchive(bytes: Buffer, path: string): Promise<string[]> {
  const compressed = /gz$/.test(path) ? ["-z"] : [];
  const child = spawn("tar", ["-tv", "--numeric-owner", ...compressed, "-f", "-"], {
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    stdio: ["pipe", "pipe", "ignore"],
    timeout: LIST_MS,
    killSignal: "SIGKILL",
  });
  const { promise: ended, resolve } = Promise.withResolvers<number | null>();
  child.once("close", resolve);
  // It says itself that it cannot start; what it does not take of the input it does not need.
  child.once("error", () => resolve(null));
  child.stdin.on("error", () => undefined);
  child.stdin.end(bytes);
  const listed = await text(child.stdout);
  if ((await ended) !== 0) return ["it is no archive that can be listed"];
  return listed.trimEnd().split("\n").slice(0, LINES);
}
