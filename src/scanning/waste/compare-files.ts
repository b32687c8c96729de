import type { z } from "zod";
import type { fileComparison } from "../../contract/layers.ts";
import type { LayerListing } from "./list-layer.ts";
import { type LayerFile, stackLayers } from "./stack-layers.ts";

export type FileComparison = z.output<typeof fileComparison>;
type Side = readonly LayerListing[];
type Changes = FileComparison["added"];

/** Of each kind: nobody reads more, and all are counted. */
const MOST_SHOWN = 500;

/**
 * Which files one image has that the other has not, or has otherwise, as they are when they are unpacked: those of which most
 * bytes came or went first. Directories, links and devices are not compared.
 */
export function compareFiles(from: Side, to: Side): FileComparison {
  const [before, after] = [filesOf(from), filesOf(to)];
  const added: Changes["files"] = [];
  const removed: Changes["files"] = [];
  const changed: FileComparison["changed"]["files"] = [];
  for (const [path, file] of after) {
    const old = before.get(path);
    if (old === undefined) added.push({ path, bytes: file.content.bytes });
    else if (isOtherwise(old, file)) {
      changed.push({ path, from: describe(old), to: describe(file) });
    }
  }
  for (const [path, { content }] of before) {
    if (!after.has(path)) removed.push({ path, bytes: content.bytes });
  }
  const growth = (one: (typeof changed)[number]) => Math.abs(one.to.bytes - one.from.bytes);
  return {
    added: cut(added, ({ bytes }) => bytes),
    removed: cut(removed, ({ bytes }) => bytes),
    changed: cut(changed, growth),
  };
}

function filesOf(side: Side): ReadonlyMap<string, LayerFile> {
  return new Map(stackLayers(side).visible.map((file) => [file.path, file]));
}

/** Of a sparse file no hash is known: of two with as many bytes nobody can say more. */
function isOtherwise(before: LayerFile, after: LayerFile): boolean {
  if (before.mode !== after.mode || before.content.bytes !== after.content.bytes) return true;
  const [old, fresh] = [before.content.hash, after.content.hash];
  return old !== undefined && fresh !== undefined && old !== fresh;
}

function describe({ mode, content }: LayerFile) {
  return { bytes: content.bytes, mode: (mode & 0o7777).toString(8).padStart(4, "0") };
}

function cut<File extends { readonly path: string }>(
  files: readonly File[],
  weigh: (file: File) => number,
): { count: number; files: File[] } {
  const sorted = files.toSorted(
    (one, other) => weigh(other) - weigh(one) || (one.path < other.path ? -1 : 1),
  );
  return { count: files.length, files: sorted.slice(0, MOST_SHOWN) };
}
