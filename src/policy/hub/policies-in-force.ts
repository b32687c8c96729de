import type { Database } from "../../platform/db/index.ts";
import type { PullPolicy } from "../policy.ts";
import { listPolicies } from "../store/policies-store.ts";
import type { PolicyTables } from "../tables.ts";

/** The policies that are switched on, in memory: changes go through this process alone. */
export class PoliciesInForce {
  readonly #database: Database<PolicyTables>;
  #policies: readonly PullPolicy[] = [];
  #generation = 0;

  constructor(database: Database<PolicyTables>) {
    this.#database = database;
  }

  get policies(): readonly PullPolicy[] {
    return this.#policies;
  }

  /** Grows whenever what was decided may be decided otherwise. */
  get generation(): number {
    return this.#generation;
  }

  /** After each change, before whoever made it is answered. */
  async load(): Promise<void> {
    const all = await listPolicies(this.#database.reader);
    this.#policies = all.filter(({ mode }) => mode !== "off");
    this.#generation += 1;
  }
}
