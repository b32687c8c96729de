import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Database } from "../../platform/db/index.ts";
import { findRepository } from "../../repositories/index.ts";
import { findCandidate, postponeCandidate } from "../store/collection-queue-store.ts";
import type { RegistryTables } from "../store/tables.ts";

interface LinkGraceDeps {
  readonly database: Database<RegistryTables>;
  readonly graceMs: number;
  readonly clock: () => Date;
}

/** Keeps collection away from a blob that a client has just been told is there. */
export class LinkGrace {
  readonly #deps: LinkGraceDeps;

  constructor(deps: LinkGraceDeps) {
    this.#deps = deps;
  }

  /** Starts the grace anew when it is half over; costs a read, and rarely a write. */
  async extend(repository: RepositoryName, digest: Digest): Promise<void> {
    const { database, graceMs, clock } = this.#deps;
    if (graceMs === 0) return;
    const repositoryId = await findRepository(database.reader, repository);
    if (repositoryId === undefined) return;
    const candidate = { kind: "link" as const, repositoryId, digest };
    const queued = await findCandidate(database.reader, candidate);
    const now = clock().getTime();
    if (queued === undefined || queued.dueAt.getTime() > now + graceMs / 2) return;
    const dueAt = new Date(now + graceMs);
    await database.write((trx) => postponeCandidate(trx, { ...candidate, dueAt }));
  }
}
