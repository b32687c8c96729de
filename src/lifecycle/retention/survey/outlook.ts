import type { Hold } from "./held-tags.ts";

/** How long what a survey found holds by itself. */
export class Outlook {
  #until: Date | undefined;
  #hasHeld = false;
  #isDoubtful = false;

  /** Undefined: for ever. */
  get until(): Date | undefined {
    return this.#until;
  }

  /** Whether rules about tags held something that would go without them. */
  get hasHeld(): boolean {
    return this.#hasHeld;
  }

  /** Whether something could not be read, which may be there again at any time. */
  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  add(turn: Date | undefined): void {
    if (turn !== undefined && (this.#until === undefined || turn < this.#until)) this.#until = turn;
  }

  addHold({ until }: Hold): void {
    this.#hasHeld = true;
    this.add(until);
  }

  addDoubt(): void {
    this.#isDoubtful = true;
  }
}
