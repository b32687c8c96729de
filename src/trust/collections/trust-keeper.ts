import { failPoint } from "../../platform/fail-point.ts";
import { openRepository } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { insertChange } from "../store/changes-store.ts";
import {
  type Collection,
  deleteCollection,
  findCollection,
  insertCollection,
  listCollections,
} from "../store/collections-store.ts";
import { TrustError } from "../trust-error.ts";
import type { TufKey } from "../tuf/keys.ts";
import { parseRoot } from "../tuf/metadata.ts";
import type { ServerRole } from "../tuf/roles.ts";
import type { HeldKey, MadeKey } from "./server-keys.ts";
import {
  type CurrentFiles,
  describePlace,
  findCollectionAt,
  listCurrent,
  type TrustBy,
  type TrustDeps,
  type TrustTrx,
} from "./trust-collection.ts";
import type { TrustPlace } from "./trust-place.ts";

/** Hosts by which one repository is signed; more than a hub has names. */
const COLLECTIONS_LIMIT = 16;

interface KeyWish {
  readonly place: TrustPlace;
  readonly role: ServerRole;
  readonly by: TrustBy;
}

/** The keys that the hub holds for a name, and the end of all that is signed under it. */
export class TrustKeeper {
  readonly #deps: TrustDeps;

  constructor(deps: TrustDeps) {
    this.#deps = deps;
  }

  /**
   * The key that the root names, or, before there is one, the key that the first root is to name. It is made when it is asked
   * for first, and with it the repository, as by a push.
   */
  async getKey(wish: KeyWish): Promise<TufKey> {
    const { database, keys } = this.#deps;
    const collection = await findCollectionAt(database.reader, wish.place);
    const found = collection && (await this.#findKey(database.reader, collection, wish.role));
    if (found !== undefined) return found;
    const made = await keys.make(wish.role);
    return await database.write(async (trx) => {
      const opened = await this.#open(trx, wish);
      // Two who ask at once get the same key.
      const other = await this.#findKey(trx, opened, wish.role);
      return other ?? (await this.#store(trx, opened, made));
    });
  }

  /** Another key, for the next root to name. The old one is kept, as long as the root names it. */
  async rotateKey(wish: KeyWish): Promise<TufKey> {
    const { place, role, by } = wish;
    const made = await this.#deps.keys.make(role);
    const key = await this.#deps.database.write(async (trx) => {
      const stored = await this.#store(trx, await this.#open(trx, wish), made);
      const told = describePlace(place, by);
      await this.#deps.journal.record(trx, {
        ...{ ...told, after: { ...told.after, role, key: stored.id } },
        action: "repo.trust.key.rotate",
      });
      await failPoint("trust-keeper.before-commit");
      return stored;
    });
    await failPoint("trust-keeper.before-answer");
    return key;
  }

  /** Everything under this name: files, versions and keys. Says whether there was anything. */
  async remove(place: TrustPlace, by: TrustBy): Promise<boolean> {
    const found = await findCollectionAt(this.#deps.database.reader, place);
    if (found === undefined) return false;
    return await this.#removeAll([found], place, by);
  }

  /** Everything that is signed in the repository, or what is signed under one of its names. */
  async reset(
    repository: { readonly id: RepositoryId; readonly name: TrustPlace["name"] },
    gun: string | undefined,
    by: TrustBy,
  ): Promise<boolean> {
    const { id } = repository;
    const all = await listCollections(this.#deps.database.reader, id);
    const some = gun === undefined ? all : all.filter((one) => one.gun === gun);
    return await this.#removeAll(some, repository, by);
  }

  async #removeAll(
    collections: readonly Collection[],
    { name }: Pick<TrustPlace, "name">,
    by: TrustBy,
  ): Promise<boolean> {
    const now = this.#deps.clock();
    const removed = await this.#deps.database.write(async (trx) => {
      const guns: string[] = [];
      for (const { id, repositoryId, gun } of collections) {
        if ((await findCollection(trx, { repositoryId, gun }))?.id !== id) continue;
        await deleteCollection(trx, id);
        const change = { repositoryId, gun, version: 0, sha256: "", at: now };
        await insertChange(trx, { ...change, category: "deletion" });
        guns.push(gun);
      }
      if (guns.length === 0) return false;
      const [account = ""] = name.split("/", 1);
      const deed = { ...by, account, name, before: { guns } };
      await this.#deps.journal.record(trx, { ...deed, action: "repo.trust.reset" });
      await failPoint("trust-keeper.before-commit");
      return true;
    });
    await failPoint("trust-keeper.before-answer");
    return removed;
  }

  async #findKey(
    db: TrustTrx,
    collection: Collection,
    role: ServerRole,
  ): Promise<TufKey | undefined> {
    const held = await this.#deps.keys.list(db, collection.id);
    const inUse = listNamed(await listCurrent(db, collection), role);
    const ofRole = [...held.values()].filter((key) => key.role === role);
    const isNamed = ({ key }: HeldKey) => inUse.has(key.id);
    return (ofRole.find(isNamed) ?? ofRole[0])?.key;
  }

  async #store(trx: TrustTrx, collection: Collection, made: MadeKey): Promise<TufKey> {
    const inUse = listNamed(await listCurrent(trx, collection), made.role);
    const now = this.#deps.clock();
    await this.#deps.keys.store(trx, collection.id, { ...made, inUse, now });
    return made.key;
  }

  /** The first key of a name makes the repository, as the first push does. */
  async #open(trx: TrustTrx, { place, by }: Omit<KeyWish, "role">): Promise<Collection> {
    const { name, repositoryId: known, gun } = place;
    const now = this.#deps.clock();
    const repositoryId = await openRepository(trx, {
      target: { name, repositoryId: known },
      by: { principal: by.by, origin: () => by.origin },
      now,
      settle: this.#deps.settleRepository,
    });
    const found = await findCollection(trx, { repositoryId, gun });
    if (found !== undefined) return found;
    const others = await listCollections(trx, repositoryId);
    if (others.length < COLLECTIONS_LIMIT)
      return await insertCollection(trx, { repositoryId, gun, now });
    const message = `${name} is signed under ${COLLECTIONS_LIMIT} names already: reset one of them first`;
    throw new TrustError("INVALID_GUN", { message });
  }
}

/** Ids of the keys that the root in force names for the role. */
function listNamed(current: CurrentFiles, role: ServerRole): ReadonlySet<string> {
  const root = current.get("root");
  if (root === undefined) return new Set();
  return new Set(parseRoot(root.bytes).roles[role].keys.map(({ id }) => id));
}
