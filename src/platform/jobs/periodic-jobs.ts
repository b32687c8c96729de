import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";

const LONGEST_RETRY_MS = 60_000;

export interface PeriodicJob {
  readonly name: string;
  readonly everyMs: number;
  /** How long after the start the first run begins; at once by default. */
  readonly afterMs?: number;
  /** Should end soon after `signal` is aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** Runs each job again and again, one run at a time, until disposed; a run that fails is logged and tried again. */
export function startPeriodicJobs(
  jobs: readonly PeriodicJob[],
  deps: { log: Logger },
): AsyncDisposable {
  const stop = new AbortController();
  const loops = jobs.map((job) => loop(job, { ...deps, signal: stop.signal }));
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(loops);
    },
  };
}

async function loop(job: PeriodicJob, deps: { log: Logger; signal: AbortSignal }): Promise<void> {
  const { log, signal } = deps;
  await pause(job.afterMs ?? 0, signal);
  for (let failures = 0; !signal.aborted; ) {
    try {
      await job.run(signal);
      failures = 0;
    } catch (err) {
      failures += 1;
      if (!signal.aborted) log.error({ err, job: job.name, failures }, "background job failed");
    }
    await pause(delayAfter(job, failures), signal);
  }
}

/** A job that keeps failing, on a full disk for example, is tried less and less often, but at least once a minute. */
function delayAfter({ everyMs }: PeriodicJob, failures: number): number {
  return Math.max(everyMs, Math.min(everyMs * 2 ** failures, LONGEST_RETRY_MS));
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds === 0) return;
  // Waiting ends early, by a rejection, when the hub stops.
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
