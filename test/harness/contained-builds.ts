import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildJob, BuildResult } from "../../src/builds/builder/builder.ts";
import { openBuilder } from "../../src/builds/builder/open-builder.ts";
import type { RepositoryId } from "../../src/repositories/index.ts";
import { ensureBuildUser } from "./build-user.ts";
import { makeTempDirectory } from "./temp-directory.ts";

export const MIB = 1024 * 1024;
export const LIMITS = {
  ...{ memoryBytes: 256 * MIB, cpus: 2, processes: 300, diskBytes: 100 * MIB },
  ...{ wallMs: 90_000, idleMs: 90_000, logBytes: MIB },
};
export const BUSY = '"/bin/busybox"';
export const BASE = ["FROM scratch", "COPY busybox /bin/busybox"];

/** A line that runs a script of busybox's shell. */
export const sh = (script: string, flags = "") =>
  `RUN ${flags}[${BUSY}, "sh", "-c", ${JSON.stringify(script)}]`;

export interface Ended {
  readonly log: string;
  readonly result: BuildResult | undefined;
  readonly error: (Error & { exitCode?: number }) | undefined;
  readonly folder: string;
}

type Wish = Partial<BuildJob> & {
  readonly stop?: AbortController;
  readonly by?: ReturnType<typeof openBuilder>;
};

export interface ContainedBuilds extends AsyncDisposable {
  readonly home: string;
  /** Where it keeps its store. */
  readonly data: string;
  /** Builds a Dockerfile; an error is an answer here. */
  readonly build: (lines: readonly string[], change?: Wish) => Promise<Ended>;
}

/** The builder of this machine, with a store of its own. */
export async function openContainedBuilds(): Promise<ContainedBuilds> {
  await ensureBuildUser();
  const folder = await makeTempDirectory("contained");
  const home = folder.path;
  const data = join(home, "data");
  const builder = openBuilder("buildah", { data, address: undefined, tls: undefined });
  let nextBuild = 0;
  return {
    ...{ home, data, build },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };

  async function build(lines: readonly string[], change: Wish = {}): Promise<Ended> {
    nextBuild += 1;
    const folder = join(home, String(nextBuild));
    const [source, work] = [join(folder, "source"), join(folder, "work")];
    await mkdir(source, { recursive: true });
    await mkdir(work);
    await copyFile("/bin/busybox", join(source, "busybox"));
    await writeFile(join(source, "Dockerfile"), `${lines.join("\n")}\n`);
    const { stop = new AbortController(), by = builder, ...job } = change;
    let log = "";
    const ended = await by
      .build(
        {
          ...{ source, context: ".", dockerfile: "Dockerfile", dockerfileText: undefined, work },
          ...{ target: undefined, args: {}, secrets: [], platforms: [], bases: [], limits: LIMITS },
          ...{ cache: { repository: 1 as RepositoryId, isTrusted: true }, network: "filtered" },
          ...job,
        },
        (event) => {
          if (event.kind === "output") log += event.bytes.toString();
        },
        stop.signal,
      )
      .then(
        (result) => ({ result, error: undefined }),
        (error: Error) => ({ result: undefined, error }),
      );
    return { ...ended, log, folder };
  }
}
