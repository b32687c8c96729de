import { ANALYSER_VERSION, ANALYSERS } from "./analysers.ts";
import { mergeLayers } from "./inventory/merge-layers.ts";
import type { ImageInventory, LayerReport } from "./inventory/model.ts";
import { analyseLayer } from "./layers/analyse-layer.ts";
import { LAYER_LIMITS } from "./layers/layer-limits.ts";
import type { ImageSource } from "./sources/image-source.ts";

/** Looks at each layer of an image and says what the image holds. */
export async function scanInventory(
  image: ImageSource,
  options: { readonly signal?: AbortSignal },
): Promise<ImageInventory> {
  const reports: LayerReport[] = [];
  for (const layer of image.layers) {
    reports.push(
      await analyseLayer(layer, {
        analysers: ANALYSERS,
        analyserVersion: ANALYSER_VERSION,
        limits: LAYER_LIMITS,
        ...options,
      }),
    );
  }
  return mergeLayers(reports);
}
