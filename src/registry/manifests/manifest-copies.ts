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

interface DueCopy {
  readonly digest: Digest;
  readonly payload: Uint8Array;
}

const BATCH = 32;
/** More would take the threads, and the disk, from the syncs that pushes wait for. */
const AT_ONCE = 2;
/** Copies wait for a pause between pushes. When there is none for so long, a batch is written at each call all the same. */
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

  /** To be called every second: writes copies that are due, all of them unless pushes go on meanwhile. */
  async write(): Promise<void> {
    const expecting = this.#expecting;
    if (expecting === undefined) return;
    if (!isPause(expecting) && performance.now() - expecting.since < LATEST_MS) return;
    do {
      const { latest } = expecting;
      const isDone = (await this.#writeSome()) < BATCH;
      // A push that came meanwhile may have left its mark too late for this batch.
      if (isDone && expecting.latest === latest) this.#expecting = undefined;
      if (isDone) return;
    } while (isPause(expecting));
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
    const { written, failures } = await this.#writeAmong(due);
    await failPoint("copy.before-row");
    await database.write((trx) => recordWrittenCopies(trx, written, clock()));
    if (failures.length > 0) throw failures[0];
    return due.length;
  }

  /** Nothing is under way any more when it resolves: the caller lets the locks go. */
  async #writeAmong(due: readonly DueCopy[]) {
    const waiting = due.values();
    const written: Digest[] = [];
    const failures: unknown[] = [];
    const writeEach = async () => {
      for (const copy of waiting) {
        try {
          await this.#writeOne(copy);
          written.push(copy.digest);
        } catch (cause) {
          // One that cannot be written holds up no other; the caller throws it.
          failures.push(cause);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, writeEach));
    return { written, failures };
  }

  async #writeOne({ digest, payload }: DueCopy): Promise<void> {
    const row = await findBlob(this.#deps.database.reader, digest);
    if (row?.state === "due") await this.#deps.blobs.write(digest, payload);
  }
}

function isPause(expecting: { readonly latest: number }): boolean {
  return performance.now() - expecting.latest >= PAUSE_MS;
}
