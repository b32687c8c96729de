import type { LayerReport } from "../inventory/model.ts";
import type { LayerLimits } from "../layers/layer-limits.ts";
import type { LayerRefused } from "../layers/layer-refused.ts";
import type { FileComparison } from "../waste/compare-files.ts";
import type { ImageWaste } from "../waste/image-waste.ts";

/** What there is to know of one layer. */
export interface AnalysedLayer {
  readonly report: LayerReport;
  /** All of its files, packed; undefined if there are too many to be compared. */
  readonly listing: Uint8Array | undefined;
}

/** What a thread finds out. */
export type Found = AnalysedLayer | ImageWaste | FileComparison;

/** What a worker thread is told. */
export type ToWorker =
  | { readonly kind: "analyse"; readonly diffId: string; readonly limits: LayerLimits }
  /** Packed listings of the layers of one image, from the bottom. */
  | { readonly kind: "measure"; readonly listings: readonly Uint8Array[] }
  /** Those of two images. */
  | {
      readonly kind: "compare";
      readonly from: readonly Uint8Array[];
      readonly to: readonly Uint8Array[];
    }
  /** The next bytes of the layer; none are its end. */
  | { readonly kind: "chunk"; readonly bytes: Uint8Array | undefined };

/** What it says. It asks for each piece of the layer, so that no more than one is on its way. */
export type FromWorker =
  | { readonly kind: "open" }
  | { readonly kind: "pull" }
  | { readonly kind: "done"; readonly result: Found }
  | { readonly kind: "refused"; readonly code: LayerRefused["code"]; readonly detail: string }
  | { readonly kind: "failed"; readonly reason: string };
