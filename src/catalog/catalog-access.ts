import type { Authoriser, Caller, Principal, RepositoryAction } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import { isRepositoryName, type RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import {
  findWholeRepository,
  type Repository,
  type RepositoryTables,
} from "../repositories/index.ts";

/** Where there may be something for somebody to see: what is public, and what is in these namespaces. */
export type Reach =
  | "all"
  | { readonly seesPublic: boolean; readonly namespaces: readonly NamespaceId[] };

type ReachOf = (principal: Principal) => Promise<Reach>;

const ACTIONS = ["pull", "push", "delete", "admin"] as const satisfies readonly RepositoryAction[];

/** Who may see what a repository holds: whoever may pull from it, in every mode. */
export class CatalogAccess {
  readonly #authoriser: Authoriser;
  readonly #database: Pick<Database<RepositoryTables>, "reader">;
  readonly #reachOf: ReachOf;

  constructor(deps: {
    readonly authoriser: Authoriser;
    readonly reachOf: ReachOf;
    readonly database: Pick<Database<RepositoryTables>, "reader">;
  }) {
    this.#authoriser = deps.authoriser;
    this.#database = deps.database;
    this.#reachOf = deps.reachOf;
  }

  /** Throws UNAUTHORIZED, DENIED, or NOT_FOUND for what the caller may not see. */
  async getRepository(
    { by: principal }: Caller,
    text: string,
    right: RepositoryAction = "pull",
  ): Promise<Repository> {
    const asked = text.toLowerCase();
    if (!isRepositoryName(asked)) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const decision = await this.#authoriser.decide({ principal, right, repository: asked });
    if (decision.kind === "challenge") throw new ProblemError(PROBLEMS.UNAUTHORIZED);
    if (decision.kind === "hide") throw new ProblemError(PROBLEMS.NOT_FOUND);
    if (decision.kind === "deny")
      throw new ProblemError(PROBLEMS.DENIED, { detail: decision.reason });
    const found = await findWholeRepository(this.#database.reader, decision.repository ?? asked);
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return found;
  }

  async may(
    { by: principal }: Caller,
    repository: RepositoryName,
    right: RepositoryAction,
  ): Promise<boolean> {
    const decision = await this.#authoriser.decide({ principal, right, repository });
    return decision.kind === "allow";
  }

  /** More than somebody may see, and far less than there is on a hub of many organizations. */
  async reachOf({ by: principal }: Caller): Promise<Reach> {
    return await this.#reachOf(principal);
  }

  async listActions(caller: Caller, repository: RepositoryName) {
    const held: RepositoryAction[] = [];
    for (const action of ACTIONS) if (await this.may(caller, repository, action)) held.push(action);
    return held;
  }
}
