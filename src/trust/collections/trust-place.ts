import type { Kysely } from "kysely";
import type { RepositoryName } from "../../oci/name.ts";
import {
  findRepository,
  type RepositoryId,
  type RepositoryTables,
} from "../../repositories/index.ts";

/** Where trust data is asked for, once it is allowed. */
export interface TrustPlace {
  /** What it is signed as: with the host by which the client knows the hub. */
  readonly gun: string;
  /** The repository, by the name that the hub knows it by. */
  readonly name: RepositoryName;
  /** What had the name when that was decided, 0 for nothing; undefined where names are literal. */
  readonly repositoryId: number | undefined;
}

export async function findRepositoryOf(
  db: Kysely<RepositoryTables>,
  { name, repositoryId }: Omit<TrustPlace, "gun">,
): Promise<RepositoryId | undefined> {
  if (repositoryId === 0) return undefined;
  return (repositoryId as RepositoryId | undefined) ?? (await findRepository(db, name));
}
