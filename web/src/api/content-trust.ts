import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { repositoryTrust } from "../../../src/contract/content-trust.ts";
import { ask, withQuery } from "./ask.ts";

type RepositoryTrust = z.output<typeof repositoryTrust>;
export type TrustCollection = RepositoryTrust["items"][number];

const PATH = "/api/v1/content-trust";

export function contentTrustQuery(repository: string) {
  return queryOptions({
    queryKey: ["repository", repository, "content-trust"],
    queryFn: ({ signal }) => ask<RepositoryTrust>(`GET ${PATH}/${repository}`, { signal }),
  });
}

export const trustDeeds = {
  reset: ({ repository, gun }: { readonly repository: string; readonly gun: string }) =>
    ask(`DELETE ${withQuery(`${PATH}/${repository}`, { gun })}`),
};
