import type { Logger } from "pino";
import type { ScrubEvent } from "../../contract/operations.ts";
import type { KeyedLock } from "../../lib/keyed-lock.ts";
import type { Digest } from "../../oci/digest.ts";
import type { FilesystemStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import type { Quarantine } from "../blobs/quarantine.ts";
import { type BlobRow, findBlob, listLiveBlobs } from "../store/blobs-store.ts";
import { findPayload } from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import { findWalk, recordWalk } from "../store/walks-store.ts";
import { matchesDigest, Throttle } from "./throttled-hash.ts";

interface ScrubberDeps {
  readonly database: Database<RegistryTables>;
  readonly blobs: FilesystemStore;
  readonly locks: KeyedLock;
  readonly quarantine: Quarantine;
  /**
   * Whether files that no row names are removed. Never in a directory that CNCF distribution wrote: a repository that was
   * not taken over may still need them.
   */
  readonly removesOrphans: boolean;
  readonly graceMs: number;
  readonly clock: () => Date;
  readonly log: Logger;
}

type Item = Extract<ScrubEvent, { type: "item" }>;
type Report = Extract<ScrubEvent, { type: "report" }>;

const WALK = "scrub";
const BATCH = 100;

/**
 * Reads every blob again and again, slowly. What does not match its digest any more is quarantined, so that clients push it
 * again; the stored copy of a manifest is written anew from the database.
 */
export class Scrubber {
  readonly #deps: ScrubberDeps;

  constructor(deps: ScrubberDeps) {
    this.#deps = deps;
  }

  /** One round; it starts where the last one was interrupted when `resumes` is set. */
  async *run(options: {
    bytesPerSecond: number;
    resumes: boolean;
    signal: AbortSignal;
  }): AsyncGenerator<ScrubEvent> {
    const startedAt = performance.now();
    const report: Report = {
      type: "report",
      examined: 0,
      bytes: 0,
      rotten: 0,
      missing: 0,
      unreadable: 0,
      durationMs: 0,
    };
    const throttle = new Throttle(options.bytesPerSecond);
    for await (const blob of this.#walk(options)) {
      const item = await this.#examine(blob, { throttle, signal: options.signal });
      report.examined += 1;
      report.bytes += blob.size;
      if (item !== undefined) {
        report[item.finding] += 1;
        yield item;
      }
      yield { type: "progress", done: report.bytes, unit: "bytes" };
    }
    await this.#removeOrphans(options.signal);
    yield { ...report, durationMs: Math.round(performance.now() - startedAt) };
  }

  async *#walk(options: { resumes: boolean; signal: AbortSignal }): AsyncGenerator<BlobRow> {
    const { database, clock } = this.#deps;
    const last = options.resumes ? await findWalk(database.reader, WALK) : undefined;
    const startedAt = last?.startedAt ?? clock();
    for (let after = Number(last?.position ?? 0); ; ) {
      options.signal.throwIfAborted();
      const page = await listLiveBlobs(database.reader, { after, limit: BATCH });
      yield* page;
      after = page.at(-1)?.id ?? 0;
      const position = String(after);
      await database.write(
        (trx) => recordWalk(trx, { name: WALK, position, startedAt, now: clock() }),
        { survives: "process" },
      );
      if (page.length === 0) return;
    }
  }

  async #examine(
    blob: BlobRow,
    pace: { throttle: Throttle; signal: AbortSignal },
  ): Promise<Item | undefined> {
    const fault = await this.#findFault(blob, pace);
    if (fault === undefined) return undefined;
    const { digest, size: bytes } = blob;
    const isHealed = await this.#healManifest(digest);
    if (!isHealed) await this.#deps.quarantine(digest, fault.why);
    const why = isHealed ? `${fault.why}; written anew from the database` : fault.why;
    return { type: "item", digest, bytes, finding: fault.finding, why };
  }

  async #findFault(
    { digest, size }: BlobRow,
    pace: { throttle: Throttle; signal: AbortSignal },
  ): Promise<Pick<Item, "finding" | "why"> | undefined> {
    await using copy = await this.#deps.blobs.openFile(digest);
    if (copy === undefined) {
      // Collection may have removed it since the page was read.
      const row = await findBlob(this.#deps.database.reader, digest);
      return row?.state === "live" ? { finding: "missing", why: "its file is gone" } : undefined;
    }
    if (copy.size !== size) {
      return { finding: "rotten", why: `its file has ${copy.size} bytes, not ${size}` };
    }
    if (await matchesDigest(digest, copy, pace)) return undefined;
    return { finding: "rotten", why: "its bytes do not match its digest" };
  }

  async #healManifest(digest: Digest): Promise<boolean> {
    const payload = await findPayload(this.#deps.database.reader, digest);
    if (payload === undefined) return false;
    using _lock = await this.#deps.locks.acquire(digest);
    await this.#deps.blobs.write(digest, payload);
    return true;
  }

  /** Files of pushes that ended between the file and its row. */
  async #removeOrphans(signal: AbortSignal): Promise<void> {
    const { blobs, database, locks, clock, graceMs, log } = this.#deps;
    if (!this.#deps.removesOrphans) return;
    for await (const { digest, changedAt, size } of blobs.list()) {
      signal.throwIfAborted();
      if (clock().getTime() - changedAt.getTime() < graceMs) continue;
      if ((await findBlob(database.reader, digest)) !== undefined) continue;
      using _lock = await locks.acquire(digest);
      if ((await findBlob(database.reader, digest)) !== undefined) continue;
      await failPoint("scrub.before-orphan");
      await blobs.remove(digest);
      log.info({ digest, bytes: size }, "orphan blob file removed");
    }
  }
}
