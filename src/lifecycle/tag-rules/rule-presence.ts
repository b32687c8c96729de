import type { Kysely } from "kysely";
import type { LifecycleTables } from "../tables.ts";
import { hasAnyRule } from "./tag-rules-store.ts";

/**
 * Remembers that no rule was made anywhere, so that a push to a hub without rules reads nothing about them. While a rule is
 * being changed nothing is remembered and every transaction looks for itself: those behind the change find it, and one that
 * is rolled back leaves nothing. Rules are changed by one process; another that holds tags to them remembers nothing.
 */
export class RulePresence {
  #changing = 0;
  #version = 0;
  #isAny: boolean | undefined;

  async isAny(trx: Kysely<LifecycleTables>): Promise<boolean> {
    if (this.#isAny !== undefined) return this.#isAny;
    const version = this.#version;
    const isAny = await hasAnyRule(trx);
    if (version === this.#version && this.#changing === 0) this.#isAny = isAny;
    return isAny;
  }

  /** Every change of rules, from before its transaction until after its commit. */
  async during<T>(change: () => Promise<T>): Promise<T> {
    this.#changing += 1;
    this.#forget();
    try {
      return await change();
    } finally {
      this.#changing -= 1;
      this.#forget();
    }
  }

  #forget(): void {
    this.#version += 1;
    this.#isAny = undefined;
  }
}
