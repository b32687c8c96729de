import { join } from "node:path";
import type { Logger } from "pino";
import { importInThread, updateFeeds } from "../advisories/index.ts";
import type { Config } from "../platform/config/index.ts";
import { DataInUseError, lockData } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import { createFeedClient } from "./feed-client.ts";

export interface AdvisoryUpdates extends AsyncDisposable {
  readonly jobs: readonly PeriodicJob[];
}

/** So that a hub that starts does what it is there for first. */
const AFTER_MS = 60_000;

/** Fetches the feeds that the configuration names, now and then; without any, nothing. */
export function composeAdvisories(options: {
  readonly data: string;
  readonly advisories?: Config["advisories"];
  readonly outboundAllow: readonly string[];
  readonly clock: () => Date;
  readonly log: Logger;
}): AdvisoryUpdates {
  if (options.advisories === undefined || options.advisories.feeds.length === 0)
    return { jobs: [], [Symbol.asyncDispose]: async () => undefined };
  const { feeds, every, timeout, ...settings } = options.advisories;
  const client = createFeedClient(options.outboundAllow);
  const directory = join(options.data, "advisories");
  const update = async (signal: AbortSignal) => {
    using _lock = await lockData(directory, "import");
    const outcomes = await updateFeeds({
      ...settings,
      ...{ directory, feeds, signal, timeoutMs: timeout, open: client.open, clock: options.clock },
      bringIn: (path, format) => importInThread({ directory, path, format }, signal),
    });
    for (const { name, outcome, reason, remarks = [] } of outcomes) {
      for (const remark of remarks)
        options.log.warn({ feed: name, remark }, "a feed was taken that is not as it should be");
      if (outcome === "failed")
        options.log.error(
          { feed: name, reason },
          "a feed was not taken; what was there is in force",
        );
      else options.log.info({ feed: name, outcome }, "a feed of advisories was asked for");
    }
  };
  const job: PeriodicJob = {
    name: "update advisories",
    everyMs: every,
    afterMs: AFTER_MS,
    run: async (signal) => {
      try {
        await update(signal);
      } catch (cause) {
        // Somebody imports at this moment: the next turn is soon enough.
        if (!(cause instanceof DataInUseError)) throw cause;
      }
    },
  };
  return {
    jobs: [job],
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
