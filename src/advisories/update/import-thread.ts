import { Worker } from "node:worker_threads";
import { FeedError } from "../record.ts";

/** The program has the same name in a clone and in a build, but for what it ends with. */
const PROGRAM = new URL(
  import.meta.url.endsWith(".ts") ? "./import-worker.ts" : "./import-worker.js",
  import.meta.url,
);

const MEGABYTES = 1024;

/** What the thread is told to do. */
export interface ImportTask {
  readonly directory: string;
  readonly path: string;
  readonly format: string | undefined;
}

/** What it says at its end: nothing, or what was wrong with the feed. */
export interface ImportEnd {
  readonly fault?: string;
}

/** Imports in a thread of its own: half a minute of work that no request of a hub waits for. */
export async function importInThread(task: ImportTask, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const worker = new Worker(PROGRAM, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: MEGABYTES },
    env: {},
    execArgv: [],
  });
  const stop = () => void worker.terminate();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const { fault } = await new Promise<ImportEnd>((resolve, reject) => {
      worker.once("message", (end: ImportEnd) => resolve(end));
      worker.once("error", reject);
      worker.once("exit", () => reject(new FeedError("its import was ended before it was done")));
    });
    if (fault !== undefined) throw new FeedError(fault);
  } finally {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  }
}
