import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import type { z } from "zod";
import type { hubView } from "../../../src/contract/catalog.ts";
import { ask } from "./ask.ts";

export type HubView = z.output<typeof hubView>;

/** The hub, and who looks at it. Every page has it before it is shown. */
export const hubQuery = queryOptions({
  queryKey: ["hub"],
  queryFn: ({ signal }) => ask<HubView>("GET /api/v1/hub", { signal }),
  // Whoever comes back to a tab may have come or gone in another.
  refetchOnWindowFocus: "always",
});

export function useHub(): HubView {
  return useSuspenseQuery(hubQuery).data;
}
