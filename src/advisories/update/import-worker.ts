import { parentPort, workerData } from "node:worker_threads";
import { importFeeds, remarksOn } from "../import-feeds.ts";
import { FeedError } from "../record.ts";
import type { ImportEnd, ImportTask } from "./import-thread.ts";

const { directory, path, format } = workerData as ImportTask;

async function work(): Promise<ImportEnd> {
  try {
    const report = await importFeeds({ directory, path, format, clock: () => new Date() });
    return { remarks: remarksOn(report) };
  } catch (cause) {
    if (cause instanceof FeedError) return { fault: cause.message };
    throw cause;
  }
}

const end = await work();
parentPort?.postMessage(end);
