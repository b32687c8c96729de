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

/** What it says at its end: what a person should know of the feed, or what was wrong with it. */
export type ImportEnd = { readonly remarks: readonly string[] } | { readonly fault: string };

/** Imports in a thread of its own: half a minute of work that no request of a hub waits for. */
export async function importInThread(
  task: ImportTask,
  signal: AbortSignal,
): Promise<readonly string[]> {
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
    const end = await new Promise<ImportEnd>((resolve, reject) => {
      worker.once("message", (end: ImportEnd) => resolve(end));
      worker.once("error", reject);
      worker.once("exit", () => reject(new FeedError("its import was ended before it was done")));
    });
    if ("fault" in end) throw new FeedError(end.fault);
    return end.remarks;
  } finally {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  }
}
