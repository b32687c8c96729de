import { z } from "zod";
import { comparisonQuery, scanQuery } from "./scans.ts";

export const FILE_COMPARISONS_PATH = "/api/v1/file-comparisons";
export const LAYERS_PATH = "/api/v1/layers";

export const layersQuery = scanQuery;

const layer = z.object({
  diffId: z.string().describe("Digest of the plain archive"),
  instruction: z.string().nullable().describe("The step that made it, as far as the image says"),
  files: z.int().nonnegative(),
  bytes: z.int().nonnegative().describe("Of its files, unpacked; names of one file count once"),
  hiddenBytes: z.int().nonnegative().describe("Of them, what a layer above deletes or replaces"),
});

const layerAdvice = z.object({
  id: z.string().describe("The rule"),
  bytes: z.int().nonnegative(),
  title: z.string(),
  why: z.string(),
  how: z.string(),
  layer: z.int().nonnegative().describe("The one to change, from 0 at the bottom"),
  instruction: z.string().nullable(),
  files: z.array(z.string()).describe("The largest"),
  fileCount: z.int().nonnegative(),
  patch: z.string().nullable().describe("Lines of the Dockerfile as they are and as they could be"),
});

export const layersReport = z.object({
  digest: z.string().nullable(),
  bytes: z.int().nonnegative(),
  hiddenBytes: z.int().nonnegative(),
  efficiency: z.number().describe("dive's score, from 0 to 1"),
  layers: z.array(layer),
  advice: z.array(layerAdvice).describe("The largest first"),
});

const imageLayers = z.object({
  digest: z.string(),
  platform: z.string().nullable(),
  state: z.enum(["waiting", "done", "failed", "nothing"]).describe("Of its scan"),
  reason: z.string().nullable().describe("Why there is no report"),
  report: layersReport.nullable(),
});

export const fileComparisonQuery = comparisonQuery;

const changedFile = z.object({
  bytes: z.int().nonnegative(),
  mode: z.string().describe("As chmod takes it, such as 0755"),
});
const manyFiles = z.object({
  count: z.int().nonnegative(),
  files: z
    .array(z.object({ path: z.string(), bytes: z.int().nonnegative() }))
    .describe("The 500 largest"),
});

export const fileComparison = z.object({
  added: manyFiles,
  removed: manyFiles,
  changed: z.object({
    count: z.int().nonnegative(),
    files: z
      .array(z.object({ path: z.string(), from: changedFile, to: changedFile }))
      .describe("500 at most, by how much they grew or shrank"),
  }),
});

export const layersOfImages = z.object({ image: z.string(), images: z.array(imageLayers) });
