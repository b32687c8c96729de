import type { Database } from "../platform/db/index.ts";
import { type AccountTables, listBcryptCosts } from "./accounts-store.ts";
import { type HashKind, kindOf, pretendToVerify } from "./password-hash.ts";

/** So long after an import, kinds of hashes may be told apart that the hub has not seen before. */
const KNOWN_FOR_MS = 10_000;

/**
 * Makes every wrong password cost the same, whoever it was tried for. The users of an htpasswd file have hashes of another
 * kind than all others until they log in, and each kind takes its own time: so a refusal pays for one comparison of each
 * kind that the hub holds, the real one included. Who is right does not wait for that: they know that they exist.
 */
export class HashKinds {
  readonly #database: Database<AccountTables>;
  #known: Promise<ReadonlySet<HashKind>> | undefined;
  #knownUntil = 0;

  constructor(deps: { readonly database: Database<AccountTables> }) {
    this.#database = deps.database;
  }

  /** After a comparison with `hash`, or after none: does the work that others would have cost. */
  async completeWork(password: string, hash: string | undefined): Promise<void> {
    const done = hash === undefined ? undefined : kindOf(hash);
    for (const kind of await this.#list()) {
      if (kind !== done) await pretendToVerify(password, kind);
    }
  }

  #list(): Promise<ReadonlySet<HashKind>> {
    const now = performance.now();
    if (this.#known === undefined || this.#knownUntil <= now) {
      this.#knownUntil = now + KNOWN_FOR_MS;
      const known = this.#read();
      this.#known = known;
      // Who waits for it is told; those who come later ask again.
      known.catch(() => {
        if (this.#known === known) this.#known = undefined;
      });
    }
    return this.#known;
  }

  async #read(): Promise<ReadonlySet<HashKind>> {
    const costs = await listBcryptCosts(this.#database.reader);
    return new Set<HashKind>(["argon2id", ...costs.map((cost): HashKind => `$2b$${cost}$`)]);
  }
}
