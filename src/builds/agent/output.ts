import type { BuildEvent, BuildStep } from "../builder/builder.ts";

const PIECE_BYTES = 256 * 1024;
const STEPS = 200;

interface Piece {
  readonly offset: number;
  readonly output: string;
  readonly steps: readonly BuildStep[];
}

/** What a build printed and the hub has not confirmed, sent piece by piece as it comes. */
export class AgentOutput {
  readonly #send: (piece: Piece) => Promise<number>;
  readonly #onFailure: (cause: unknown) => void;
  #pieces: Buffer[] = [];
  #confirmed = 0;
  readonly #steps: BuildStep[] = [];
  #sending: Promise<void> | undefined;

  constructor(deps: {
    readonly send: (piece: Piece) => Promise<number>;
    readonly onFailure: (cause: unknown) => void;
  }) {
    this.#send = deps.send;
    this.#onFailure = deps.onFailure;
  }

  take(event: BuildEvent): void {
    if (event.kind === "step") this.#steps.push(event.step);
    else this.#pieces.push(Buffer.from(event.bytes));
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Until the hub has all of it. */
  async flush(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
  }

  async #sendAll(): Promise<void> {
    // What is printed at the same time goes together.
    await Promise.resolve();
    try {
      while (this.#pieces.length > 0 || this.#steps.length > 0) await this.#sendOne();
    } catch (cause) {
      this.#pieces = [];
      this.#steps.length = 0;
      this.#onFailure(cause);
    }
  }

  async #sendOne(): Promise<void> {
    const all = Buffer.concat(this.#pieces);
    const steps = this.#steps.slice(0, STEPS);
    const output = all.subarray(0, PIECE_BYTES).toString("base64");
    const before = this.#pieces.length;
    const next = await this.#send({ offset: this.#confirmed, output, steps });
    const rest = all.subarray(next - this.#confirmed);
    this.#confirmed = next;
    this.#pieces = [...(rest.length > 0 ? [rest] : []), ...this.#pieces.slice(before)];
    this.#steps.splice(0, steps.length);
  }
}
