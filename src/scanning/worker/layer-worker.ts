import { parentPort } from "node:worker_threads";
import { ANALYSER_VERSION, ANALYSERS } from "../analysers.ts";
import { FLAW_ANALYSERS } from "../flaws/file-flaws.ts";
import { analyseLayer } from "../layers/analyse-layer.ts";
import type { LayerLimits } from "../layers/layer-limits.ts";
import { LayerRefused } from "../layers/layer-refused.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

/** The program of a worker thread: looks at one layer after another, whose bytes it asks the main thread for. */
const port = parentPort;
let receive: (bytes: Uint8Array | undefined) => void = () => undefined;

port?.on("message", (message: ToWorker) => {
  if (message.kind === "chunk") receive(message.bytes);
  else void analyse(message.diffId, message.limits);
});

function say(message: FromWorker): void {
  port?.postMessage(message);
}

async function analyse(diffId: string, limits: LayerLimits): Promise<void> {
  try {
    const analysers = [...ANALYSERS, ...FLAW_ANALYSERS];
    const analysis = { analysers, analyserVersion: ANALYSER_VERSION, limits };
    say({ kind: "report", report: await analyseLayer({ diffId, open }, analysis) });
  } catch (cause) {
    say(failureOf(cause));
  }
}

function failureOf(cause: unknown): FromWorker {
  if (cause instanceof LayerRefused) {
    return { kind: "refused", code: cause.code, detail: cause.detail };
  }
  return { kind: "failed", reason: cause instanceof Error ? cause.message : String(cause) };
}

async function* open(): AsyncGenerator<Buffer, void, undefined> {
  say({ kind: "open" });
  for (;;) {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    receive = resolve;
    say({ kind: "pull" });
    const bytes = await promise;
    if (bytes === undefined) return;
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
