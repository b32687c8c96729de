import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Builder, BuilderCheck } from "./builder.ts";
import { makeTinyProgram } from "./tiny-program.ts";

const run = promisify(execFile);
const TRIAL_MS = 60_000;
const MIB = 1024 * 1024;
export const TRIAL_LIMITS = {
  ...{ memoryBytes: 512 * MIB, cpus: 1, processes: 512, diskBytes: 512 * MIB },
  ...{ wallMs: TRIAL_MS, idleMs: TRIAL_MS, logBytes: MIB },
};

/** Programs that builds need. */
export async function checkTools(names: readonly string[]): Promise<BuilderCheck[]> {
  return await Promise.all(
    names.map((name) =>
      check(name, async () => {
        const { stdout } = await run(name, ["--version"]);
        return stdout.split("\n")[0] ?? "";
      }),
    ),
  );
}

/** A build of one file from nothing. */
export async function checkBuild(builder: Pick<Builder, "build" | "clear">): Promise<BuilderCheck> {
  return await check("a build", () => tryBuild(builder));
}

/** What throws is missing, and says why. */
export async function check(name: string, work: () => Promise<string>): Promise<BuilderCheck> {
  try {
    return { name, isFine: true, detail: await work() };
  } catch (cause) {
    return { name, isFine: false, detail: cause instanceof Error ? cause.message : String(cause) };
  }
}

async function tryBuild(builder: Pick<Builder, "build" | "clear">): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "berth-builder-"));
  const source = join(folder, "source");
  const work = join(folder, "work");
  let printed = "";
  try {
    await mkdir(source);
    await mkdir(work);
    const program = makeTinyProgram();
    if (program !== undefined) await writeFile(join(source, "try"), program, { mode: 0o755 });
    const lines = program === undefined ? ["COPY Dockerfile /"] : ["COPY try /try", 'RUN ["/try"]'];
    await writeFile(join(source, "Dockerfile"), ["FROM scratch", ...lines, ""].join("\n"));
    await builder.build(
      {
        ...{ source, context: ".", dockerfile: "Dockerfile", target: undefined, work },
        ...{ dockerfileText: undefined },
        ...{ args: {}, secrets: [], platforms: [], bases: [], cache: undefined },
        ...{ network: "filtered", limits: TRIAL_LIMITS },
      },
      (event) => {
        if (event.kind === "output") printed += event.bytes.toString("utf8");
      },
      AbortSignal.timeout(TRIAL_MS),
    );
    return "an image of one file was built, and its program was run";
  } catch (cause) {
    const last = printed.trim().split("\n").at(-1) ?? "";
    throw new Error(last === "" && cause instanceof Error ? cause.message : last, { cause });
  } finally {
    await builder.clear(folder);
  }
}
