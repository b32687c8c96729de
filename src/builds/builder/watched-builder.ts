import { BuildFailed } from "./build-failed.ts";
import type { BuildEvent, Builder, BuildJob, BuildLimits, BuildResult } from "./builder.ts";
import { ForeignPrograms } from "./foreign-programs.ts";
import { linkStop } from "./linked-stop.ts";
import { LogWindow } from "./log-window.ts";

/** Whoever prints that many times as much as is kept only means to fill something. */
const FLOOD = 16;

/** The limits of time and output, which hold for every builder. */
export function watchBuilds(builder: Builder): Builder {
  return {
    id: builder.id,
    needsBases: builder.needsBases === true,
    pinsBases: builder.pinsBases === true,
    watches: builder.watches === true,
    probe: () => builder.probe(),
    build: (job, tell, signal) => buildWatched(builder, { job, tell, signal }),
    clear: (folder) => builder.clear(folder),
    prune: (scope, keepBytes) => builder.prune(scope, keepBytes),
  };
}

async function buildWatched(
  builder: Builder,
  wish: {
    readonly job: BuildJob;
    readonly tell: (event: BuildEvent) => void;
    readonly signal: AbortSignal;
  },
): Promise<BuildResult> {
  const { job, tell } = wish;
  const { limits } = job;
  using stop = linkStop(wish.signal);
  const end = (why: string, isLate = false) => stop.end(new BuildFailed(why, { isLate }));
  const wall = setTimeout(() => end(describeWall(limits), true), limits.wallMs);
  const idle = setTimeout(() => end(describeIdle(limits), true), limits.idleMs);
  const window = new LogWindow(limits.logBytes, (bytes) => tell({ kind: "output", bytes }));
  let printed = 0;
  const foreign = new ForeignPrograms(job.platforms);
  try {
    return await builder.build(
      job,
      (event) => {
        if (event.kind === "step") return tell(event);
        idle.refresh();
        printed += event.bytes.length;
        foreign.read(event.bytes);
        window.write(event.bytes);
        if (printed > limits.logBytes * FLOOD)
          end(`it printed more than ${FLOOD} times ${limits.logBytes} bytes (builds.logBytes)`);
      },
      stop.signal,
    );
  } catch (cause) {
    throw foreign.explain(cause);
  } finally {
    clearTimeout(wall);
    clearTimeout(idle);
    window.end();
  }
}

function describeWall({ wallMs }: BuildLimits): string {
  return `it took longer than ${Math.round(wallMs / 1000)} seconds (builds.timeout)`;
}

function describeIdle({ idleMs }: BuildLimits): string {
  return `it printed nothing for ${Math.round(idleMs / 1000)} seconds (builds.idleTimeout)`;
}
