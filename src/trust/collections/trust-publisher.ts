import { failPoint } from "../../platform/fail-point.ts";
import { insertChange } from "../store/changes-store.ts";
import { type Collection, countRevision } from "../store/collections-store.ts";
import { deleteOldFiles, insertFile } from "../store/files-store.ts";
import { TrustError, toTrustError } from "../trust-error.ts";
import { type CheckedFile, checkUpdate } from "../tuf/check-update.ts";
import { sha256Of } from "../tuf/file-meta.ts";
import { MetadataError, parseVersion } from "../tuf/metadata.ts";
import type { Role } from "../tuf/roles.ts";
import { UpdateRefused } from "../tuf/update-refused.ts";
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

/** Versions of a role that stay; a client reads the files that its timestamp names within minutes. */
const VERSIONS_KEPT = 32;
/** Those who publish at once are let in one after the other. */
const MOST_TRIES = 32;

interface Publication {
  readonly place: TrustPlace;
  readonly files: ReadonlyMap<Role, Buffer>;
  readonly by: TrustBy;
}

/** Publishes whole updates or nothing, so that clients always find a state that they believe. */
export class TrustPublisher {
  readonly #deps: TrustDeps;

  constructor(deps: TrustDeps) {
    this.#deps = deps;
  }

  /**
   * Checks the update against what is in force, signs what the hub has the keys for, and stores all of it in one
   * transaction. When somebody else published meanwhile, it is checked anew. Throws {@link TrustError}.
   */
  async publish(publication: Publication): Promise<void> {
    const { reader } = this.#deps.database;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const collection = await findCollectionAt(reader, publication.place);
      const current = await listCurrent(reader, collection);
      const checked = await this.#check(publication, collection, current);
      const isStored =
        collection !== undefined &&
        (await this.#store(publication, { collection, current, checked }));
      if (!isStored) continue;
      await failPoint("trust-publisher.before-answer");
      return;
    }
    throw new TrustError("UPDATING", { message: "too many publish to this name at once" });
  }

  async #check(
    { place, files }: Publication,
    collection: Collection | undefined,
    current: CurrentFiles,
  ): Promise<readonly CheckedFile[]> {
    const { database, keys, clock } = this.#deps;
    const held =
      collection === undefined ? new Map() : await keys.list(database.reader, collection.id);
    try {
      assertNewSnapshot(files.get("snapshot"), current);
      return checkUpdate({
        gun: place.gun,
        files,
        stored: (role) => current.get(role)?.bytes,
        held,
        now: clock(),
      });
    } catch (cause) {
      if (cause instanceof UpdateRefused) throw toTrustError(cause);
      if (!(cause instanceof MetadataError)) throw cause;
      throw new TrustError("UPDATING", { message: "what is stored cannot be read", cause });
    }
  }

  /** False when somebody was faster. */
  async #store(
    { place, by }: Publication,
    found: {
      readonly collection: Collection;
      readonly current: CurrentFiles;
      readonly checked: readonly CheckedFile[];
    },
  ): Promise<boolean> {
    const { collection, current, checked } = found;
    for (const { role, version } of checked)
      if (version <= (current.get(role)?.version ?? 0)) throw oldVersion(role, version);
    const now = this.#deps.clock();
    return await this.#deps.database.write(async (trx) => {
      // Also when the repository was deleted meanwhile, and this with it.
      if (!(await countRevision(trx, collection))) return false;
      await storeFiles(trx, collection, { files: checked, now });
      if (checked.some(({ role }) => role === "root")) {
        const action = "repo.trust.root.publish";
        await this.#deps.journal.record(trx, { ...describePlace(place, by), action });
      }
      await failPoint("trust-publisher.before-commit");
      return true;
    });
  }
}

/** What the hub published, with the line that tells of it. */
export async function storeFiles(
  trx: TrustTrx,
  collection: Collection,
  { files, now }: { readonly files: readonly CheckedFile[]; readonly now: Date },
): Promise<void> {
  for (const { role, version, bytes } of files) {
    await insertFile(trx, collection.id, { role, version, bytes, now });
    await deleteOldFiles(trx, collection.id, { role, keep: VERSIONS_KEPT });
    if (role !== "timestamp") continue;
    const { repositoryId, gun } = collection;
    const change = { repositoryId, gun, version, sha256: sha256Of(bytes), at: now };
    await insertChange(trx, { ...change, category: "update" });
  }
}

/**
 * Before anything else is looked at: of two who publish with a snapshot of their own the later one is told to begin anew, and
 * not what in the other's files does not fit.
 */
function assertNewSnapshot(bytes: Buffer | undefined, current: CurrentFiles): void {
  const stored = current.get("snapshot");
  if (bytes === undefined || stored === undefined) return;
  const version = findVersion(bytes);
  if (version !== undefined && version <= stored.version) throw oldVersion("snapshot", version);
}

/** What cannot be read is refused by the check, in its own words. */
function findVersion(bytes: Buffer): number | undefined {
  try {
    return parseVersion(bytes);
  } catch (cause) {
    if (cause instanceof MetadataError) return undefined;
    throw cause;
  }
}

function oldVersion(role: Role, version: number): TrustError {
  const message = `version ${version} of ${role} is not newer than the one that is stored`;
  return new TrustError("VERSION", { message });
}
