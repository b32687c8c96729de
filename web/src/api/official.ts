import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type {
  contextDiff,
  newNote,
  newReview,
  newStatus,
  newSubmission,
  officialImages,
  publishers,
  reviewers,
  submission,
  submissionPage,
} from "../../../src/contract/official.ts";
import { ask, withQuery } from "./ask.ts";

export type OfficialImage = z.output<typeof officialImages>["items"][number];
export type Submission = z.output<typeof submission>;
export type Check = Submission["checks"][number];
export type NewSubmission = z.input<typeof newSubmission>;

type HolderList = z.output<typeof reviewers> | z.output<typeof publishers>;

const PATH = "/api/v1/official";

export const OFFICIAL_KEY = ["official"];

/** Nobody decides anything while the hub checks and builds it. */
export function isUnderWay({ state }: Pick<Submission, "state">): boolean {
  return state === "submitted" || state === "checking";
}

export const officialImagesQuery = queryOptions({
  queryKey: [...OFFICIAL_KEY, "images"],
  queryFn: ({ signal }) => ask<z.output<typeof officialImages>>(`GET ${PATH}/images`, { signal }),
});

/** One's own, or for reviewers and administrators all: the newest first. */
export const submissionsQuery = infiniteQueryOptions({
  queryKey: [...OFFICIAL_KEY, "submissions"],
  queryFn: ({ signal, pageParam: before }) =>
    ask<z.output<typeof submissionPage>>(
      `GET ${withQuery(`${PATH}/submissions`, { before, limit: 20 })}`,
      { signal },
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ next }) => next,
});

export function submissionQuery(id: string) {
  return queryOptions({
    queryKey: [...OFFICIAL_KEY, "submission", id],
    queryFn: ({ signal }) =>
      ask<Submission>(`GET ${PATH}/submissions/${encodeURIComponent(id)}`, { signal }),
  });
}

/** What the files of which it is built have that those of the published image have not, and the other way round. */
export function contextDiffQuery(id: number) {
  return queryOptions({
    queryKey: [...OFFICIAL_KEY, "diff", id],
    queryFn: ({ signal }) =>
      ask<z.output<typeof contextDiff>>(`GET ${PATH}/submissions/${id}/diff`, { signal }),
  });
}

/** Two lists of names that administrators keep. */
export type Holders = "reviewers" | "publishers";

export function holdersQuery(kind: Holders) {
  return queryOptions({
    queryKey: [...OFFICIAL_KEY, kind],
    queryFn: async ({ signal }) => {
      const { items } = await ask<HolderList>(`GET ${PATH}/${kind}`, { signal });
      return items.map((item) => ("name" in item ? item.name : item.namespace));
    },
  });
}

const one = (id: number) => `${PATH}/submissions/${id}` as const;

export const officialDeeds = {
  submit: (body: NewSubmission) => ask<Submission>(`POST ${PATH}/submissions`, { body }),
  check: (id: number) => ask(`POST ${one(id)}/check`),
  withdraw: (id: number) => ask(`POST ${one(id)}/withdraw`),
  publish: (id: number) => ask(`POST ${one(id)}/publish`),
  answer: ({ id, ...body }: z.input<typeof newNote> & { readonly id: number }) =>
    ask(`POST ${one(id)}/notes`, { body }),
  review: ({ id, ...body }: z.input<typeof newReview> & { readonly id: number }) =>
    ask(`POST ${one(id)}/reviews`, { body }),
  setStatus: ({ name, ...body }: z.input<typeof newStatus> & { readonly name: string }) =>
    ask(`PUT ${PATH}/images/${encodeURIComponent(name)}/status`, { body }),
  addHolder: ({ kind, name }: { readonly kind: Holders; readonly name: string }) =>
    ask(`PUT ${PATH}/${kind}/${encodeURIComponent(name)}`),
  removeHolder: ({ kind, name }: { readonly kind: Holders; readonly name: string }) =>
    ask(`DELETE ${PATH}/${kind}/${encodeURIComponent(name)}`),
};
