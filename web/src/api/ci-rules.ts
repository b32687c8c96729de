import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { ciRule, ciRuleList } from "../../../src/contract/ci-rules.ts";
import { ask } from "./ask.ts";

export type CiRule = z.output<typeof ciRule>;

/** Of the whole hub, or those that reach an organization's repositories. */
export const ciRulesQuery = (organization: string | undefined) =>
  queryOptions({
    queryKey: ["ci-rules", organization],
    queryFn: ({ signal }) =>
      ask<z.output<typeof ciRuleList>>(`GET ${pathOf(organization)}`, { signal }),
  });

function pathOf(organization: string | undefined): `/${string}` {
  if (organization === undefined) return "/api/v1/ci-rules";
  return `/api/v1/organizations/${encodeURIComponent(organization)}/ci-rules`;
}
