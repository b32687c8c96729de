import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Digest } from "../../oci/digest.ts";
import type { Headroom } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { deleteRepository, findRemoved, type RepositoryId } from "../../repositories/index.ts";
import { writeToFree } from "../manifests/write-to-free.ts";
import { unlinkBlob } from "../store/blobs-store.ts";
import { queueCandidate } from "../store/collection-queue-store.ts";
import { deleteManifest } from "../store/manifests-store.ts";
import {
  deleteSomeCandidates,
  deleteSomeTagEvents,
  deleteSomeTags,
  listSomeLinks,
  listSomeManifests,
} from "../store/removal-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import { deleteSomeTombstones } from "../store/tombstones-store.ts";
import type { Uploads } from "../uploads/uploads.ts";

interface EmptyingDeps {
  readonly database: Database<RegistryTables>;
  readonly headroom: Pick<Headroom, "giveUpBallast">;
  readonly uploads: Pick<Uploads, "endOf">;
  readonly graceMs: number;
  readonly clock: () => Date;
  readonly log: Logger;
}

type Trx = Kysely<RegistryTables>;

/** Rows of one step: a few milliseconds, so that pushes get in between. */
const BATCH = 250;

/**
 * Takes away what deleted repositories held. Each step is a transaction that leaves everything true: tags go before the
 * manifests that they name, manifests before the rights that they need, and whatever loses its last name is queued for
 * collection by the transaction that takes it. A hub that dies in between goes on after its start.
 */
export class RepositoryEmptying {
  readonly #deps: EmptyingDeps;

  constructor(deps: EmptyingDeps) {
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let after = 0; !signal.aborted; ) {
      const repository = await findRemoved(this.#deps.database.reader, after);
      if (repository === undefined) return;
      after = repository;
      const isEmpty = await this.#empty(repository, signal);
      if (isEmpty) this.#deps.log.info({ repositoryId: repository }, "deleted repository emptied");
    }
  }

  async #empty(repository: RepositoryId, signal: AbortSignal): Promise<boolean> {
    while ((await this.#deps.uploads.endOf(repository, BATCH)) > 0)
      if (signal.aborted) return false;
    const steps = [
      deleteSomeTags,
      deleteSomeTagEvents,
      deleteSomeTombstones,
      this.#takeManifests,
      this.#takeLinks,
      deleteSomeCandidates,
    ];
    for (const step of steps) {
      for (let taken = BATCH; taken === BATCH; ) {
        if (signal.aborted) return false;
        taken = await writeToFree(this.#deps, async (trx) => {
          const count = await step(trx, repository, BATCH);
          await failPoint("repository-emptying.before-commit");
          return count;
        });
      }
    }
    await this.#deps.database.write((trx) => deleteRepository(trx, repository));
    return true;
  }

  readonly #takeManifests = async (trx: Trx, repository: RepositoryId, limit: number) => {
    const some = await listSomeManifests(trx, repository, limit);
    for (const { id, digest } of some) {
      await deleteManifest(trx, id);
      await this.#queue(trx, digest);
    }
    return some.length;
  };

  readonly #takeLinks = async (trx: Trx, repository: RepositoryId, limit: number) => {
    const some = await listSomeLinks(trx, repository, limit);
    for (const { id, digest } of some) {
      await unlinkBlob(trx, repository, id);
      await this.#queue(trx, digest);
    }
    return some.length;
  };

  async #queue(trx: Trx, digest: Digest): Promise<void> {
    const dueAt = new Date(this.#deps.clock().getTime() + this.#deps.graceMs);
    const reason = "a repository that held it was deleted";
    await queueCandidate(trx, { kind: "blob", repositoryId: 0, digest, dueAt, reason });
  }
}
