import { parentPort } from "node:worker_threads";
import { ANALYSER_VERSION, ANALYSERS } from "../analysers.ts";
import { FLAW_ANALYSERS } from "../flaws/file-flaws.ts";
import { analyseLayer } from "../layers/analyse-layer.ts";
import type { LayerLimits } from "../layers/layer-limits.ts";
import { LayerRefused } from "../layers/layer-refused.ts";
import { compareFiles } from "../waste/compare-files.ts";
import { measureWaste } from "../waste/image-waste.ts";
import { LayerLister, type LayerListing } from "../waste/list-layer.ts";
import { packListing, unpackListing } from "../waste/packed-listing.ts";
import type { AnalysedLayer, Found, FromWorker, ToWorker } from "./worker-messages.ts";

/** Of one layer, and of an image: what is compared lies in memory at once, a few hundred bytes each. Images that people build stay far below. */
const MOST_LISTED = 200_000;
const MOST_COMPARED = 300_000;

/** The program of a worker thread: looks at one layer after another, whose bytes it asks the main thread for. */
const port = parentPort;
let receive: (bytes: Uint8Array | undefined) => void = () => undefined;

port?.on("message", (message: ToWorker) => {
  if (message.kind === "chunk") receive(message.bytes);
  else if (message.kind === "measure")
    void answer(async () => measureWaste(unpack(message.listings)));
  else if (message.kind === "compare")
    void answer(async () => compareFiles(unpack(message.from), unpack(message.to)));
  else void answer(() => analyse(message.diffId, message.limits));
});

function say(message: FromWorker): void {
  port?.postMessage(message);
}

async function answer(work: () => Promise<Found>): Promise<void> {
  try {
    say({ kind: "done", result: await work() });
  } catch (cause) {
    say(failureOf(cause));
  }
}

async function analyse(diffId: string, limits: LayerLimits): Promise<AnalysedLayer> {
  const lister = new LayerLister(MOST_LISTED);
  const analysers = [...ANALYSERS, ...FLAW_ANALYSERS];
  const analysis = { analysers, analyserVersion: ANALYSER_VERSION, limits, watcher: lister };
  const report = await analyseLayer({ diffId, open }, analysis);
  const { listing } = lister;
  return { report, listing: listing && packListing(listing) };
}

/** Of one image. */
function unpack(packed: readonly Uint8Array[]): readonly LayerListing[] {
  let entries = 0;
  return packed.map((bytes) => {
    const listing = unpackListing(bytes);
    entries += listing.entries.size;
    if (entries > MOST_COMPARED) throw new LayerRefused("TOO_MANY_ENTRIES");
    return listing;
  });
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
