import type { FastifyReply } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import {
  type CollectEvent,
  collectRequest,
  OPERATION_PATHS,
  type OperationFailure,
  type ScrubEvent,
  scrubRequest,
} from "../../contract/operations.ts";
import type { Collector } from "../collection/collector.ts";
import type { Scrubber } from "../scrubbing/scrubber.ts";

export interface OperationDeps {
  readonly collector: Collector;
  readonly scrubber: Scrubber;
  /** The scrubber's pace when the request names none. */
  readonly scrubBytesPerSecond: number;
  readonly log: Logger;
}

type Events = AsyncGenerator<CollectEvent | ScrubEvent>;

/** The operator's work on the whole hub, as streams of JSON lines; see contract/operations.ts. */
export function createOperationRoutes(deps: OperationDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { access: "operate" } as const;
    app.post(
      OPERATION_PATHS.collect,
      { config, schema: { body: collectRequest } },
      async (request, reply) => {
        const { dryRun } = request.body;
        await stream(deps, reply, (signal) => deps.collector.run({ dryRun, signal }));
        return reply;
      },
    );
    app.post(
      OPERATION_PATHS.scrub,
      { config, schema: { body: scrubRequest } },
      async (request, reply) => {
        const { bytesPerSecond = deps.scrubBytesPerSecond } = request.body;
        await stream(deps, reply, (signal) =>
          deps.scrubber.run({ bytesPerSecond, resumes: false, signal }),
        );
        return reply;
      },
    );
  };
}

/** A client that hangs up ends its run after the item at hand. */
async function stream(
  deps: OperationDeps,
  reply: FastifyReply,
  start: (signal: AbortSignal) => Events,
): Promise<void> {
  const { raw } = reply.hijack();
  const stop = new AbortController();
  raw.on("close", () => stop.abort());
  raw.writeHead(200, { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" });
  const pace = createPace();
  try {
    for await (const event of start(stop.signal)) {
      if (event.type === "progress" && !pace()) continue;
      raw.write(`${JSON.stringify(event)}\n`);
    }
  } catch (err) {
    if (!stop.signal.aborted) {
      deps.log.error({ err }, "operation failed");
      const failure: OperationFailure = {
        type: "failure",
        message: "the run ended early; the hub's log says why",
      };
      raw.write(`${JSON.stringify(failure)}\n`);
    }
  }
  raw.end();
}

const PROGRESS_MS = 500;

/** Lets one progress event through now and then: a line per blob would cost more than the blob. */
function createPace(): () => boolean {
  let last = 0;
  return () => {
    const now = performance.now();
    if (now - last < PROGRESS_MS) return false;
    last = now;
    return true;
  };
}
