import type { FileFlaw, FileFlawKind, LayerReport } from "../inventory/model.ts";
import { createFlaw, type Flaw, type FlawOrigin } from "./flaw.ts";
import { type BuildStep, findStep } from "./image-history.ts";
import { hideSecrets } from "./secrets/secret-names.ts";

/** Told once for each layer, with the files: one by one they would bury everything else. */
const TOGETHER: readonly FileFlawKind[] = ["setuid-file", "world-writable-file", "package-cache"];
/** These still matter where a later layer hides the file: it can be read, and takes room, all the same. */
const LASTING: ReadonlySet<FileFlawKind> = new Set([
  "secret-in-file",
  "private-file",
  "package-cache",
]);
const MOST_NAMED = 10;

interface Placed {
  readonly path: string;
  readonly layer: number;
  readonly flaw: FileFlaw;
}

interface FilesOfImage {
  readonly layers: readonly LayerReport[];
  readonly steps: readonly BuildStep[];
  /** Whether the image still shows what the layer has at the path. */
  isVisible(path: string, layer: number): boolean;
}

/** Flaws of the files of an image, with the layer and the step that brought each. */
export function findFileFlaws(image: FilesOfImage): Flaw[] {
  const placed = image.layers.flatMap(({ files }, layer) =>
    Object.entries(files).flatMap(([path, { flaws }]) =>
      (flaws ?? [])
        .filter(({ kind }) => LASTING.has(kind) || image.isVisible(path, layer))
        .map((flaw): Placed => ({ path, layer, flaw })),
    ),
  );
  const single = placed.filter(({ flaw }) => !TOGETHER.includes(flaw.kind));
  return [
    ...single.map((one) => tellSingle(one, image)),
    ...image.layers.flatMap((_, layer) =>
      TOGETHER.flatMap((kind) =>
        tellTogether(
          placed.filter((one) => one.layer === layer && one.flaw.kind === kind),
          image,
        ),
      ),
    ),
  ];
}

function tellSingle({ path, layer, flaw }: Placed, image: FilesOfImage): Flaw {
  const origin = {
    ...originOf(layer, image),
    path,
    ...(flaw.line === undefined ? {} : { line: flaw.line }),
  };
  const removed = image.isVisible(path, layer) ? "" : "removed by a later layer, still in this one";
  const detail = [flaw.detail ?? "", removed].filter((part) => part !== "").join("; ");
  return createFlaw(flaw.kind, origin, detail === "" ? undefined : detail);
}

function tellTogether(placed: readonly Placed[], image: FilesOfImage): Flaw[] {
  const [first] = placed;
  if (first === undefined) return [];
  const named = placed
    .slice(0, MOST_NAMED)
    .map(({ path, flaw }) => (flaw.detail === undefined ? path : `${path} (${flaw.detail})`));
  const more = placed.length > MOST_NAMED ? [`${placed.length - MOST_NAMED} more`] : [];
  return [
    createFlaw(first.flaw.kind, originOf(first.layer, image), [...named, ...more].join(", ")),
  ];
}

function originOf(layer: number, { steps }: FilesOfImage): FlawOrigin {
  const instruction = findStep(steps, layer);
  return { layer, ...(instruction === undefined ? {} : { instruction: hideSecrets(instruction) }) };
}
