import type { KeyedLock } from "../../lib/keyed-lock.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { findBlob, listDueCopies, recordWrittenCopies } from "../store/blobs-store.ts";
import type { RegistryTables } from "../store/tables.ts";

interface ManifestCopiesDeps {
  readonly database: Database<RegistryTables>;
  readonly blobs: BlobStore;
  readonly locks: KeyedLock;
  readonly clock: () => Date;
}

/** Enough for the file system to bring them to the disk together, and a moment's work. */
const BATCH = 32;
/** Copies wait for a pause between pushes, whose own syncs they would hold up; but no longer than `LATEST_MS`. */
const PAUSE_MS = 1000;
const LATEST_MS = 2000;

/**
 * Manifests are kept in both stores, so that the contents survive a lost or a rotten database. A push is answered when the
 * manifest's row is on disk; its copy in the blob store is written soon after, from a mark that the push left in the
 * database. A crash in between loses no copy: the mark is still there at the next start.
 */
export class ManifestCopies {
  readonly #deps: ManifestCopiesDeps;
  /** The first and the last push since the copies were last written; at first, whatever an earlier process left. */
  #expecting: { readonly since: number; latest: number } | undefined = { since: 0, latest: 0 };

  constructor(deps: ManifestCopiesDeps) {
    this.#deps = deps;
  }

  /** Says that a push has left a mark. */
  expect(): void {
    const latest = performance.now();
    this.#expecting ??= { since: latest, latest };
    this.#expecting.latest = latest;
  }

  /** Writes the copies that are due, if this is the time for it. */
  async write(): Promise<void> {
    const expecting = this.#expecting;
    if (expecting === undefined) return;
    const now = performance.now();
    if (now - expecting.latest < PAUSE_MS && now - expecting.since < LATEST_MS) return;
    this.#expecting = undefined;
    try {
      await this.writeAll();
    } catch (cause) {
      this.#expecting = expecting;
      throw cause;
    }
  }

  /** Writes all copies that are due, now. */
  async writeAll(): Promise<void> {
    while ((await this.#writeSome()) === BATCH);
  }

  async #writeSome(): Promise<number> {
    const { database, locks, clock } = this.#deps;
    const due = await listDueCopies(database.reader, BATCH);
    if (due.length === 0) return 0;
    await using held = new AsyncDisposableStack();
    // In one order, so that nobody waits in a circle.
    for (const { digest } of due.toSorted((left, right) => (left.digest < right.digest ? -1 : 1))) {
      held.use(await locks.acquire(digest));
    }
    await Promise.all(due.map((copy) => this.#writeOne(copy)));
    await failPoint("copy.before-row");
    const digests = due.map(({ digest }) => digest);
    await database.write((trx) => recordWrittenCopies(trx, digests, clock()));
    return due.length;
  }

  async #writeOne(copy: { digest: Digest; payload: Uint8Array }): Promise<void> {
    const row = await findBlob(this.#deps.database.reader, copy.digest);
    if (row?.state === "due") await this.#deps.blobs.write(copy.digest, copy.payload);
  }
}
