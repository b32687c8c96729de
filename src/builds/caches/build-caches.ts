import { readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Caller, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { KeyedLock } from "../../lib/keyed-lock.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { Builder } from "../builder/builder.ts";
import type { BuildTables } from "../tables.ts";
import { type BuildCache, doomCache, listCaches, removeCache, saveCache } from "./caches-store.ts";

export interface CachesDeps {
  readonly database: Database<BuildTables>;
  /** Where the layers of each repository lie, in a folder by its id. */
  readonly folder: string;
  readonly cacheBytes: number;
  readonly cacheBytesPerRepository: number;
  readonly measure: (folder: string) => Promise<number>;
  readonly clear: (folder: string) => Promise<void>;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  readonly journal: Journal;
  readonly clock: () => Date;
  readonly log: Logger;
}

/**
 * The layers that builds leave for the next ones, within their limits: what was used longest ago goes first, and nothing that a build
 * uses. What is to go says so in its row before anything of it goes, so that a hub that ends meanwhile leaves the rest to the next one.
 */
export class BuildCaches {
  readonly #deps: CachesDeps;
  readonly #lock = new KeyedLock();
  /** How many builds use the layers of a repository, or wait for them. */
  readonly #used = new Map<RepositoryId, number>();
  #work: Promise<void> = Promise.resolve();

  constructor(deps: CachesDeps) {
    this.#deps = deps;
  }

  /** The same builder, whose layers stay while it builds, and are measured once it has. */
  around(builder: Builder): Builder {
    return {
      ...builder,
      probe: () => builder.probe(),
      build: async (job, tell, signal) => {
        if (job.cache === undefined) return await builder.build(job, tell, signal);
        using _kept = await this.#hold(job.cache.repository);
        return await builder.build(job, tell, signal);
      },
      clear: (folder) => builder.clear(folder),
      prune: (scope, keepBytes) => builder.prune(scope, keepBytes),
    };
  }

  isUsed(repository: RepositoryId): boolean {
    return this.#used.has(repository);
  }

  async list(): Promise<readonly BuildCache[]> {
    const all = await listCaches(this.#deps.database.reader);
    return all.filter(({ isDoomed }) => !isDoomed);
  }

  /** Throws BUILD_CACHE_USED. */
  async clear(repository: Repository, caller: Caller): Promise<void> {
    const { database, journal } = this.#deps;
    const { id, name } = repository;
    using _held = await this.#lock.acquire(String(id));
    if (this.isUsed(id)) throw new ProblemError(PROBLEMS.BUILD_CACHE_USED);
    const { by, origin } = caller;
    const [account = ""] = name.split("/", 1);
    const isThere = await database.write(async (trx) => {
      if (!(await doomCache(trx, id))) return false;
      await journal.record(trx, {
        ...{ action: "repo.build.cache.clear", by, origin, account, name },
      });
      return true;
    });
    if (isThere) await this.#remove(id);
  }

  /** Finishes what another hub began, finds what no row tells of, and holds everything to the limits. */
  async tidy(): Promise<void> {
    await this.#queue(async () => {
      await this.#finish();
      await this.#find();
      await this.#trim();
    });
  }

  async close(): Promise<void> {
    await this.#work;
  }

  async #hold(repository: RepositoryId): Promise<Disposable> {
    this.#used.set(repository, (this.#used.get(repository) ?? 0) + 1);
    // What is being removed is removed to its end.
    const held = await this.#lock.acquire(String(repository));
    held[Symbol.dispose]();
    return {
      [Symbol.dispose]: () => {
        const rest = (this.#used.get(repository) ?? 1) - 1;
        if (rest > 0) this.#used.set(repository, rest);
        else this.#used.delete(repository);
        void this.#queue(async () => {
          await this.#measure(repository, this.#deps.clock());
          await this.#trim();
        });
      },
    };
  }

  /** One after the other, beside the builds. */
  async #queue(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((err: unknown) => {
      this.#deps.log.error({ err }, "layers of builds could not be looked after");
    });
    await this.#work;
  }

  async #measure(repositoryId: RepositoryId, usedAt: Date): Promise<void> {
    const { database, measure } = this.#deps;
    const folder = this.#folderOf(repositoryId);
    if (!(await exists(folder))) return;
    const bytes = await measure(folder);
    await database.write((trx) => saveCache(trx, { repositoryId, bytes, usedAt }));
  }

  async #trim(): Promise<void> {
    const { cacheBytes, cacheBytesPerRepository } = this.#deps;
    for (const { repositoryId, bytes } of await this.list())
      if (bytes > cacheBytesPerRepository) await this.#forget(repositoryId);
    const rest = await this.list();
    let total = rest.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { repositoryId, bytes } of rest) {
      if (total <= cacheBytes) return;
      if (await this.#forget(repositoryId)) total -= bytes;
    }
  }

  /** False for what a build uses. */
  async #forget(repository: RepositoryId): Promise<boolean> {
    using _held = await this.#lock.acquire(String(repository));
    if (this.isUsed(repository)) return false;
    await this.#deps.database.write((trx) => doomCache(trx, repository));
    await this.#remove(repository);
    return true;
  }

  /** While the lock is held: a build that comes waits until all of it has gone. */
  async #remove(repository: RepositoryId): Promise<void> {
    const { database, folder, clear } = this.#deps;
    // No build finds it any more, whatever comes in between.
    const gone = join(folder, `gone-${repository}`);
    await clear(gone);
    await rename(this.#folderOf(repository), gone).catch(ignoreAbsent);
    await clear(gone);
    await database.write((trx) => removeCache(trx, repository));
  }

  async #finish(): Promise<void> {
    const all = await listCaches(this.#deps.database.reader);
    for (const { repositoryId, isDoomed } of all)
      if (isDoomed || !(await exists(this.#folderOf(repositoryId))))
        await this.#forget(repositoryId);
  }

  async #find(): Promise<void> {
    const { database, folder, clear, findRepository } = this.#deps;
    const known = new Set((await listCaches(database.reader)).map((one) => one.repositoryId));
    for (const name of await readdir(folder).catch(nothingThere)) {
      const [, gone, digits] = /^(gone-)?(\d+)$/.exec(name) ?? [];
      if (digits === undefined) continue;
      const id = Number(digits) as RepositoryId;
      if (gone !== undefined) {
        using _held = await this.#lock.acquire(digits);
        await clear(join(folder, name));
        continue;
      }
      if (this.isUsed(id)) continue;
      if ((await findRepository(id)) === undefined) await this.#forget(id);
      else if (!known.has(id)) await this.#measure(id, (await stat(join(folder, name))).mtime);
    }
  }

  #folderOf(repository: RepositoryId): string {
    return join(this.#deps.folder, String(repository));
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

function nothingThere(cause: NodeJS.ErrnoException): string[] {
  if (cause.code !== "ENOENT") throw cause;
  return [];
}

function ignoreAbsent(cause: NodeJS.ErrnoException): void {
  if (cause.code !== "ENOENT") throw cause;
}
