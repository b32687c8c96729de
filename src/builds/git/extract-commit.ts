import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { ignoreExportAttributes } from "./plain-attributes.ts";

const run = promisify(execFile);

/** The files of a commit of a bare repository, without its history. */
export async function extractCommit(
  path: string,
  environment: Readonly<Record<string, string>>,
  wish: {
    readonly commit: string;
    readonly into: string;
    /** Where an archive may lie meanwhile. */
    readonly archive: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { commit, into, archive, signal } = wish;
  // Not by a pipe: tar stops reading before git has written the padding at the end.
  const options = { env: environment, signal };
  await ignoreExportAttributes(path);
  const order = ["archive", "--format=tar", `--output=${archive}`, commit];
  await run("git", ["-C", path, ...order], options);
  await run("tar", ["-x", "--no-same-owner", "-f", archive, "-C", into], options);
  await rm(archive);
}
