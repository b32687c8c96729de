import { LAYER_LIMITS, type LayerLimits } from "../layers/layer-limits.ts";
import { LayerRefused } from "../layers/layer-refused.ts";
import type { ImageSource } from "../sources/image-source.ts";
import { openImage } from "../sources/open-image.ts";
import { type LayersReport, measureWaste, reportWaste } from "./image-waste.ts";
import { type LayerListing, listLayer } from "./list-layer.ts";

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
  return reportWaste(
    { digest: image.digest ?? null, config: image.config },
    measureWaste(listings),
  );
}
