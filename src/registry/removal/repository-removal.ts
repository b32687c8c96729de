import type { Kysely } from "kysely";
import type { Caller, Journal, OpenTransaction } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { findNamespace, type NamespaceName } from "../../namespaces/index.ts";
import type { Headroom } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { recordEvent } from "../../platform/jobs/outbox.ts";
import {
  endRedirects,
  findRepository,
  markRemoved,
  nameKeyOf,
  type Repository,
  retireName,
} from "../../repositories/index.ts";
import type { BlobRights } from "../blobs/blob-rights.ts";
import type { ManifestCache } from "../manifests/manifest-cache.ts";
import { writeToFree } from "../manifests/write-to-free.ts";
import type { RegistryTables } from "../store/tables.ts";

interface RemovalDeps {
  readonly database: Database<RegistryTables>;
  readonly headroom: Pick<Headroom, "giveUpBallast">;
  readonly cache: Pick<ManifestCache, "forgetAll">;
  readonly rights: Pick<BlobRights, "forgetAll">;
  readonly journal: Journal;
  readonly allowsDelete: boolean;
  readonly isReadOnly: boolean;
  readonly clock: () => Date;
}

/** What else goes with a repository. */
interface Aftermath {
  /** In the same transaction: rights to it, which are another capability's rows. */
  readonly removeRights: (trx: OpenTransaction, repository: Repository) => Promise<void>;
  /** Once it is committed. */
  readonly onChange: () => void;
}

/**
 * Deletes a repository with everything in it. One small transaction takes it away from every door, however much it holds;
 * `RepositoryEmptying` takes away the rest, in steps, and collection frees the bytes after the grace. The name stays kept
 * back: a push does not make it anew, and what was granted for it before does not hold for what gets it later.
 */
export class RepositoryRemoval {
  readonly #deps: RemovalDeps;

  constructor(deps: RemovalDeps) {
    this.#deps = deps;
  }

  get mayDelete(): boolean {
    return this.#deps.allowsDelete && !this.#deps.isReadOnly;
  }

  /** One switch for tags, manifests, blobs and whole repositories, on every door. Throws UNSUPPORTED. */
  assertMayDelete(): void {
    const { isReadOnly } = this.#deps;
    if (this.mayDelete) return;
    const detail = isReadOnly
      ? "this hub is read-only for now (storage.readOnly)"
      : "deleting is switched off on this hub (delete.enabled)";
    throw new ProblemError(PROBLEMS.UNSUPPORTED, { detail });
  }

  /** Whether the caller may was decided before. Throws UNSUPPORTED, or NOT_FOUND if somebody was faster. */
  async remove(
    repository: Repository,
    { by, origin }: Caller,
    { removeRights, onChange }: Aftermath,
  ): Promise<void> {
    this.assertMayDelete();
    await writeToFree(this.#deps, async (trx) => {
      await this.#take(trx, repository, { by, origin });
      await removeRights(trx, repository);
      const { name, isPublic, description } = repository;
      const [account = ""] = name.split("/", 1);
      const before = { visibility: isPublic ? "public" : "private", description };
      await this.#deps.journal.record(trx, {
        ...{ by, origin, account, name, before },
        action: "repo.delete",
      });
      await failPoint("repository-removal.before-commit");
    });
    this.#deps.cache.forgetAll();
    this.#deps.rights.forgetAll();
    onChange();
    await failPoint("repository-removal.before-answer");
  }

  async #take(trx: Kysely<RegistryTables>, repository: Repository, caller: Caller): Promise<void> {
    const { id, name, isPublic, namespaceId, description } = repository;
    const now = this.#deps.clock();
    if ((await findRepository(trx, name)) !== id) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const [first = ""] = name.split("/", 1);
    const namespace = await findNamespace(trx, first as NamespaceName);
    await markRemoved(trx, id, now);
    await endRedirects(trx, id, now);
    await retireName(trx, nameKeyOf(name, namespace), { repository: undefined, now });
    // Whoever tells others of it finds no row any more, so the event says what they need.
    await recordEvent(trx, {
      topic: "repository.deleted",
      orderingKey: name,
      payload: {
        ...{ repository: name, repositoryId: id, namespaceId, isPublic, description },
        actor: caller.by.name,
        ...caller.origin,
      },
      at: now,
    });
  }
}
