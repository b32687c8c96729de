import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { ciRule, ciRuleList, newCiRule } from "../../../src/contract/ci-rules.ts";
import { ask } from "./ask.ts";

export type CiRule = z.output<typeof ciRule>;

/** Of the whole hub, or an organization's and those that reach its repositories. */
export const ciRulesQuery = (organization: string | undefined) =>
  queryOptions({
    queryKey: ["ci-rules", organization],
    queryFn: ({ signal }) =>
      ask<z.output<typeof ciRuleList>>(`GET ${pathOf(organization)}`, { signal }),
  });

export function ciRuleDeedsOf(organization: string | undefined) {
  const path = pathOf(organization);
  return {
    add: (body: z.input<typeof newCiRule> & { readonly account?: string }) =>
      ask<CiRule>(`POST ${path}`, { body }),
    remove: (id: string) => ask(`DELETE ${path}/${encodeURIComponent(id)}`),
  };
}

function pathOf(organization: string | undefined): `/${string}` {
  if (organization === undefined) return "/api/v1/ci-rules";
  return `/api/v1/organizations/${encodeURIComponent(organization)}/ci-rules`;
}
