import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { advisoryStatus } from "../../../src/contract/advisories.ts";
import type { findingHolder, packageHolder, scanComparison } from "../../../src/contract/scans.ts";
import type { newVexDecision, vexRemark } from "../../../src/contract/vex.ts";
import { ask, withQuery } from "./ask.ts";
import { sbomPath } from "./images.ts";
import { pagesOf } from "./pages.ts";

export type ScanComparison = z.output<typeof scanComparison>;
export type VexRemark = z.output<typeof vexRemark>;
export type FindingHolder = z.output<typeof findingHolder>;
export type PackageHolder = z.output<typeof packageHolder>;
export type NewDecision = z.input<typeof newVexDecision>;

/** As much of CycloneDX as is shown. */
interface Bill {
  readonly components?: readonly Component[];
}
export interface Component {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses?: readonly {
    readonly expression?: string;
    readonly license?: { readonly id?: string; readonly name?: string };
  }[];
}

export function packagesQuery(repository: string, reference: string) {
  return queryOptions({
    queryKey: ["repository", repository, "sbom", reference],
    queryFn: ({ signal }) => ask<Bill>(`GET ${sbomPath(repository, reference)}`, { signal }),
  });
}

export function comparisonQuery(repository: string, images: { from: string; to: string }) {
  return queryOptions({
    queryKey: ["repository", repository, "comparison", images],
    queryFn: ({ signal }) =>
      ask<ScanComparison>(`GET ${withQuery(`/api/v1/scan-comparisons/${repository}`, images)}`, {
        signal,
      }),
  });
}

export const advisoriesQuery = queryOptions({
  queryKey: ["advisories"],
  queryFn: ({ signal }) =>
    ask<z.output<typeof advisoryStatus>>("GET /api/v1/advisories", { signal }),
});

/** In which images of the hub it is found, of those that the reader may pull. */
export const findingHoldersQuery = (vulnerability: string) =>
  pagesOf<FindingHolder>(["finding-holders"], "/api/v1/findings", { vulnerability });

export const packageHoldersQuery = (wish: { readonly name: string; readonly below?: string }) =>
  pagesOf<PackageHolder>(["package-holders"], "/api/v1/packages", wish);

/** Where a decision holds: in one image, or in everything that the place holds. */
export type DecisionPlace = "image" | "repository" | "namespace" | "hub";

export const decisionDeeds = {
  decide: (wish: NewDecision & { readonly place: DecisionPlace; readonly repository: string }) => {
    const { place, repository, ...body } = wish;
    const [namespace = ""] = repository.split("/", 1);
    const paths = {
      image: `repositories/${repository}`,
      repository: `repositories/${repository}`,
      namespace: `namespaces/${encodeURIComponent(namespace)}`,
      hub: "hub",
    } as const;
    return ask(`POST /api/v1/vex/${paths[place]}`, { body });
  },
  revoke: (id: string) => ask(`DELETE /api/v1/vex/decisions/${encodeURIComponent(id)}`),
  scanAgain: ({ repository, reference }: { repository: string; reference: string }) =>
    ask(`POST /api/v1/scans/${repository}`, { body: { reference } }),
};
