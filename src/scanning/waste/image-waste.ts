import type { z } from "zod";
import type { layersReport } from "../../contract/layers.ts";
import { readBuildSteps } from "../flaws/image-history.ts";
import type { ImageConfig } from "../sources/image-source.ts";
import { explainWaste, findWaste, type Waste } from "./layer-advice.ts";
import type { LayerListing } from "./list-layer.ts";
import { type StackedLayers, stackLayers } from "./stack-layers.ts";

export type LayersReport = z.output<typeof layersReport>;

/** What the layers of an image hide of each other: the same for each image that has the same stack of layers. */
export interface ImageWaste extends Pick<StackedLayers, "layers" | "efficiency"> {
  readonly found: readonly Waste[];
}

export function measureWaste(listings: readonly LayerListing[]): ImageWaste {
  const stacked = stackLayers(listings);
  const { layers, efficiency } = stacked;
  return { layers, efficiency, found: findWaste(stacked) };
}

/** The same, with the steps that the image says its layers were made by. */
export function reportWaste(
  image: { readonly digest: string | null; readonly config: ImageConfig },
  waste: ImageWaste,
): LayersReport {
  const steps = readBuildSteps(image.config.history);
  const layers = waste.layers.map((layer, index) => ({
    diffId: image.config.diffIds[index] ?? "",
    instruction: steps.find((step) => step.layer === index)?.instruction ?? null,
    ...layer,
  }));
  return {
    digest: image.digest,
    bytes: layers.reduce((sum, { bytes }) => sum + bytes, 0),
    hiddenBytes: layers.reduce((sum, { hiddenBytes }) => sum + hiddenBytes, 0),
    efficiency: waste.efficiency,
    layers,
    advice: waste.found.map((one) => {
      const advice = explainWaste(one, steps);
      return { ...advice, files: [...advice.files] };
    }),
  };
}
