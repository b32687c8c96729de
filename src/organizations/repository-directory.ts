import type { Journal } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { findNamespace, type NamespaceName, type Visibility } from "../namespaces/index.ts";
import { isRepositoryName, type RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import {
  findRepository,
  findRepositoryById,
  findWholeRepository,
  insertRepository,
  type Repository,
  updateRepository,
} from "../repositories/index.ts";
import type { Authority } from "./authority.ts";
import { giveDefaultRights } from "./default-rights-store.ts";
import type { HoldToQuota } from "./hold-to-quota.ts";
import type { By } from "./organizations.ts";
import type { OrganizationTables } from "./tables.ts";

interface DirectoryDeps {
  readonly database: Database<OrganizationTables>;
  readonly authority: Pick<Authority, "assertMayCreate">;
  readonly journal: Journal;
  readonly holdToQuota: HoldToQuota;
  readonly onChange: () => void;
  readonly clock: () => Date;
}

export interface NewRepository extends By {
  readonly name: string;
  readonly visibility: Visibility;
  readonly description?: string | undefined;
  readonly fullDescription?: string | undefined;
}

export interface RepositoryChange extends By {
  readonly visibility?: Visibility | undefined;
  readonly description?: string | undefined;
  readonly fullDescription?: string | undefined;
}

/** Repositories beside what is in them: made without a push, and what they say about themselves. */
export class RepositoryDirectory {
  readonly #deps: DirectoryDeps;

  constructor(deps: DirectoryDeps) {
    this.#deps = deps;
  }

  /** Throws NAME_INVALID, NAME_TAKEN, NOT_FOUND, DENIED or QUOTA_EXCEEDED. */
  async create(wish: NewRepository): Promise<Repository> {
    const deps = this.#deps;
    const { by, origin, visibility, description = "", fullDescription = "" } = wish;
    const name = parseRepositoryName(wish.name);
    await deps.authority.assertMayCreate({ by, origin }, name);
    const [first = ""] = name.split("/", 1);
    const made = await deps.database.write(async (trx) => {
      const namespace = await findNamespace(trx, first as NamespaceName);
      if ((await findRepository(trx, name)) !== undefined || namespace === undefined) {
        throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail: `${name} is there already` });
      }
      const now = deps.clock();
      await deps.holdToQuota(trx, { name, by, origin }, async () => {
        const id = await insertRepository(trx, { name, namespace, visibility, now });
        await giveDefaultRights(trx, { id, now });
        await updateRepository(trx, id, { description, full_description: fullDescription });
      });
      const deed = { by, origin, action: "repo.create" as const, account: namespace.name, name };
      await deps.journal.record(trx, { ...deed, after: { visibility, description } });
      return await findWholeRepository(trx, name);
    });
    deps.onChange();
    if (made === undefined) throw new Error(`could not find ${name}, which was made just now`);
    return made;
  }

  /**
   * Whether the caller may was decided before. What is not named stays as it is now, not as it was when the caller looked:
   * whoever made it private meanwhile has made it private. Throws NOT_FOUND for what is gone or another owner's by now.
   */
  async change({ id, namespaceId }: Repository, wish: RepositoryChange): Promise<Repository> {
    const { database, journal, onChange } = this.#deps;
    const { by, origin } = wish;
    const changed = await database.write(async (trx) => {
      const before = await findRepositoryById(trx, id);
      if (before === undefined || before.namespaceId !== namespaceId)
        throw new ProblemError(PROBLEMS.NOT_FOUND);
      const after = merge(before, wish);
      await updateRepository(trx, id, {
        visibility: after.isPublic ? "public" : "private",
        description: after.description,
        full_description: after.fullDescription,
      });
      const [account = ""] = before.name.split("/", 1);
      await journal.record(trx, {
        by,
        origin,
        action: after.isPublic === before.isPublic ? "repo.update" : "repo.change_privacy",
        account,
        name: before.name,
        before: describe(before),
        after: describe(after),
      });
      return after;
    });
    onChange();
    return changed;
  }
}

function merge(
  before: Repository,
  { visibility, description, fullDescription }: RepositoryChange,
): Repository {
  return {
    ...before,
    isPublic: visibility === undefined ? before.isPublic : visibility === "public",
    description: description ?? before.description,
    fullDescription: fullDescription ?? before.fullDescription,
  };
}

/** Throws NAME_INVALID. */
export function parseRepositoryName(text: string): RepositoryName {
  if (isRepositoryName(text) && text.includes("/")) return text;
  const detail = `"${text}" is no name of a repository, such as acme/api`;
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
}

function describe({ isPublic, description }: Repository): Record<string, unknown> {
  return { visibility: isPublic ? "public" : "private", description };
}
