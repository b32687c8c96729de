import type { Kysely } from "kysely";
import { QUOTA_RESOURCES } from "../../contract/quotas.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Database } from "../../platform/db/index.ts";
import type {
  Arrival,
  ArrivingUpload,
  HeldPush,
  PushQuota,
  RegistryTables,
} from "../../registry/index.ts";
import type { PushTarget } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import type { ArrivingBytes, Bound } from "./arriving-bytes.ts";
import { listHolders } from "./held-blobs.ts";
import type { LimitOf, Limits } from "./limits.ts";
import { type Amounts, readCounts } from "./quotas-store.ts";
import type { Refusals } from "./refusals.ts";
import { findScopes, type Scope } from "./scopes.ts";
import { describeWarning, quotaExceeded, type Standing } from "./sentences.ts";
import { levelOf, recordWarning } from "./warnings.ts";

interface PushQuotaDeps {
  readonly database: Pick<Database<LifecycleTables>, "reader">;
  readonly limits: Limits;
  readonly arriving: ArrivingBytes;
  readonly refusals: Pick<Refusals, "note">;
  readonly clock: () => Date;
}

type Db = Kysely<LifecycleTables>;

interface Counted {
  readonly scopes: readonly Scope[];
  readonly countOf: (scope: Scope) => Amounts;
}

/** Room for more bytes. */
interface Wish {
  readonly countOf: (scope: Scope) => Amounts;
  readonly bytes: number;
  /** What of that on its way is the upload's that asks. */
  readonly own?: number | undefined;
  readonly by: HeldPush["by"];
}

const UNBOUNDED: Arrival = { grow: async () => undefined };

/**
 * Holds pushes to the quotas. While bytes arrive they are counted in memory, so that a push that cannot fit ends early; what
 * decides is the count in the transaction of the push, and so no scope is ever beyond its quota by a byte.
 */
export class PushQuotas implements PushQuota {
  readonly #deps: PushQuotaDeps;

  constructor(deps: PushQuotaDeps) {
    this.#deps = deps;
  }

  async admit(upload: ArrivingUpload): Promise<Arrival> {
    const { id, target, size, announced, digest, by } = upload;
    const { limits, arriving, database } = this.#deps;
    if (!limits.isAny) return UNBOUNDED;
    const whole = digest && { digest, size: size + announced };
    const { scopes, bounds } = await this.#findBounds(target, whole);
    const countOf = await readCounts(database.reader, scopes);
    arriving.release(id);
    if (bounds.length === 0) return UNBOUNDED;
    this.#assertRoom(bounds, { countOf, bytes: size + announced, by });
    arriving.enter(id, bounds, size);
    return {
      grow: async (bytes) => {
        const counts = await readCounts(database.reader, scopes);
        try {
          const own = arriving.find(id)?.bytes;
          this.#assertRoom(bounds, { countOf: counts, bytes, own, by });
        } catch (cause) {
          // At once, not when its file is gone: what it gives up may be what another waits for.
          arriving.release(id);
          throw cause;
        }
        arriving.grow(id, bytes);
      },
    };
  }

  async park(id: string): Promise<boolean> {
    const { arriving, database } = this.#deps;
    const upload = arriving.find(id);
    if (upload === undefined) return true;
    const scopes = upload.bounds.map(({ scope }) => scope);
    const countOf = await readCounts(database.reader, scopes);
    const isRoom = upload.bounds.every(({ scope, limit }) => {
      const others = arriving.movingIn(scope) + arriving.parkedIn(scope);
      return countOf(scope).bytes + others <= limit;
    });
    arriving.park(id);
    return isRoom;
  }

  release(id: string): void {
    this.#deps.arriving.release(id);
  }

  async hold<T>(trx: Kysely<RegistryTables>, push: HeldPush, work: () => Promise<T>): Promise<T> {
    const { limits, arriving } = this.#deps;
    if (!limits.isAny) return await work();
    const db = trx as unknown as Db;
    const before = await count(db, push.target);
    const own = push.from === undefined ? before : await count(db, { name: push.from });
    const value = await work();
    const after = await count(db, push.target);
    for (const standing of standingsOf(after, await limits.read(db, after.scopes))) {
      const { scope, resource } = standing;
      const { countOf } = scope.kind === "repository" ? own : before;
      await this.#judge(db, standing, { used: countOf(scope)[resource], by: push.by });
    }
    if (push.uploadId !== undefined) arriving.release(push.uploadId);
    return value;
  }

  /** Only what has grown is held to its limit. */
  async #judge(
    db: Db,
    standing: Standing,
    before: { readonly used: number; readonly by: HeldPush["by"] },
  ): Promise<void> {
    const { used, limit } = standing;
    if (used <= before.used) return;
    const actor = before.by.principal.name;
    if (used > limit) {
      this.#deps.refusals.note(standing, actor);
      throw quotaExceeded({ ...standing, used: before.used });
    }
    const level = levelOf(standing);
    if (level === undefined || level === levelOf({ used: before.used, limit })) return;
    await recordWarning(db, { standing, level, actor, at: this.#deps.clock() });
  }

  async warningsFor(target: PushTarget): Promise<readonly string[]> {
    const { limits, database } = this.#deps;
    if (!limits.isAny) return [];
    const counted = await count(database.reader, target);
    const standings = standingsOf(counted, await limits.read(database.reader, counted.scopes));
    return standings.filter((one) => levelOf(one) !== undefined).map(describeWarning);
  }

  async #findBounds(
    target: PushTarget,
    whole: { readonly digest: Digest; readonly size: number } | undefined,
  ) {
    const { reader } = this.#deps.database;
    const scopes = await findScopes(reader, target.name);
    const bounds = boundsOf(scopes, await this.#deps.limits.read(reader, scopes));
    if (whole === undefined || bounds.length === 0) return { scopes, bounds };
    const holders = await listHolders(reader, scopes, whole);
    return { scopes, bounds: bounds.filter(({ scope }) => !holders.has(scope)) };
  }

  #assertRoom(bounds: readonly Bound[], wish: Wish): void {
    const { countOf, bytes, own = 0, by } = wish;
    for (const { scope, limit } of bounds) {
      const used = countOf(scope).bytes;
      const moving = this.#deps.arriving.movingIn(scope);
      const wanted = used + moving + bytes;
      if (wanted <= limit) continue;
      const standing = { scope, resource: "bytes", limit, used } as const;
      this.#deps.refusals.note({ ...standing, used: wanted }, by.principal.name);
      throw quotaExceeded(standing, moving - own);
    }
  }
}

async function count(db: Db, target: Pick<PushTarget, "name">): Promise<Counted> {
  const scopes = await findScopes(db, target.name);
  return { scopes, countOf: await readCounts(db, scopes) };
}

function boundsOf(scopes: readonly Scope[], limitOf: LimitOf): readonly Bound[] {
  return scopes.flatMap((scope) => {
    const { amount } = limitOf(scope, "bytes");
    return amount === null ? [] : [{ scope, limit: amount }];
  });
}

function standingsOf({ scopes, countOf }: Counted, limitOf: LimitOf): readonly Standing[] {
  return scopes.flatMap((scope) =>
    QUOTA_RESOURCES.flatMap((resource) => {
      const { amount: limit } = limitOf(scope, resource);
      return limit === null ? [] : [{ scope, resource, limit, used: countOf(scope)[resource] }];
    }),
  );
}
