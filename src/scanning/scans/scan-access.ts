import type { Authoriser, Caller } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { isRepositoryName, type RepositoryName } from "../../oci/name.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  findWholeRepository,
  type Repository,
  type RepositoryTables,
} from "../../repositories/index.ts";

type Right = "pull" | "push";

/** Who may see what is in an image: whoever may pull it, in every mode. */
export class ScanAccess {
  readonly #deps: {
    readonly authoriser: Authoriser;
    readonly database: Pick<Database<RepositoryTables>, "reader">;
  };

  constructor(deps: {
    readonly authoriser: Authoriser;
    readonly database: Pick<Database<RepositoryTables>, "reader">;
  }) {
    this.#deps = deps;
  }

  /** Throws UNAUTHORIZED, NOT_FOUND for what the caller may not see, or DENIED. */
  async getRepository({ by }: Caller, text: string, right: Right): Promise<Repository> {
    const asked = text.toLowerCase();
    if (!isRepositoryName(asked)) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const { authoriser, database } = this.#deps;
    const decision = await authoriser.decide({ principal: by, right, repository: asked });
    if (decision.kind === "challenge") throw new ProblemError(PROBLEMS.UNAUTHORIZED);
    if (decision.kind === "hide") throw new ProblemError(PROBLEMS.NOT_FOUND);
    if (decision.kind === "deny")
      throw new ProblemError(PROBLEMS.DENIED, { detail: decision.reason });
    const found = await findWholeRepository(database.reader, decision.repository ?? asked);
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return found;
  }

  async may({ by }: Caller, repository: RepositoryName, right: Right): Promise<boolean> {
    const decision = await this.#deps.authoriser.decide({ principal: by, right, repository });
    return decision.kind === "allow";
  }
}
