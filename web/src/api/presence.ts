/** Whether anybody answers, as the last request found it; every request says so here, and so do events that break off. */
class Presence {
  #isAway = false;
  readonly #listeners = new Set<() => void>();

  get isAway(): boolean {
    return this.#isAway;
  }

  /** Arrow, as React takes it from its object. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  tell(state: "here" | "away"): void {
    const isAway = state === "away";
    if (isAway === this.#isAway) return;
    this.#isAway = isAway;
    for (const listener of this.#listeners) listener();
  }
}

export const presence = new Presence();
