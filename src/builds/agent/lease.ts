import { setTimeout as delay } from "node:timers/promises";
import { BuildFailed } from "../builder/build-failed.ts";
import type { AgentHub } from "./agent-hub.ts";
import { HubSaysNo } from "./hub-says-no.ts";

const AGAIN_MS = 500;

/** The build is not this agent's any more: nothing of it is sent. */
export class LeaseLost extends BuildFailed {}

/** A build that is this agent's as long as the hub says so, and is not out of reach for too long. */
export class Lease implements AsyncDisposable {
  readonly signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #done = new AbortController();
  readonly #beating: Promise<void>;

  constructor(hub: AgentHub, job: { readonly id: string; readonly leaseMs: number }) {
    this.signal = this.#over.signal;
    this.#beating = this.#beat(hub, job);
  }

  /** Tries again what a broken connection ended, while the build is this agent's. */
  async insist<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    for (;;) {
      this.signal.throwIfAborted();
      try {
        return await work(this.signal);
      } catch (cause) {
        this.signal.throwIfAborted();
        if (cause instanceof HubSaysNo) throw cause;
        await delay(AGAIN_MS, undefined, { signal: this.signal }).catch(() => undefined);
      }
    }
  }

  /** Gives it up. */
  lose(why: string): void {
    this.#over.abort(new LeaseLost(why));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#done.abort();
    await this.#beating;
  }

  async #beat(
    hub: AgentHub,
    job: { readonly id: string; readonly leaseMs: number },
  ): Promise<void> {
    const either = AbortSignal.any([this.signal, this.#done.signal]);
    let heardAt = Date.now();
    while (!either.aborted) {
      const patience = AbortSignal.any([either, AbortSignal.timeout(job.leaseMs)]);
      const answer = await hub.beat(job.id, patience).catch((cause: unknown) => readSilence(cause));
      if (either.aborted) return;
      if (answer === false) return this.lose("the hub has ended it, or begun anew");
      if (answer === true) heardAt = Date.now();
      else if (Date.now() - heardAt > job.leaseMs) return this.lose("the hub was out of reach");
      else await delay(AGAIN_MS, undefined, { signal: either }).catch(() => undefined);
    }
  }
}

/** False when the hub knows of no such build; undefined when it was not reached, or is in trouble. */
function readSilence(cause: unknown): false | undefined {
  return cause instanceof HubSaysNo ? false : undefined;
}
