import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { imageView } from "../../../src/contract/catalog.ts";
import type {
  imageScan,
  imageScans,
  scanFinding,
  scanReport,
} from "../../../src/contract/scans.ts";
import { ask, withQuery } from "./ask.ts";

export type ImageView = z.output<typeof imageView>;
export type ImageScan = z.output<typeof imageScan>;
export type ScanReport = z.output<typeof scanReport>;
export type ScanFinding = z.output<typeof scanFinding>;

export function imageQuery(repository: string, reference: string) {
  return queryOptions({
    queryKey: ["repository", repository, "image", reference],
    queryFn: ({ signal }) =>
      ask<ImageView>(`GET ${withQuery(`/api/v1/catalog/images/${repository}`, { reference })}`, {
        signal,
      }),
  });
}

/** Of an index one scan for each platform. */
export function scansQuery(repository: string, reference: string) {
  return queryOptions({
    queryKey: ["repository", repository, "scans", reference],
    queryFn: ({ signal }) =>
      ask<z.output<typeof imageScans>>(
        `GET ${withQuery(`/api/v1/scans/${repository}`, { reference })}`,
        { signal },
      ),
  });
}

export function sbomPath(repository: string, reference: string): `/${string}` {
  return withQuery(`/api/v1/sboms/${repository}`, { reference });
}
