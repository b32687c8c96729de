import { ANALYSER_VERSION, ANALYSERS } from "./analysers.ts";
import { FLAW_ANALYSERS } from "./flaws/file-flaws.ts";
import { mergeLayers } from "./inventory/merge-layers.ts";
import type { ImageInventory, LayerReport } from "./inventory/model.ts";
import { analyseLayer, type LayerAnalysis } from "./layers/analyse-layer.ts";
import { LAYER_LIMITS } from "./layers/layer-limits.ts";
import type { ImageSource } from "./sources/image-source.ts";

type ReadOptions = Pick<LayerAnalysis, "signal" | "prove">;

/** Looks at each layer of an image and says what the image holds. */
export async function scanInventory(
  image: ImageSource,
  options: ReadOptions,
): Promise<ImageInventory> {
  return mergeLayers(await readLayers(image, options));
}

/** Looks at each layer, from the bottom; for flaws as well it takes several times as long. */
export async function readLayers(
  { layers }: ImageSource,
  { looksForFlaws = false, ...options }: ReadOptions & { readonly looksForFlaws?: boolean },
): Promise<LayerReport[]> {
  const analysers = looksForFlaws ? [...ANALYSERS, ...FLAW_ANALYSERS] : ANALYSERS;
  const analysis = { analysers, analyserVersion: ANALYSER_VERSION, limits: LAYER_LIMITS };
  const reports: LayerReport[] = [];
  for (const layer of layers) {
    reports.push(await analyseLayer(layer, { ...analysis, ...options }));
  }
  return reports;
}
