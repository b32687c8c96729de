import { mkdir, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Builder } from "../builder/builder.ts";
import { AgentHub } from "./agent-hub.ts";
import { HubSaysNo } from "./hub-says-no.ts";
import { type AgentParts, openMemory, runJob } from "./run-job.ts";

const FIRST_AGAIN_MS = 500;
const LAST_AGAIN_MS = 15_000;

export interface AgentOptions {
  readonly url: URL;
  readonly token: string;
  readonly builder: Builder;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** Fetches builds and does them, one after the other, until it is stopped. Throws HubSaysNo when it may not. */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { url, token, builder, folder, signal, print } = options;
  const memory = await openMemory(folder);
  // What an agent before left when it was killed.
  await builder.clear(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await using hub = new AgentHub(url, token);
  try {
    await serve({ hub, builder, folder, memory }, { signal, print });
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    await rm(memory, { recursive: true, force: true });
  }
}

async function serve(
  parts: AgentParts,
  { signal, print }: Pick<AgentOptions, "signal" | "print">,
): Promise<void> {
  let againMs = FIRST_AGAIN_MS;
  while (!signal.aborted) {
    try {
      await serveOnce(parts, signal, print);
      againMs = FIRST_AGAIN_MS;
    } catch (cause) {
      if (signal.aborted || cause instanceof HubSaysNo) throw cause;
      print(`trying again: ${cause instanceof Error ? cause.message : String(cause)}`);
      await delay(againMs, undefined, { signal }).catch(() => undefined);
      againMs = Math.min(2 * againMs, LAST_AGAIN_MS);
    }
  }
}

async function serveOnce(
  parts: AgentParts,
  signal: AbortSignal,
  print: AgentOptions["print"],
): Promise<void> {
  const job = await parts.hub.claim(signal);
  if (job === undefined) return;
  print(`building ${job.dockerfile} (${job.id})`);
  print(`${job.id} ${await runJob(parts, job, signal)}`);
}
