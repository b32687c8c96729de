import type { Kysely } from "kysely";
import type { Caller, Journal } from "../../access/index.ts";
import { QUOTA_RESOURCES, type QuotaResource } from "../../contract/quotas.ts";
import type { Database } from "../../platform/db/index.ts";
import type { LifecycleTables } from "../tables.ts";
import type { ArrivingBytes } from "./arriving-bytes.ts";
import { findHeldBytes } from "./held-bytes.ts";
import type { Limit, LimitOf, Limits } from "./limits.ts";
import { type Amounts, readCounts, saveQuota } from "./quotas-store.ts";
import type { Scope } from "./scopes.ts";
import type { Standing } from "./sentences.ts";
import { levelOf, recordExcess, recordWarning } from "./warnings.ts";

interface QuotasDeps {
  readonly database: Database<LifecycleTables>;
  readonly limits: Limits;
  readonly arriving: Pick<ArrivingBytes, "movingIn">;
  readonly journal: Journal;
  readonly clock: () => Date;
}

/** An amount, no limit, or null for the configured default. */
export type QuotaWish = number | "unlimited" | null;

export interface ScopeUsage {
  readonly scope: Scope;
  readonly limits: Readonly<Record<QuotaResource, Limit>>;
  readonly used: Amounts;
  /** Bytes of unfinished uploads. */
  readonly arriving: number;
  /** Bytes that collection is to take; undefined when they are too many to add up. */
  readonly held: number | undefined;
}

type Trx = Kysely<LifecycleTables>;

/** What scopes may store, and what they do. Whether the caller may was decided before. */
export class Quotas {
  readonly #deps: QuotasDeps;

  constructor(deps: QuotasDeps) {
    this.#deps = deps;
  }

  async find(scope: Scope): Promise<ScopeUsage> {
    return await this.#read(this.#deps.database.reader, scope);
  }

  /** What is not named stays. A quota below what is used refuses pushes until enough is gone; nothing is removed. */
  async set(
    scope: Scope,
    wishes: Readonly<Partial<Record<QuotaResource, QuotaWish | undefined>>>,
    caller: Caller,
  ): Promise<ScopeUsage> {
    const { database, limits } = this.#deps;
    limits.expect();
    return await database.write(async (trx) => {
      const before = await this.#read(trx, scope);
      for (const resource of QUOTA_RESOURCES) {
        const wish = wishes[resource];
        if (wish !== undefined) await saveQuota(trx, scope, { resource, amount: amountOf(wish) });
      }
      const after = await this.#read(trx, scope);
      await this.#record(trx, { before, after, caller });
      return after;
    });
  }

  async #read(db: Trx, scope: Scope): Promise<ScopeUsage> {
    const limitOf = await this.#deps.limits.read(db, [scope]);
    const countOf = await readCounts(db, [scope]);
    return {
      scope,
      limits: limitsOf(scope, limitOf),
      used: countOf(scope),
      arriving: this.#deps.arriving.movingIn(scope),
      held: await findHeldBytes(db, scope),
    };
  }

  async #record(
    trx: Trx,
    change: { readonly before: ScopeUsage; readonly after: ScopeUsage; readonly caller: Caller },
  ): Promise<void> {
    const { before, after, caller } = change;
    const { by, origin } = caller;
    const { scope, used } = after;
    const [first = ""] = scope.name.split("/", 1);
    await this.#deps.journal.record(trx, {
      ...{ by, origin, action: "quota.set", name: scope.name },
      account: scope.kind === "hub" ? by.name : first,
      before: toEntry(before),
      after: toEntry(after),
    });
    for (const resource of QUOTA_RESOURCES) {
      const limit = after.limits[resource].amount;
      if (limit === null) continue;
      const standing = { scope, resource, limit, used: used[resource] };
      await this.#tell(trx, {
        standing,
        limitBefore: before.limits[resource].amount,
        actor: by.name,
      });
    }
  }

  /** A quota that was set below what is used is beyond itself at once, and close to itself as after a push. */
  async #tell(
    trx: Trx,
    change: {
      readonly standing: Standing;
      readonly limitBefore: number | null;
      readonly actor: string;
    },
  ): Promise<void> {
    const { standing, limitBefore, actor } = change;
    const { used, limit } = standing;
    const notice = { standing, actor, at: this.#deps.clock() };
    const wasExceeded = limitBefore !== null && used > limitBefore;
    if (used > limit) {
      if (!wasExceeded) await recordExcess(trx, notice);
      return;
    }
    const level = levelOf(standing);
    const old = limitBefore === null ? 0 : levelOf({ used, limit: limitBefore });
    if (level !== undefined && level > (old ?? 0)) await recordWarning(trx, { ...notice, level });
  }
}

function amountOf(wish: QuotaWish): number | null | undefined {
  if (wish === null) return undefined;
  return wish === "unlimited" ? null : wish;
}

function limitsOf(scope: Scope, limitOf: LimitOf): ScopeUsage["limits"] {
  return {
    bytes: limitOf(scope, "bytes"),
    tags: limitOf(scope, "tags"),
    repositories: limitOf(scope, "repositories"),
  };
}

function toEntry({ limits }: ScopeUsage) {
  const say = ({ amount, from }: Limit) =>
    from === "default" ? "default" : (amount ?? "unlimited");
  return {
    bytes: say(limits.bytes),
    tags: say(limits.tags),
    repositories: say(limits.repositories),
  };
}
