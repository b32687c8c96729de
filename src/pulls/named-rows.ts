const NAMED = 10_000;
const HOUR = 3_600_000;

export function hourOf(at: Date): number {
  return at.getTime() - (at.getTime() % HOUR);
}

/**
 * Bounds how many rows an hour can get: whoever has many addresses could fill the disk with them. Beyond that many, pulls are
 * still counted, but as from many addresses.
 */
export class NamedRows {
  readonly #rows = new Set<string>();
  readonly #most: number;
  #hour = 0;

  constructor(most = NAMED) {
    this.#most = most;
  }

  enter(now: Date): void {
    if (hourOf(now) === this.#hour) return;
    this.#hour = hourOf(now);
    this.#rows.clear();
  }

  /** The address, or "" when there are too many to name them. */
  nameOf(row: string, address: string): string {
    const key = `${row} ${address}`;
    if (!this.#rows.has(key)) {
      if (this.#rows.size >= this.#most) return "";
      this.#rows.add(key);
    }
    return address;
  }
}
