import type { Analyser, LayerReport } from "../inventory/model.ts";
import { encodePathSet, hashPath } from "../inventory/path-set.ts";
import { type ContentProof, proveDiffId } from "./content-proof.ts";
import type { LayerLimits } from "./layer-limits.ts";
import { LayerRefused } from "./layer-refused.ts";
import { LayerSurvey } from "./layer-survey.ts";
import { plainArchive } from "./plain-archive.ts";
import { type TarEntry, TarWalker, type Wanted } from "./tar-walker.ts";

/** A layer whose bytes can be read, plain or compressed; more than once, should that be needed. */
export interface ReadableLayer {
  /** What the image's configuration says is the digest of the plain archive. */
  readonly diffId: string;
  /** Digest of the bytes as they are stored, where they are stored by it. */
  readonly blob?: string;
  open(): AsyncIterable<Buffer>;
}

/** Sees all of a layer while it is read for something else. */
export interface LayerWatcher {
  visit(entry: TarEntry): void;
  /** The bytes of the plain archive, each piece after the entries that begin in it. */
  observe(chunk: Buffer): void;
}

export interface LayerAnalysis {
  readonly analysers: readonly Analyser[];
  readonly analyserVersion: number;
  readonly limits: LayerLimits;
  readonly signal?: AbortSignal;
  readonly watcher?: LayerWatcher;
  /** By the diff id, unless something else is said. */
  readonly prove?: ((diffId: string) => ContentProof) | undefined;
}

/**
 * Reads a layer once, from its first byte to its last, and says what is in it. Throws LayerRefused, and then says nothing of
 * it, if it is beyond the limits, no whole archive, or not what its diff id promises.
 */
export async function analyseLayer(
  layer: ReadableLayer,
  analysis: LayerAnalysis,
): Promise<LayerReport> {
  const { limits, watcher } = analysis;
  const deadline = performance.now() + limits.milliseconds;
  const survey = new LayerSurvey(analysis.analysers, limits);
  const occupied: number[] = [];
  const visit = (entry: TarEntry) => {
    if (entry.kind !== "directory") occupied.push(hashPath(entry.path));
    watcher?.visit(entry);
    return survey.visit(entry);
  };
  const observe = (chunk: Buffer) => watcher?.observe(chunk);
  await walkLayer(layer, { ...analysis, deadline, visit, observe });
  if (survey.missedTargets.size > 0) {
    // Content is kept by the name that it has, and some has a wanted one only by a hard link that comes after it.
    await walkLayer(layer, { ...analysis, deadline, visit: (entry) => survey.revisit(entry) });
  }
  return {
    diffId: layer.diffId,
    analyserVersion: analysis.analyserVersion,
    ...survey.report(),
    occupied: encodePathSet(occupied),
  };
}

interface Walk extends Pick<LayerAnalysis, "limits" | "signal" | "prove"> {
  /** By the clock of `performance.now`. */
  readonly deadline: number;
  readonly visit: (entry: TarEntry) => Wanted | undefined;
  readonly observe?: LayerWatcher["observe"];
}

/** Walks through a layer and proves that it is the one. Throws LayerRefused. */
export async function walkLayer(
  layer: ReadableLayer,
  { limits, signal, deadline, visit, observe, prove = proveDiffId }: Walk,
): Promise<void> {
  const walker = new TarWalker(visit, limits);
  const proof = prove(layer.diffId);
  for await (const chunk of plainArchive(layer.open(), limits)) {
    signal?.throwIfAborted();
    if (performance.now() > deadline) throw new LayerRefused("TOO_SLOW");
    proof.update(chunk);
    walker.push(chunk);
    observe?.(chunk);
  }
  walker.finish();
  proof.assert();
}
