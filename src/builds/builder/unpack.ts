import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** An archive that a builder has made; GNU tar keeps all of it within the folder. */
export async function unpack(archive: string, folder: string, signal: AbortSignal): Promise<void> {
  await mkdir(folder, { recursive: true });
  await run("tar", ["-x", "--no-same-owner", "-f", archive, "-C", folder], {
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" },
    signal,
  });
}
