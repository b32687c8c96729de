import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { fileComparison, layersOfImages, layersReport } from "../../../src/contract/layers.ts";
import { ask, withQuery } from "./ask.ts";

export type LayersReport = z.output<typeof layersReport>;
export type FileComparison = z.output<typeof fileComparison>;
export type LayerAdvice = LayersReport["advice"][number];

/** What each layer of an image holds that nobody sees, and what to do about it. */
export function layersQuery(repository: string, reference: string) {
  return queryOptions({
    queryKey: ["repository", repository, "layers", reference],
    queryFn: ({ signal }) =>
      ask<z.output<typeof layersOfImages>>(
        `GET ${withQuery(`/api/v1/layers/${repository}`, { reference })}`,
        { signal },
      ),
  });
}

/** Files of two images, by their digests. */
export function filesQuery(repository: string, images: { from: string; to: string }) {
  return queryOptions({
    queryKey: ["repository", repository, "files", images],
    queryFn: ({ signal }) =>
      ask<FileComparison>(`GET ${withQuery(`/api/v1/file-comparisons/${repository}`, images)}`, {
        signal,
      }),
  });
}
