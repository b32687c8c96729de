import type { LayerReport } from "../inventory/model.ts";
import type { LayerLimits } from "../layers/layer-limits.ts";
import type { LayerRefused } from "../layers/layer-refused.ts";

/** What a worker thread is told. */
export type ToWorker =
  | { readonly kind: "analyse"; readonly diffId: string; readonly limits: LayerLimits }
  /** The next bytes of the layer; none are its end. */
  | { readonly kind: "chunk"; readonly bytes: Uint8Array | undefined };

/** What it says. It asks for each piece of the layer, so that no more than one is on its way. */
export type FromWorker =
  | { readonly kind: "open" }
  | { readonly kind: "pull" }
  | { readonly kind: "report"; readonly report: LayerReport }
  | { readonly kind: "refused"; readonly code: LayerRefused["code"]; readonly detail: string }
  | { readonly kind: "failed"; readonly reason: string };
