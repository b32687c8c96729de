import type { Kysely } from "kysely";
import type { Journal, Origin, Principal } from "../../access/index.ts";
import type { Database } from "../../platform/db/index.ts";
import type { RegistryTables, SettleRepository } from "../../registry/index.ts";
import { type Collection, findCollection } from "../store/collections-store.ts";
import { listCurrentFiles, type StoredFile } from "../store/files-store.ts";
import type { TrustTables } from "../tables.ts";
import type { Role } from "../tuf/roles.ts";
import type { ServerKeys } from "./server-keys.ts";
import { findRepositoryOf, type TrustPlace } from "./trust-place.ts";

export interface TrustBy {
  readonly by: Principal;
  readonly origin: Origin;
}

export interface TrustDeps {
  readonly database: Database<TrustTables & RegistryTables>;
  readonly keys: ServerKeys;
  readonly journal: Journal;
  readonly settleRepository: SettleRepository;

  readonly clock: () => Date;
}

export type TrustTrx = Kysely<TrustTables & RegistryTables>;
export type CurrentFiles = ReadonlyMap<Role, StoredFile>;

export async function findCollectionAt(
  db: TrustTrx,
  place: TrustPlace,
): Promise<Collection | undefined> {
  const repositoryId = await findRepositoryOf(db, place);
  return repositoryId === undefined
    ? undefined
    : await findCollection(db, { repositoryId, gun: place.gun });
}

export async function listCurrent(
  db: TrustTrx,
  collection: Collection | undefined,
): Promise<CurrentFiles> {
  return collection === undefined ? new Map() : await listCurrentFiles(db, collection.id);
}

/** For the audit trail. */
export function describePlace({ gun, name }: TrustPlace, { by, origin }: TrustBy) {
  const [account = ""] = name.split("/", 1);
  return { by, origin, account, name, after: { gun } };
}
