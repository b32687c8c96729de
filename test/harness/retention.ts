import type { SimulationEvent } from "../../src/contract/retention.ts";
import { readJsonLines } from "../../src/lib/json-lines.ts";
import { type ApiAnswer, done } from "./hub-api.ts";

type Report = Extract<SimulationEvent, { type: "report" }>;
type Ask = (request: string, body?: unknown) => Promise<ApiAnswer>;

export interface SimulatedItem {
  readonly repository: string;
  readonly tag?: string;
  readonly digest: string;
  readonly action: "keep" | "remove";
  readonly line?: number;
  readonly why: string;
  readonly bytes: number;
  readonly inForce?: "keep" | "remove";
}

/** Tries a policy out, and answers what it says. */
export async function simulateRetention(
  url: string,
  user: { readonly name: string; readonly password: string } | undefined,
  body: unknown,
) {
  const pair = `${user?.name}:${user?.password}`;
  const response = await fetch(new URL("/api/v1/retention/simulations", url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(user && { authorization: `Basic ${Buffer.from(pair).toString("base64")}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok || response.body === null)
    throw new Error(`the hub answered ${response.status}: ${await response.text()}`);
  const items: SimulatedItem[] = [];
  let report: Report | undefined;
  for await (const event of readJsonLines(response.body)) {
    const { type } = event as { type: string };
    if (type === "item") items.push(event as SimulatedItem);
    if (type === "failure") throw new Error(`the simulation failed: ${JSON.stringify(event)}`);
    if (type === "report") report = event as Report;
  }
  if (report === undefined) throw new Error("the simulation ended without a report");
  const removed = items
    .filter(({ action }) => action === "remove")
    .map(({ tag, digest }) => tag ?? digest);
  return { items, removed, report };
}

const POLL_MS = 20;

/** Begins a run, or the undoing of one, and waits for its end. */
export async function runRetention(
  ask: Ask,
  wish: { readonly undo: number } | { readonly scope: unknown; readonly [key: string]: unknown },
) {
  const path = "/api/v1/retention/runs";
  let { body } = await done(
    "undo" in wish ? ask(`POST ${path}/${wish.undo}/undo`) : ask(`POST ${path}`, wish),
  );
  while (["waiting", "running", "undoing"].includes(body.state)) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    ({ body } = await done(ask(`GET ${path}/${body.id}`)));
  }
  return body;
}
