export { type BaseImage, chainIdsOf, findBaseImage } from "./inventory/base-image.ts";
export { LAYER_LIMITS } from "./layers/layer-limits.ts";
export { LayerRefused } from "./layers/layer-refused.ts";
export { BILL_FORMATS, writeBill } from "./sbom/write-bill.ts";
export { scanInventory } from "./scan-inventory.ts";
export { ImageUnreadable } from "./sources/image-source.ts";
export { openImage } from "./sources/open-image.ts";
export { LayerWorkers } from "./worker/layer-workers.ts";
