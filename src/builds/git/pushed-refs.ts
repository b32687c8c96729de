import type { Logger } from "pino";
import type { Caller, Principal } from "../../access/index.ts";
import { KeyedLock } from "../../lib/keyed-lock.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { BuildTables } from "../tables.ts";
import { findSettledRefs, savePusher, saveSettledRefs } from "./git-refs-store.ts";
import type { GitRepositories, Refs } from "./git-repositories.ts";

/** What somebody's push made of the refs. */
export interface GitPush {
  readonly repository: Repository;
  readonly caller: Caller;
  readonly before: Refs;
  readonly after: Refs;
  /** In the transaction that queues what comes of it, or in one of its own where nothing does. */
  readonly settle: (trx: SettleTransaction) => Promise<void>;
}

type SettleTransaction = Parameters<typeof saveSettledRefs>[0];

interface PushedRefsDeps {
  readonly database: Database<BuildTables>;
  readonly git: GitRepositories;
  readonly onPush: (push: GitPush) => Promise<void>;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  readonly clock: () => Date;
  readonly log: Logger;
}

const ORIGIN = { address: "", client: "berth" };

/**
 * Knows up to where the builds of what was pushed are queued. Git moves refs on its own, so a hub may die between that and the
 * queue: what moved is then seen by the next one, as the refs of its repository are others than those that were settled.
 */
export class PushedRefs {
  readonly #deps: PushedRefsDeps;
  readonly #locks = new KeyedLock();

  constructor(deps: PushedRefsDeps) {
    this.#deps = deps;
  }

  /** Two that move refs at once would each see what the other did. What a killed git has left there goes. */
  async hold(repository: RepositoryId): Promise<Disposable> {
    const held = await this.#locks.acquire(String(repository));
    try {
      await this.#deps.git.prepare(repository);
      return held;
    } catch (cause) {
      held[Symbol.dispose]();
      throw cause;
    }
  }

  /** Before refs are moved, by whoever holds them. */
  async begin(repository: RepositoryId, by: Principal): Promise<void> {
    const { database, git, clock } = this.#deps;
    const known = await findSettledRefs(database.reader, repository);
    const refs = known === undefined ? await git.listRefs(repository) : undefined;
    await database.write(async (trx) => {
      if (refs !== undefined) await saveSettledRefs(trx, { repository, refs, now: clock() });
      await savePusher(trx, { repository, by });
    });
  }

  /** After they were, by whoever holds them. `wanted`: what to build of refs that were never settled before. */
  async settle(
    repository: Repository,
    caller: Caller,
    wanted: readonly string[] = [],
  ): Promise<void> {
    const { database, git, clock, onPush } = this.#deps;
    const after = await git.listRefs(repository.id);
    const known = await findSettledRefs(database.reader, repository.id);
    const before = known?.refs ?? new Map([...after].filter(([ref]) => !wanted.includes(ref)));
    if (known !== undefined && isSame(before, after)) return;
    await onPush({
      ...{ repository, caller, before, after },
      settle: (trx) =>
        saveSettledRefs(trx, { repository: repository.id, refs: after, now: clock() }),
    });
  }

  /** What hubs before this one left unsettled. Mirrors are settled when they are fetched again. */
  async recover(signal: AbortSignal): Promise<void> {
    const { database, git, findRepository, log } = this.#deps;
    for (const id of await git.list()) {
      if (signal.aborted) return;
      const repository = await findRepository(id);
      if (repository === undefined || (await git.isMirror(id))) continue;
      using _held = await this.hold(id);
      const by = (await findSettledRefs(database.reader, id))?.by;
      if (by === undefined) continue;
      // The pushes of others are not to wait for it.
      await this.settle(repository, { by, origin: ORIGIN }).catch((err: unknown) => {
        log.warn({ err, repository: repository.name }, "a push could not be settled");
      });
    }
  }
}

function isSame(one: Refs, other: Refs): boolean {
  return one.size === other.size && [...one].every(([ref, commit]) => other.get(ref) === commit);
}
