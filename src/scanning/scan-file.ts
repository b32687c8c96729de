import { type AdvisoryIndex, findIndex } from "../advisories/index.ts";
import type { ScanReport } from "../contract/scans.ts";
import type { ImageInventory } from "./inventory/model.ts";
import type { LayerAnalysis } from "./layers/analyse-layer.ts";
import { readLayers } from "./scan-inventory.ts";
import { createJudge, NO_ADVISORIES } from "./scans/judge.ts";
import { lookInto } from "./scans/look-into.ts";
import { openImage } from "./sources/open-image.ts";
import { toReport } from "./store/scan-result.ts";

export interface FileScan {
  /** A `docker save` archive or an OCI layout. */
  readonly path: string;
  /** What to call it in the report. */
  readonly title: string;
  /** Which image, where there are several. */
  readonly name?: string | undefined;
  readonly platform: string;
  /** Where the index of advisories lies. */
  readonly advisories: string;
  readonly signal: AbortSignal;
  /** Whether the layers are those of the configuration; a file of one's own may be taken at its word. */
  readonly prove: LayerAnalysis["prove"];
}

export interface ScannedFile {
  readonly report: ScanReport;
  readonly inventory: ImageInventory;
  readonly diffIds: readonly string[];
}

/** Scans an image without a hub. Throws ImageUnreadable, LayerRefused, and IndexDamaged. */
export async function scanFile(scan: FileScan): Promise<ScannedFile> {
  const { path, name, platform, signal, prove } = scan;
  await using image = await openImage(path, { platform, ...(name === undefined ? {} : { name }) });
  const seen = lookInto(
    image,
    await readLayers(image, { signal, prove, looksForFlaws: true }),
    new Date(),
  );
  using index: AdvisoryIndex | undefined = findIndex(scan.advisories);
  const judge = index === undefined ? NO_ADVISORIES : createJudge(index);
  const report = toReport(
    { ...seen, ...judge.judge(seen.inventory, seen.instructions) },
    { image: scan.title, digest: image.digest ?? null, scannedAt: new Date() },
  );
  const { inventory, diffIds } = seen;
  return { report, inventory, diffIds };
}
