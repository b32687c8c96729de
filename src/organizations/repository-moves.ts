import type { Journal, OpenTransaction } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { findNamespace, type NamespaceName } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import { failPoint } from "../platform/fail-point.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { type OutboxTables, recordEvent } from "../platform/jobs/outbox.ts";
import {
  findRepository,
  findRepositoryById,
  moveRepository,
  type Repository,
  type RepositoryId,
} from "../repositories/index.ts";
import type { Authority } from "./authority.ts";
import { giveDefaultRights } from "./default-rights-store.ts";
import type { HoldToQuota } from "./hold-to-quota.ts";
import type { By } from "./organizations.ts";
import { parseRepositoryName } from "./repository-directory.ts";
import type { OrganizationTables } from "./tables.ts";

type Tables = OrganizationTables & OutboxTables;
type Trx = Parameters<Parameters<Database<Tables>["write"]>[0]>[0];

interface MoveDeps {
  readonly database: Database<Tables>;
  readonly authority: Pick<Authority, "getRepository" | "assertMayCreate">;
  readonly journal: Journal;
  readonly holdToQuota: HoldToQuota;
  /** Takes away what the former owner gave or set up: rights to it, and whom its webhooks tell. */
  readonly endFormerOwners: (trx: OpenTransaction, id: RepositoryId) => Promise<void>;
  /** Throws when the former namespace does not let it go. */
  readonly assertMayLeave: (trx: OpenTransaction, repository: Repository) => Promise<void>;
  /** Called after each committed move: names mean something else from then on. */
  readonly onMove: () => void;
  readonly clock: () => Date;
}

export interface Move extends By {
  readonly from: string;
  readonly to: string;
}

/**
 * Gives repositories another name, in their namespace or in another. The repository stays what it is, by its id; the former
 * name leads to it, for pulls alone. Nothing that was granted by name goes along: see docs/decisions/0006.
 */
export class RepositoryMoves {
  readonly #deps: MoveDeps;

  constructor(deps: MoveDeps) {
    this.#deps = deps;
  }

  /** Takes the right "admin" there and the right to create here. Throws NOT_FOUND, DENIED, NAME_INVALID, NAME_TAKEN or QUOTA_EXCEEDED. */
  async move(wish: Move): Promise<Repository> {
    const { authority, database, onMove } = this.#deps;
    const repository = await authority.getRepository(wish, wish.from, "admin");
    const to = parseRepositoryName(wish.to);
    await authority.assertMayCreate(wish, to);
    const moved = await database.write(async (trx) => {
      await this.#move(trx, repository, { ...wish, to });
      await failPoint("repository-move.before-commit");
      return await findRepositoryById(trx, repository.id);
    });
    onMove();
    if (moved === undefined) throw new Error(`could not find ${to}, which was moved just now`);
    return moved;
  }

  async #move(
    trx: Trx,
    repository: Repository,
    { to, by, origin }: By & { readonly to: RepositoryName },
  ): Promise<void> {
    const { id, name } = repository;
    const now = this.#deps.clock();
    const [from, namespace] = [await findNamespaceOf(trx, name), await findNamespaceOf(trx, to)];
    if ((await findRepository(trx, name)) !== id) throw new ProblemError(PROBLEMS.NOT_FOUND);
    if (namespace === undefined || (await findRepository(trx, to)) !== undefined)
      throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail: `${to} is there already` });
    const isTransfer = from?.id !== namespace.id;
    if (isTransfer) await this.#deps.assertMayLeave(trx, repository);
    await this.#deps.holdToQuota(trx, { by, origin, name: to, from: name }, () =>
      moveRepository(trx, repository, { from, to, namespace, now }),
    );
    // Who may what in the new place is for its owner to say.
    if (isTransfer) {
      await this.#deps.endFormerOwners(trx, id);
      await giveDefaultRights(trx, { id, now });
    }
    const cause = { actor: by.name, ...origin };
    const payload = { repository: to, formerName: name, repositoryId: id, ...cause };
    await recordEvent(trx, { topic: "repository.renamed", orderingKey: to, payload, at: now });
    const deed = {
      ...{ by, origin, before: { name }, after: { name: to } },
      action: isTransfer ? "repo.transfer" : "repo.rename",
    } as const;
    const [account = ""] = name.split("/", 1);
    await this.#deps.journal.record(trx, { ...deed, account, name });
    // Its new owner finds it in their own trail, too.
    if (isTransfer)
      await this.#deps.journal.record(trx, { ...deed, account: namespace.name, name: to });
  }
}

async function findNamespaceOf(trx: Trx, name: RepositoryName) {
  const [first = ""] = name.split("/", 1);
  return await findNamespace(trx, first as NamespaceName);
}
