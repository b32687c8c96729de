import type { Database } from "../../platform/db/index.ts";
import type { LayerReport } from "../inventory/model.ts";
import type { ReadableLayer } from "../layers/analyse-layer.ts";
import { ImageUnreadable } from "../sources/image-source.ts";
import { findLayerReport, pack, saveLayerReport } from "../store/layer-reports-store.ts";
import type { ScanningTables } from "../tables.ts";
import type { AnalysedLayer } from "../worker/worker-messages.ts";

export interface LayerReportsDeps {
  readonly database: Pick<Database<ScanningTables>, "reader" | "write">;
  readonly analyserVersion: number;
  readonly analyseLayer: (layer: ReadableLayer, signal: AbortSignal) => Promise<AnalysedLayer>;
  readonly clock: () => Date;
}

const MOST_PROVEN = 100_000;
/** Of all layers of an image together, repeated ones too: what its inventory is made of lies in memory at once. */
const MOST_PACKAGES = 1_000_000;
const MOST_PATH_CHARACTERS = 256 * 1024 * 1024;

/**
 * What is in layers, each looked at once however many images have it. Which blob unpacks to which diff id is the word of whoever made the
 * image until the blob was read to its end: a report is given for that pair only, as it would show what is in somebody else's layer, or
 * pass for a report on a layer that nobody looked into. What was proven is forgotten with the process.
 */
export class LayerReports {
  readonly #deps: LayerReportsDeps;
  /** Layers that are being looked at: several images that come together often have the same. */
  readonly #inHand = new Map<string, Promise<LayerReport>>();
  readonly #proven = new Set<string>();

  constructor(deps: LayerReportsDeps) {
    this.#deps = deps;
  }

  /** From the bottom. Throws LayerRefused, and ImageUnreadable for more than is held in memory. */
  async read(layers: readonly ReadableLayer[], signal: AbortSignal): Promise<LayerReport[]> {
    const reports: LayerReport[] = [];
    const byDiffId = new Map<string, LayerReport>();
    const sum = { packages: 0, characters: 0 };
    for (const layer of layers) {
      const before = byDiffId.get(layer.diffId);
      const isHere = before !== undefined && this.#proven.has(pairOf(layer));
      // One object for all layers of the same content, of which an image may have a thousand.
      const read = isHere ? before : await this.#readShared(layer, signal);
      const report = before ?? read;
      byDiffId.set(layer.diffId, report);
      reports.push(report);
      sum.packages += countPackages(report);
      sum.characters += report.occupied.length;
      if (sum.packages > MOST_PACKAGES || sum.characters > MOST_PATH_CHARACTERS) {
        throw new ImageUnreadable("its layers together name more packages or files than are read");
      }
    }
    return reports;
  }

  async #readShared(layer: ReadableLayer, signal: AbortSignal): Promise<LayerReport> {
    const pair = pairOf(layer);
    // Another image's scan may have been cut short: then this one's own count.
    const shared = await this.#inHand.get(pair)?.catch(() => undefined);
    if (shared !== undefined) return shared;
    const reading = this.#analyse(layer, signal);
    this.#inHand.set(pair, reading);
    try {
      return await reading;
    } finally {
      if (this.#inHand.get(pair) === reading) this.#inHand.delete(pair);
    }
  }

  async #analyse(layer: ReadableLayer, signal: AbortSignal): Promise<LayerReport> {
    const { database, analyserVersion, analyseLayer, clock } = this.#deps;
    const key = { diffId: layer.diffId, analyserVersion };
    if (this.#proven.has(pairOf(layer))) {
      const known = await findLayerReport(database.reader, key);
      if (known !== undefined) return known;
    }
    const { report, listing } = await analyseLayer(layer, signal);
    const packed = await pack(report);
    const kept = { packed, listing, now: clock() };
    await database.write((trx) => saveLayerReport(trx, report, kept));
    if (this.#proven.size >= MOST_PROVEN) this.#proven.clear();
    this.#proven.add(pairOf(layer));
    return report;
  }
}

function pairOf({ blob, diffId }: ReadableLayer): string {
  return `${blob} ${diffId}`;
}

function countPackages({ files }: LayerReport): number {
  return Object.values(files).reduce((sum, { packages }) => sum + (packages?.length ?? 0), 0);
}
