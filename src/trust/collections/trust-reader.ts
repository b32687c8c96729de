import type { Collection } from "../store/collections-store.ts";
import { countRevision, listCollections } from "../store/collections-store.ts";
import { findFile, type StoredFile } from "../store/files-store.ts";
import { TrustError } from "../trust-error.ts";
import type { CheckedFile } from "../tuf/check-update.ts";
import { toFileMeta } from "../tuf/file-meta.ts";
import { isDueForRenewal, makeListing } from "../tuf/make-listing.ts";
import { parseListing, parseRoot } from "../tuf/metadata.ts";
import { isServerRole, type Role, type ServerRole } from "../tuf/roles.ts";
import {
  type CurrentFiles,
  findCollectionAt,
  listCurrent,
  type TrustDeps,
} from "./trust-collection.ts";
import { findRepositoryOf, type TrustPlace } from "./trust-place.ts";
import { storeFiles } from "./trust-publisher.ts";

interface FileWish {
  readonly role: Role;
  /** Without it and a version: the file in force. */
  readonly sha256?: string;
  readonly version?: number;
}

/** What clients read, and the signing anew of what would expire under their eyes. */
export class TrustReader {
  readonly #deps: TrustDeps;

  constructor(deps: TrustDeps) {
    this.#deps = deps;
  }

  /** Throws METADATA_NOT_FOUND. */
  async read(place: TrustPlace, wish: FileWish): Promise<StoredFile> {
    const { reader } = this.#deps.database;
    const collection = await findCollectionAt(reader, place);
    const file = collection && (await findFile(reader, collection.id, wish));
    if (collection === undefined || file === undefined) throw await this.#absent(place, wish);
    const isInForce = wish.sha256 === undefined && wish.version === undefined;
    if (!isInForce || !isServerRole(file.role)) return file;
    if (!this.#isDue(file.role, file)) return file;
    await this.#renew(collection);
    return (await findFile(reader, collection.id, wish)) ?? file;
  }

  #isDue(role: ServerRole, file: StoredFile): boolean {
    const { expires } = parseListing(file.bytes, role);
    return isDueForRenewal(role, expires, this.#deps.clock());
  }

  /**
   * Signs the timestamp anew, and before it the snapshot where that is due, too. Where the hub lacks the keys everything stays
   * as it is, and clients say what has expired. Whoever is slower than somebody else leaves it to them.
   */
  async #renew(collection: Collection): Promise<void> {
    const { database, keys, clock } = this.#deps;
    const current = await listCurrent(database.reader, collection);
    const held = await keys.list(database.reader, collection.id);
    const made = this.#makeAnew(current, { held, now: clock() });
    if (made.length === 0) return;
    await database.write(async (trx) => {
      if (!(await countRevision(trx, collection))) return;
      await storeFiles(trx, collection, { files: made, now: clock() });
    });
  }

  #makeAnew(
    current: CurrentFiles,
    by: Pick<Parameters<typeof makeListing>[0], "held" | "now">,
  ): readonly CheckedFile[] {
    const [root, snapshot, timestamp] = (["root", "snapshot", "timestamp"] as const).map((role) =>
      current.get(role),
    );
    if (root === undefined || snapshot === undefined || timestamp === undefined) return [];
    const { roles } = parseRoot(root.bytes);
    const previous = parseListing(snapshot.bytes, "snapshot");
    const wish = { role: "snapshot", meta: previous.meta, speakers: roles.snapshot } as const;
    const renewed = this.#isDue("snapshot", snapshot)
      ? makeListing({ ...wish, previous, ...by })
      : undefined;
    const meta = [["snapshot", toFileMeta((renewed ?? snapshot).bytes)] as const];
    const last = parseListing(timestamp.bytes, "timestamp");
    const speakers = roles.timestamp;
    const made = makeListing({ role: "timestamp", meta, speakers, previous: last, ...by });
    if (made === undefined) return [];
    const files: CheckedFile[] = [{ role: "timestamp", ...made }];
    if (renewed !== undefined) files.unshift({ role: "snapshot", ...renewed });
    return files;
  }

  /** Whoever moved a repository learns why its signatures are not found. */
  async #absent(place: TrustPlace, { role }: FileWish): Promise<TrustError> {
    const { reader } = this.#deps.database;
    const repositoryId = await findRepositoryOf(reader, place);
    const others = repositoryId === undefined ? [] : await listCollections(reader, repositoryId);
    const [other] = others.filter(({ gun }) => gun !== place.gun);
    const message =
      other === undefined
        ? `there is no ${role} for ${place.gun}`
        : `there is no ${role} for ${place.gun}; what is signed here goes by ${other.gun}, and signatures do not follow a repository to another name`;
    return new TrustError("METADATA_NOT_FOUND", { message });
  }
}
