/** The first so many of what was added, in an order; what it holds does not grow with what it was shown. */
export class TopList<Item> {
  readonly #limit: number;
  readonly #compare: (a: Item, b: Item) => number;
  readonly #items: Item[] = [];

  constructor(limit: number, compare: (a: Item, b: Item) => number) {
    this.#limit = limit;
    this.#compare = compare;
  }

  add(item: Item): void {
    if (!this.reaches(item)) return;
    let low = 0;
    for (let high = this.#items.length; low < high; ) {
      const middle = (low + high) >> 1;
      const there = this.#items[middle];
      if (there !== undefined && this.#compare(there, item) <= 0) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, item);
    if (this.#items.length > this.#limit) this.#items.pop();
  }

  /** Whether the item is among the first, or would be. */
  reaches(item: Item): boolean {
    if (this.#items.length < this.#limit) return true;
    const last = this.#items.at(-1);
    return last === undefined || this.#compare(item, last) <= 0;
  }
}
