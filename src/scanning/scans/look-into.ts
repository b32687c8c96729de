import type { ScanConflict, ScanFlaw } from "../../contract/scans.ts";
import { findConflicts } from "../conflicts/find-conflicts.ts";
import { findFlaws } from "../find-flaws.ts";
import type { Flaw } from "../flaws/flaw.ts";
import { mergeLayers } from "../inventory/merge-layers.ts";
import type { LayerReport } from "../inventory/model.ts";
import type { ImageSource } from "../sources/image-source.ts";
import type { ScanResult } from "../store/scan-result.ts";
import { instructionsOf } from "./instructions.ts";
import type { Judgement } from "./judge.ts";

/** Rows of one report: beyond that nobody reads on. */
const MOST_FLAWS = 1000;
const MOST_CONFLICTS = 1000;

/** What there is to say of an image whatever advisories say: from what was seen in its layers, from the bottom. */
export function lookInto(
  image: Pick<ImageSource, "config" | "configJson">,
  layers: readonly LayerReport[],
  now: Date,
): Omit<ScanResult, keyof Judgement> {
  const inventory = mergeLayers(layers);
  const { os, architecture, variant } = image.config;
  return {
    inventory,
    instructions: instructionsOf(image.config),
    diffIds: image.config.diffIds,
    platform: [os, architecture, variant].filter((word) => word).join("/"),
    flaws: findFlaws(image, { layers, inventory, now }).slice(0, MOST_FLAWS).map(toScanFlaw),
    conflicts: findConflicts(inventory).slice(0, MOST_CONFLICTS).map(toScanConflict),
  };
}

/** As it goes out. */
export function toScanFlaw({ id, severity, title, why, fix, detail, origin }: Flaw): ScanFlaw {
  const { path = null, line = null, layer = null, instruction = null } = origin;
  return {
    ...{ id, severity, title, why, fix },
    detail: detail ?? null,
    path,
    line,
    layer,
    instruction,
  };
}

function toScanConflict(conflict: ReturnType<typeof findConflicts>[number]): ScanConflict {
  const { type, name, version } = conflict.package;
  return { kind: conflict.kind, package: { type, name, version }, message: conflict.message };
}
