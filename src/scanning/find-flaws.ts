import type { Flaw } from "./flaws/flaw.ts";
import { findImageFlaws } from "./flaws/image-flaws.ts";
import { readBuildSteps } from "./flaws/image-history.ts";
import { findFileFlaws } from "./flaws/layer-flaws.ts";
import { createVisibility } from "./inventory/merge-layers.ts";
import type { ImageInventory, LayerReport } from "./inventory/model.ts";
import type { ImageSource } from "./sources/image-source.ts";

/** What is wrong with an image: how it is meant to run, how it was built, and what lies in its layers. */
export function findFlaws(
  image: Pick<ImageSource, "config" | "configJson">,
  known: {
    /** What FLAW_ANALYSERS said of each layer, from the bottom. */
    readonly layers: readonly LayerReport[];
    readonly inventory: Pick<ImageInventory, "distribution" | "packages">;
    readonly now: Date;
  },
): Flaw[] {
  return [
    ...findImageFlaws({ configJson: image.configJson, ...known }),
    ...findFileFlaws({
      layers: known.layers,
      steps: readBuildSteps(image.config.history),
      isVisible: createVisibility(known.layers),
    }),
  ];
}
