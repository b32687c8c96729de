interface Entry<Value> {
  readonly value: Value;
  readonly weight: number;
}

/**
 * Remembers what was used last, up to a total weight. `version` moves with every `forget`: who fills the cache from a
 * slower source passes the version it started with, so that a value that was forgotten meanwhile is not brought back.
 */
export class BoundedCache<Value> {
  readonly #limit: number;
  readonly #entries = new Map<string, Entry<Value>>();
  #weight = 0;
  #version = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get version(): number {
    return this.#version;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  fill(key: string, entry: Entry<Value> & { readonly version: number }): void {
    if (entry.version !== this.#version || entry.weight > this.#limit / 8) return;
    this.#remove(key);
    this.#entries.set(key, { value: entry.value, weight: entry.weight });
    this.#weight += entry.weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#limit) return;
      this.#remove(oldest);
    }
  }

  forget(key: string): void {
    this.#version += 1;
    this.#remove(key);
  }

  clear(): void {
    this.#version += 1;
    this.#entries.clear();
    this.#weight = 0;
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}
