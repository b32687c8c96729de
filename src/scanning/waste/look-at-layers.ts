import { readBuildSteps } from "../flaws/image-history.ts";
import { LAYER_LIMITS, type LayerLimits } from "../layers/layer-limits.ts";
import { LayerRefused } from "../layers/layer-refused.ts";
import type { ImageSource } from "../sources/image-source.ts";
import { openImage } from "../sources/open-image.ts";
import { adviseOnLayers, type LayerAdvice } from "./layer-advice.ts";
import { type LayerListing, listLayer } from "./list-layer.ts";
import { stackLayers } from "./stack-layers.ts";

interface LookedAtLayer {
  readonly diffId: string;
  readonly instruction: string | null;
  readonly files: number;
  /** Of its files, unpacked. */
  readonly bytes: number;
  /** Of them, what is deleted or replaced above. */
  readonly hiddenBytes: number;
}

export interface LayersReport {
  readonly digest: string | null;
  readonly bytes: number;
  readonly hiddenBytes: number;
  /** dive's score, from 0 to 1. */
  readonly efficiency: number;
  readonly layers: readonly LookedAtLayer[];
  readonly advice: readonly LayerAdvice[];
}

export interface FileLayers {
  /** A `docker save` archive or an OCI layout. */
  readonly path: string;
  readonly name?: string | undefined;
  readonly platform: string;
  readonly signal: AbortSignal;
}

/** Looks at the layers of an image without a hub. Throws ImageUnreadable and LayerRefused. */
export async function lookAtFileLayers({ path, name, ...wish }: FileLayers): Promise<LayersReport> {
  const choice = { platform: wish.platform, ...(name === undefined ? {} : { name }) };
  await using image = await openImage(path, choice);
  return await lookAtLayers(image, { limits: LAYER_LIMITS, signal: wish.signal });
}

async function lookAtLayers(
  image: ImageSource,
  { limits, signal }: { readonly limits: LayerLimits; readonly signal: AbortSignal },
): Promise<LayersReport> {
  const listings: LayerListing[] = [];
  let entries = 0;
  for (const layer of image.layers) {
    const listing = await listLayer(layer, { limits, signal });
    // All of them are held at once: what one layer may have, all together may.
    entries += listing.entries.size;
    if (entries > limits.entries) throw new LayerRefused("TOO_MANY_ENTRIES");
    listings.push(listing);
  }
  const stacked = stackLayers(listings);
  const steps = readBuildSteps(image.config.history);
  const layers = stacked.layers.map((layer, index) => ({
    diffId: image.config.diffIds[index] ?? "",
    instruction: steps.find((step) => step.layer === index)?.instruction ?? null,
    ...layer,
  }));
  return {
    digest: image.digest ?? null,
    bytes: layers.reduce((sum, { bytes }) => sum + bytes, 0),
    hiddenBytes: layers.reduce((sum, { hiddenBytes }) => sum + hiddenBytes, 0),
    efficiency: stacked.efficiency,
    layers,
    advice: adviseOnLayers(stacked, steps),
  };
}
