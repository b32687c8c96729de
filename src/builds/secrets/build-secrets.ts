import type { Caller, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Sealing } from "../../platform/keys/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import type { BuildTables } from "../tables.ts";
import { listSecrets, removeSecret, saveSecret } from "./secrets-store.ts";

export interface SecretsDeps {
  readonly database: Database<BuildTables>;
  readonly sealing: Sealing;
  readonly journal: Journal;
  readonly clock: () => Date;
}

export interface OpenSecret {
  readonly id: string;
  readonly value: string;
}

const MOST = 50;

/** What builds of a repository are shown as files, and nobody else is shown at all. */
export class BuildSecrets {
  readonly #deps: SecretsDeps;

  constructor(deps: SecretsDeps) {
    this.#deps = deps;
  }

  async list(repository: RepositoryId): Promise<{ name: string; updatedAt: Date }[]> {
    const found = await listSecrets(this.#deps.database.reader, repository);
    return found.map(({ name, updatedAt }) => ({ name, updatedAt }));
  }

  /** Throws TOO_MANY. */
  async set(
    repository: Repository,
    caller: Caller,
    { name, value }: { readonly name: string; readonly value: string },
  ): Promise<void> {
    const { database, sealing, journal, clock } = this.#deps;
    const sealedValue = sealing.seal(value, contextOf(repository.id, name));
    await database.write(async (trx) => {
      const known = await listSecrets(trx, repository.id);
      if (known.length >= MOST && !known.some((one) => one.name === name))
        throw new ProblemError(PROBLEMS.TOO_MANY, { detail: `a repository has at most ${MOST}` });
      await saveSecret(trx, { repository: repository.id, name, sealedValue, now: clock() });
      await journal.record(trx, {
        action: "repo.build.secret.set",
        ...describe(caller, repository),
        after: { secret: name },
      });
    });
  }

  /** Throws NOT_FOUND. */
  async remove(repository: Repository, caller: Caller, name: string): Promise<void> {
    const { database, journal } = this.#deps;
    await database.write(async (trx) => {
      if (!(await removeSecret(trx, repository.id, name)))
        throw new ProblemError(PROBLEMS.BUILD_SECRET_NONE);
      await journal.record(trx, {
        action: "repo.build.secret.remove",
        ...describe(caller, repository),
        before: { secret: name },
      });
    });
  }

  /** For a build that runs. Throws BuildFailed where one is not there. */
  async open(repository: RepositoryId, names: readonly string[]): Promise<readonly OpenSecret[]> {
    if (names.length === 0) return [];
    const { database, sealing } = this.#deps;
    const found = await listSecrets(database.reader, repository);
    return names.map((id) => {
      const one = found.find(({ name }) => name === id);
      if (one === undefined)
        throw new BuildFailed(`the repository has no secret ${id} (berth build secrets set)`);
      return { id, value: sealing.unseal(one.sealedValue, contextOf(repository, id)) };
    });
  }
}

/** A sealed secret opens under its name in its repository, and nowhere else. */
function contextOf(repository: RepositoryId, name: string): string {
  return `build secret ${repository} ${name}`;
}

function describe({ by, origin }: Caller, { name }: Repository) {
  const [account = ""] = name.split("/", 1);
  return { by, origin, account, name };
}
