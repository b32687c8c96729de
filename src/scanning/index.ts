export { type DerivedAdvisories, deriveAdvisories } from "./changelogs/derive-advisories.ts";
export { createScanning, type Scanning } from "./create-scanning.ts";
export { findDockerfileFlaws } from "./flaws/dockerfile/find-dockerfile-flaws.ts";
export {
  type Instruction,
  readDockerfile,
  type Stage,
} from "./flaws/dockerfile/read-dockerfile.ts";
export { type BaseImage, chainIdsOf, findBaseImage } from "./inventory/base-image.ts";
export { proveDiffId, takeAtItsWord } from "./layers/content-proof.ts";
export { LAYER_LIMITS } from "./layers/layer-limits.ts";
export { LayerRefused } from "./layers/layer-refused.ts";
export { type TarEntry, TarWalker } from "./layers/tar-walker.ts";
export { readDockerIgnore } from "./lint/docker-ignore.ts";
export {
  LINT_RULES,
  type LintFinding,
  lintDockerfile,
  withoutSkipped,
} from "./lint/lint-dockerfile.ts";
export { lintToSarif } from "./lint/lint-sarif.ts";
export { listShellScripts } from "./lint/shell-scripts.ts";
export { createScanningTables } from "./migration-0040.ts";
export { createDecisions } from "./migration-0042.ts";
export { addTurnsAndLayers } from "./migration-0043.ts";
export { indexWaitingScans } from "./migration-0050.ts";
export { addTellingAndBills } from "./migration-0054.ts";
export { addLayerListings } from "./migration-0072.ts";
export { REPORT_FORMATS } from "./reports/formats.ts";
export { isAsBad, selectFindings } from "./reports/select.ts";
export { toFlawText, toSuppressedText } from "./reports/text.ts";
export { addFindings } from "./sbom/with-findings.ts";
export { BILL_FORMATS, writeBill } from "./sbom/write-bill.ts";
export { scanFile } from "./scan-file.ts";
export { scanInventory } from "./scan-inventory.ts";
export { addBillsDueOf } from "./scans/bills-due.ts";
export { NO_ADVISORIES_REVISION } from "./scans/judge.ts";
export { readKnownScan } from "./scans/known-scan.ts";
export { ScanAccess } from "./scans/scan-access.ts";
export { printScanStamp } from "./scans/scan-stamp.ts";
export { ImageUnreadable } from "./sources/image-source.ts";
export { openImage } from "./sources/open-image.ts";
export type { ScanningTables } from "./tables.ts";
export type { LayersReport } from "./waste/image-waste.ts";
export { lookAtFileLayers } from "./waste/look-at-layers.ts";
export { LayerWorkers } from "./worker/layer-workers.ts";
