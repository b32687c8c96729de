import type { Kysely } from "kysely";
import type { QuotaResource } from "../../contract/quotas.ts";
import type { LifecycleTables } from "../tables.ts";
import { hasQuotas, readQuotas } from "./quotas-store.ts";
import type { Scope } from "./scopes.ts";

/** As configured, for scopes of which nothing was set; undefined is no limit. */
export type DefaultQuotas = Readonly<
  Record<Scope["defaults"], Partial<Readonly<Record<QuotaResource, number | undefined>>>>
>;

export interface Limit {
  /** Null for none. */
  readonly amount: number | null;
  readonly from: "set" | "default";
}

export type LimitOf = (scope: Scope, resource: QuotaResource) => Limit;

/** What was set and what is configured. */
export class Limits {
  readonly #defaults: DefaultQuotas;
  #isAny: boolean;

  private constructor(defaults: DefaultQuotas, isAny: boolean) {
    this.#defaults = defaults;
    this.#isAny = isAny;
  }

  static async open(db: Kysely<LifecycleTables>, defaults: DefaultQuotas): Promise<Limits> {
    const isConfigured = Object.values(defaults).some((amounts) =>
      Object.values(amounts).some((amount) => amount !== undefined),
    );
    return new Limits(defaults, isConfigured || (await hasQuotas(db)));
  }

  /** False while nothing anywhere has a limit: then nobody has to look. */
  get isAny(): boolean {
    return this.#isAny;
  }

  /** Call it before the first limit is written. */
  expect(): void {
    this.#isAny = true;
  }

  async read(db: Kysely<LifecycleTables>, scopes: readonly Scope[]): Promise<LimitOf> {
    const findSet = await readQuotas(db, scopes);
    return (scope, resource) => {
      const set = findSet(scope, resource);
      if (set !== undefined) return { amount: set, from: "set" };
      return { amount: this.#defaults[scope.defaults][resource] ?? null, from: "default" };
    };
  }
}
