import type { Logger } from "pino";
import type { Database } from "../../platform/db/index.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import type { BuildTables } from "../tables.ts";
import type { BaseFollower } from "./base-follower.ts";
import {
  listDueBases,
  type OutsideBase,
  saveLook,
  syncOutsideBases,
} from "./outside-bases-store.ts";
import { OUTSIDE } from "./outside-place.ts";

export interface LookerDeps {
  readonly database: Database<BuildTables>;
  readonly follower: Pick<BaseFollower, "move">;
  /** What an image in another registry is now. Throws BuildFailed. */
  readonly readDigest: (reference: string, signal: AbortSignal) => Promise<string>;
  /** How often each is looked at; 0 is never. */
  readonly basePollMs: number;
  readonly clock: () => Date;
  /** Told when there may be something to build. */
  readonly onMoved: () => void;
  readonly log: Logger;
}

const AT_ONCE = 20;
const LONGEST_WAIT_MS = 7 * 24 * 60 * 60 * 1000;
const WHY_CHARACTERS = 500;

/** Looks at images of other registries that images are built on, and has those built anew when one is another. */
export class OutsideLooker {
  readonly #deps: LookerDeps;

  constructor(deps: LookerDeps) {
    this.#deps = deps;
  }

  async look(signal: AbortSignal): Promise<void> {
    const { database, clock, basePollMs } = this.#deps;
    if (basePollMs === 0) return;
    await database.write((trx) => syncOutsideBases(trx, new Date(clock().getTime() + basePollMs)));
    for (const base of await listDueBases(database.reader, clock(), AT_ONCE)) {
      signal.throwIfAborted();
      await this.#lookAt(base, signal);
    }
  }

  async #lookAt({ reference, digest: before, failures }: OutsideBase, signal: AbortSignal) {
    const { database, follower, readDigest, clock, basePollMs, onMoved } = this.#deps;
    const found = await readDigest(reference, signal).catch((cause: unknown) => {
      signal.throwIfAborted();
      return cause instanceof BuildFailed
        ? cause
        : new BuildFailed("it could not be looked at", { cause });
    });
    const now = clock();
    if (found instanceof BuildFailed) {
      this.#deps.log.warn(
        { err: found, reference },
        "a base in another registry could not be looked at",
      );
      // Who does not answer is asked less and less often.
      const wait = Math.min(basePollMs * 2 ** Math.min(failures + 1, 20), LONGEST_WAIT_MS);
      const next = new Date(now.getTime() + Math.max(wait, basePollMs));
      const why = found.message.slice(0, WHY_CHARACTERS);
      const look = { digest: undefined, failures: failures + 1, why, now, next };
      await database.write((trx) => saveLook(trx, reference, look));
      return;
    }
    const next = new Date(now.getTime() + basePollMs);
    const look = { digest: found, failures: 0, why: undefined, now, next };
    // What it is now and what is built because of it are one step: a hub that ends in between would never look again.
    await database.write(async (trx) => {
      await saveLook(trx, reference, look);
      if (found === before) return;
      await follower.move(trx, {
        repositoryId: OUTSIDE,
        tag: reference,
        id: now.getTime(),
        digest: found,
      });
    });
    if (found !== before) onMoved();
  }
}
