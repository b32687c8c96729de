import { randomBytes } from "node:crypto";
import { BuildFailed } from "../builder/build-failed.ts";
import type { BuildEvent, BuildJob, BuildResult, BuildStep } from "../builder/builder.ts";
import type { BuildAgent } from "./agents-store.ts";

/** A build that some agent has to do. */
interface Order {
  readonly job: BuildJob;
  readonly tell: (event: BuildEvent) => void;
  readonly resolve: (result: BuildResult) => void;
  readonly reject: (reason: unknown) => void;
  readonly steps: BuildStep[];
  losses: number;
  isOver: boolean;
}

/** A build that one agent does; whoever is silent for too long has lost it. */
export interface Claim {
  readonly id: string;
  readonly agent: BuildAgent;
  readonly order: Order;
  /** Aborted once it is the agent's no more. */
  readonly over: AbortController;
  readonly timers: readonly NodeJS.Timeout[];
  /** Bytes of output that came. */
  printed: number;
  /** Bytes of images that came. */
  uploaded: number;
}

const LOSSES = 3;
/** For the sending of the image, once the agent's own clock has ended the build. */
const GRACE_MS = 600_000;

/** Builds that wait for agents, and those that agents do. A hub that ends begins them anew: its queue knows them. */
export class AgentPool {
  readonly leaseMs: number;
  readonly #waiting: Order[] = [];
  readonly #claims = new Map<string, Claim>();
  readonly #askers: ((order: Order) => void)[] = [];

  constructor({ leaseMs }: { readonly leaseMs: number }) {
    this.leaseMs = leaseMs;
  }

  /** Until an agent has done it. Throws BuildFailed, and what the signal was aborted with. */
  async offer(
    job: BuildJob,
    tell: (event: BuildEvent) => void,
    signal: AbortSignal,
  ): Promise<BuildResult> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<BuildResult>();
    const order: Order = {
      ...{ job, tell, resolve, reject, steps: [], losses: 0, isOver: false },
    };
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
    say(order, "Waiting for an agent");
    this.#put(order);
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#forget(order);
    }
  }

  /** What waited longest, or what comes within that time. */
  async claim(
    agent: BuildAgent,
    wish: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<Claim | undefined> {
    const order = this.#waiting.shift() ?? (await this.#next(wish));
    if (order === undefined || order.isOver) return undefined;
    const id = randomBytes(16).toString("hex");
    const over = new AbortController();
    const { wallMs } = order.job.limits;
    const silence = setTimeout(() => this.#lose(id, "was not heard of any more"), this.leaseMs);
    const wall = setTimeout(() => this.#lose(id, "took too long"), wallMs + GRACE_MS);
    const claim = {
      ...{ id, agent, order, over, timers: [silence, wall], printed: 0, uploaded: 0 },
    };
    this.#claims.set(id, claim);
    say(order, `Built by the agent ${agent.name}`);
    return claim;
  }

  /** What an agent asks about is still its own. */
  find(agent: BuildAgent, id: string): Claim | undefined {
    const claim = this.#claims.get(id);
    if (claim?.agent.id !== agent.id) return undefined;
    claim.timers[0]?.refresh();
    return claim;
  }

  /** The agent has done it, or could not. */
  end(claim: Claim, ending: BuildResult | BuildFailed): void {
    this.#release(claim);
    if (ending instanceof BuildFailed) claim.order.reject(ending);
    else claim.order.resolve(ending);
  }

  /** The agent hung up before it could be told of it. */
  takeBack(claim: Claim): void {
    this.#release(claim);
    if (!claim.order.isOver) this.#put(claim.order);
  }

  /** Somebody has taken the right to build from it. */
  dismiss(agent: BuildAgent): void {
    for (const claim of this.#claims.values())
      if (claim.agent.id === agent.id) this.#lose(claim.id, "may not build any more");
  }

  #put(order: Order): void {
    const asker = this.#askers.shift();
    if (asker === undefined) this.#waiting.push(order);
    else asker(order);
  }

  async #next({
    waitMs,
    signal,
  }: {
    readonly waitMs: number;
    readonly signal: AbortSignal;
  }): Promise<Order | undefined> {
    const { promise, resolve } = Promise.withResolvers<Order | undefined>();
    const asker = (order: Order) => resolve(order);
    this.#askers.push(asker);
    const leave = () => {
      const at = this.#askers.indexOf(asker);
      // Whoever was given something just now takes it.
      if (at === -1) return;
      this.#askers.splice(at, 1);
      resolve(undefined);
    };
    const timer = setTimeout(leave, waitMs);
    signal.addEventListener("abort", leave);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    }
  }

  #lose(id: string, why: string): void {
    const claim = this.#claims.get(id);
    if (claim === undefined) return;
    this.#release(claim);
    const { order, agent } = claim;
    order.losses += 1;
    say(order, `The agent ${agent.name} ${why}`);
    if (order.losses >= LOSSES)
      order.reject(new BuildFailed(`${LOSSES} agents were lost while they built it`));
    else {
      order.steps.length = 0;
      this.#put(order);
    }
  }

  #forget(order: Order): void {
    order.isOver = true;
    const at = this.#waiting.indexOf(order);
    if (at !== -1) this.#waiting.splice(at, 1);
    for (const claim of this.#claims.values()) if (claim.order === order) this.#release(claim);
  }

  #release(claim: Claim): void {
    for (const timer of claim.timers) clearTimeout(timer);
    this.#claims.delete(claim.id);
    claim.over.abort();
  }
}

function say({ tell }: Order, text: string): void {
  tell({ kind: "output", bytes: Buffer.from(`${text}\n`) });
}
