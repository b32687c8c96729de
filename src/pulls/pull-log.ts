import type { Logger } from "pino";
import { type Database, writeIfPossible } from "../platform/db/index.ts";
import { recordEvent } from "../platform/jobs/outbox.ts";
import type { ManifestPull } from "../registry/index.ts";
import { findWholeRepository, type Repository } from "../repositories/index.ts";
import { NamedRows } from "./named-rows.ts";
import { PullTally, type Taken } from "./pull-tally.ts";
import { recordCounts } from "./record-counts.ts";
import type { PullTables } from "./tables.ts";

/** Who wants to hear of pulls. Nothing is written for repositories that nobody wants to hear of. */
export interface PullInterest {
  /** Of pulls of anything: asked at each pull, so that it must know. */
  isAny(): boolean;
  covers(repository: Repository): boolean;
}

interface PullLogDeps {
  readonly database: Database<PullTables>;
  readonly interest: PullInterest;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** So that a transaction is over before a push has waited for it. */
const BATCH = 100;

/**
 * Writes down who pulled what, behind the pulls and never before an answer: what was noted since the last `flush` is lost with
 * a kill of the process. These are statistics; who may pull is never decided by them.
 */
export class PullLog {
  readonly #deps: PullLogDeps;
  readonly #tally = new PullTally();
  readonly #named = new NamedRows();

  constructor(deps: PullLogDeps) {
    this.#deps = deps;
  }

  note(pull: ManifestPull): void {
    this.#tally.add(pull);
    if (pull.kind === "pull" && this.#deps.interest.isAny()) this.#tally.keep(pull);
  }

  /** Called every second, and at the end. */
  async flush(): Promise<void> {
    const { log } = this.#deps;
    const { counts, single, lost } = this.#tally.take();
    if (lost > 0) log.warn({ lost }, "pulls not counted, there were too many kinds at once");
    const rest = await this.#write({ counts, single });
    // The disk is full, or another process holds the database: the pulls go on, and are written down once that is over.
    if (rest !== undefined) this.#tally.giveBack(rest);
  }

  /** What could not be written. */
  async #write(taken: Omit<Taken, "lost">): Promise<Omit<Taken, "lost"> | undefined> {
    const { database, clock } = this.#deps;
    const now = clock();
    this.#named.enter(now);
    let { counts, single } = taken;
    for (; counts.length > 0; counts = counts.slice(BATCH)) {
      const batch = counts.slice(0, BATCH);
      const isWritten = await writeIfPossible(database, (trx) =>
        recordCounts(trx, { counts: batch, named: this.#named, now }),
      );
      if (!isWritten) return { counts, single };
    }
    for (; single.length > 0; single = single.slice(BATCH)) {
      const batch = single.slice(0, BATCH);
      const isWritten = await writeIfPossible(database, async (trx) => {
        for (const pull of batch) await this.#tell(trx, pull, now);
      });
      if (!isWritten) return { counts, single };
    }
    return undefined;
  }

  async #tell(
    trx: Parameters<Parameters<Database<PullTables>["write"]>[0]>[0],
    pull: ManifestPull,
    at: Date,
  ): Promise<void> {
    const { repository, tag, manifest, principal, origin } = pull;
    const found = await findWholeRepository(trx, repository);
    if (found === undefined || !this.#deps.interest.covers(found)) return;
    await recordEvent(trx, {
      topic: "manifest.pulled",
      orderingKey: repository,
      payload: {
        repository,
        repositoryId: found.id,
        digest: manifest.digest,
        mediaType: manifest.mediaType,
        size: manifest.payload.length,
        tags: tag === undefined ? [] : [tag],
        actor: principal.name,
        address: origin.address,
        client: origin.client,
        host: origin.host,
      },
      at,
    });
  }
}
