/** So many at once, and of one who asks no more than some of them: whoever is slow holds up nobody but themselves. */
export class SharedSlots {
  readonly #all: number;
  readonly #each: number;
  readonly #held = new Map<string, number>();
  #count = 0;

  constructor(most: { readonly all: number; readonly each: number }) {
    this.#all = most.all;
    this.#each = most.each;
  }

  /** Undefined where there is none for them. */
  take(who: string): Disposable | undefined {
    const own = this.#held.get(who) ?? 0;
    if (this.#count >= this.#all || own >= this.#each) return undefined;
    this.#count += 1;
    this.#held.set(who, own + 1);
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        this.#count -= 1;
        const left = (this.#held.get(who) ?? 1) - 1;
        if (left === 0) this.#held.delete(who);
        else this.#held.set(who, left);
      },
    };
  }
}
