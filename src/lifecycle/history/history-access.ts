import type { Authoriser, Caller, TagRule } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { isRepositoryName, type RepositoryName } from "../../oci/name.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { findWholeRepository, type Repository } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";

interface AccessDeps {
  readonly authoriser: Authoriser;
  readonly database: Pick<Database<LifecycleTables>, "reader">;
}

type Right = "pull" | "push" | "delete";

/** Who may look at and change the history: as at the registry's own doors, in every mode. */
export class HistoryAccess {
  readonly #deps: AccessDeps;

  constructor(deps: AccessDeps) {
    this.#deps = deps;
  }

  /** Throws UNAUTHORIZED, NOT_FOUND for what the caller may not see, or DENIED. */
  async getRepository(
    { by }: Caller,
    text: string,
    right: Right,
  ): Promise<Repository & { readonly tagRules: readonly TagRule[] | undefined }> {
    const asked = text.toLowerCase();
    if (!isRepositoryName(asked)) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const decision = await this.#decide(by, asked, right);
    if (decision.kind === "challenge") throw new ProblemError(PROBLEMS.UNAUTHORIZED);
    if (decision.kind === "hide") throw new ProblemError(PROBLEMS.NOT_FOUND);
    if (decision.kind === "deny")
      throw new ProblemError(PROBLEMS.DENIED, { detail: decision.reason });
    const { repository = asked, tagRules } = decision;
    const found = await findWholeRepository(this.#deps.database.reader, repository);
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return { ...found, tagRules };
  }

  async may({ by }: Caller, repository: RepositoryName, right: Right): Promise<boolean> {
    return (await this.#decide(by, repository, right)).kind === "allow";
  }

  /** Which tokens were used is for those who use such ones here, and for those who read the whole hub. */
  async seesTokens(caller: Caller, repository: RepositoryName): Promise<boolean> {
    return caller.by.role !== undefined || (await this.may(caller, repository, "push"));
  }

  async #decide(principal: Caller["by"], repository: RepositoryName, right: Right) {
    return await this.#deps.authoriser.decide({ principal, right, repository });
  }
}
