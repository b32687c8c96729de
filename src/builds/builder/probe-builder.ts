import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildImage, removeByBuilder } from "./buildah.ts";

export interface BuilderCheck {
  readonly name: string;
  readonly isFine: boolean;
  readonly detail: string;
}

const run = promisify(execFile);
const TRIAL_MS = 60_000;

/** What builds need, and a build of one file from nothing. */
export async function probeBuilder(): Promise<BuilderCheck[]> {
  const checks = await Promise.all(
    ["git", "buildah", "setpriv", "unshare", "tar"].map((name) =>
      check(name, async () => {
        const { stdout } = await run(name, ["--version"]);
        return stdout.split("\n")[0] ?? "";
      }),
    ),
  );
  if (!checks.every(({ isFine }) => isFine)) return checks;
  return [...checks, await check("a build", tryBuild)];
}

async function check(name: string, work: () => Promise<string>): Promise<BuilderCheck> {
  try {
    return { name, isFine: true, detail: await work() };
  } catch (cause) {
    return { name, isFine: false, detail: cause instanceof Error ? cause.message : String(cause) };
  }
}

async function tryBuild(): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), "berth-builder-"));
  const source = join(work, "source");
  let printed = "";
  try {
    await mkdir(source);
    await writeFile(join(source, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
    await buildImage({
      ...{ source, work, context: ".", dockerfile: "Dockerfile", store: join(work, "store") },
      ...{ caching: false, plainRegistry: undefined, signal: AbortSignal.timeout(TRIAL_MS) },
      onOutput: (bytes) => {
        printed += bytes.toString("utf8");
      },
    });
    return "an image of one file was built";
  } catch (cause) {
    const last = printed.trim().split("\n").at(-1) ?? "";
    throw new Error(last === "" && cause instanceof Error ? cause.message : last, { cause });
  } finally {
    await removeByBuilder(work);
  }
}
