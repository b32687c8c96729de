import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { account, accountChange, newAccount } from "../../../src/contract/accounts.ts";
import type { CollectEvent } from "../../../src/contract/operations.ts";
import { ask, asProblem, parse, send } from "./ask.ts";
import { HubError } from "./hub-error.ts";
import { pagesOf } from "./pages.ts";
import { stream } from "./stream.ts";

export type User = z.output<typeof account>;
export type CollectReport = Extract<CollectEvent, { type: "report" }>;

interface Readiness {
  readonly status: "ready" | "not ready";
  readonly checks: Readonly<Record<string, "ok" | "failed">>;
}

const ASK_AGAIN_MS = 5000;

const NOT_READY = 503;

/** What the hub says of itself to those who run it. */
export const readinessQuery = queryOptions({
  queryKey: ["readiness"],
  queryFn: ({ signal }) => readReadiness(signal),
  // Asked again and again: it is what a prober asks, each time tried out anew, and a hub that is not ready may tell nobody.
  refetchInterval: ASK_AGAIN_MS,
});

/** A hub that is not ready answers 503, and which check failed is the answer. */
async function readReadiness(signal: AbortSignal): Promise<Readiness> {
  const response = await send("/readyz", { signal });
  const answer = parse(await response.text());
  if (!response.ok && response.status !== NOT_READY)
    throw new HubError(asProblem(answer, response));
  return answer as Readiness;
}

export const usersQuery = pagesOf<User>(["users"], "/api/v1/users");

/** What administrators do. */
export const adminDeeds = {
  createUser: (body: z.input<typeof newAccount>) => ask<User>("POST /api/v1/users", { body }),
  changeUser: ({ name, ...body }: z.input<typeof accountChange> & { readonly name: string }) =>
    ask<User>(`PATCH /api/v1/users/${encodeURIComponent(name)}`, { body }),
  collect,
};

/** Throws HubError with the hub's sentence when it ends early, and AbortError when it is stopped. */
async function collect(wish: {
  readonly dryRun: boolean;
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}): Promise<CollectReport> {
  const { dryRun, onProgress, signal } = wish;
  let report: CollectReport | undefined;
  let failure = "";
  const take = (event: CollectEvent) => {
    if (event.type === "progress") onProgress(event.done);
    if (event.type === "report") report = event;
    if (event.type === "failure") failure = event.message;
  };
  await stream<CollectEvent>("/api/v1/operations/collect", { body: { dryRun }, signal }, take);
  if (report === undefined)
    throw new HubError({ type: "about:blank", status: 500, title: failure });
  return report;
}
