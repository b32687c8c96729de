import type { Authoriser } from "../../access/index.ts";
import type { Database } from "../../platform/db/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import { findRepositoryName } from "../../repositories/index.ts";
import type { TrustBy } from "../collections/trust-collection.ts";
import { findRepositoryOf, type TrustPlace } from "../collections/trust-place.ts";
import { type ChangePage, listChanges, type TrustChange } from "../store/changes-store.ts";
import type { TrustTables } from "../tables.ts";
import { TrustError } from "../trust-error.ts";

interface FeedDeps {
  readonly database: Pick<Database<TrustTables & RegistryTables>, "reader">;
  readonly authoriser: Authoriser;
}

const MOST_RECORDS = 1000;
const USUAL_RECORDS = 100;

/** What was published and what was removed, in the order in which it happened. */
export class TrustFeed {
  readonly #deps: FeedDeps;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  /** Of one name, or of everything that the caller may pull. Throws INVALID_PARAMETERS. */
  async answer(
    query: URLSearchParams,
    asked: { readonly by: TrustBy; readonly place?: TrustPlace },
  ) {
    const page = readPage(query);
    const changes =
      asked.place === undefined
        ? await this.#listVisible(page, asked.by)
        : await this.#listOf(page, asked.place);
    return { count: changes.length, records: changes.map(toRecord) };
  }

  async #listOf(page: ChangePage, place: TrustPlace): Promise<readonly TrustChange[]> {
    const { reader } = this.#deps.database;
    const repositoryId = await findRepositoryOf(reader, place);
    if (repositoryId === undefined) return [];
    return await listChanges(reader, page, { repositoryId, gun: place.gun });
  }

  async #listVisible(page: ChangePage, { by }: TrustBy): Promise<readonly TrustChange[]> {
    const { reader } = this.#deps.database;
    // By live rights, as the catalog is: the token says no more than that its holder may list.
    const { granted: _granted, grantedAt: _grantedAt, ...principal } = by;
    const visible = new Map<number, boolean>();
    const changes = await listChanges(reader, page);
    for (const { repositoryId } of changes) {
      if (visible.has(repositoryId)) continue;
      const repository = await findRepositoryName(reader, repositoryId);
      const decision =
        repository === undefined
          ? undefined
          : await this.#deps.authoriser.decide({ principal, right: "pull", repository });
      visible.set(repositoryId, decision?.kind === "allow");
    }
    return changes.filter(({ repositoryId }) => visible.get(repositoryId) === true);
  }
}

/** `records`: how many, backwards when negative, 0 for as many as is usual. */
function readPage(query: URLSearchParams): ChangePage {
  const records = readNumber(query, "records", "");
  const after = readNumber(query, "change_id", "0");
  const count = records === 0 ? USUAL_RECORDS : Math.abs(records);
  const goesBack = records < 0;
  return {
    goesBack,
    limit: Math.min(count, MOST_RECORDS),
    // Backwards from the beginning means from the end.
    after: goesBack && after <= 0 ? undefined : after,
  };
}

function readNumber(query: URLSearchParams, name: string, usual: string): number {
  const text = query.get(name) ?? usual;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new TrustError("INVALID_PARAMETERS", { message: `${name} has to be a number` });
}

function toRecord({ id, at, gun, version, sha256, category }: TrustChange) {
  return {
    ID: String(id),
    CreatedAt: at.toISOString(),
    GUN: gun,
    Version: version,
    SHA256: sha256,
    Category: category,
  };
}
