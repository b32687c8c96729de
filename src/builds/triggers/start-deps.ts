import type { Caller, Principal } from "../../access/index.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { BuildWish } from "../build-options.ts";
import type { BuildId, BuildTables } from "../tables.ts";

/** What starts builds for somebody who does not ask for each: they are looked up each time, so that whoever is gone builds nothing. */
export interface StartDeps {
  readonly database: Database<BuildTables>;
  readonly startAll: (
    repository: Repository,
    caller: Caller,
    wish: BuildWish,
  ) => Promise<readonly BuildId[]>;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  readonly findPerson: (accountId: number) => Promise<Principal | undefined>;
  readonly clock: () => Date;
}
