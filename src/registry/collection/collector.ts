import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { CollectEvent } from "../../contract/operations.ts";
import type { KeyedLock } from "../../lib/keyed-lock.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { findRepositoryName, type RepositoryId } from "../../repositories/index.ts";
import { isAdoptionComplete } from "../adoption/adoption.ts";
import { isDistributionDirectory } from "../adoption/distribution-directory.ts";
import type { BlobRights } from "../blobs/blob-rights.ts";
import type { VerifiedCopies } from "../blobs/verified-copies.ts";
import type { Deletions } from "../manifests/deletions.ts";
import type { ManifestCache } from "../manifests/manifest-cache.ts";
import {
  type BlobRow,
  deleteBlob,
  findBlob,
  isBlobNeeded,
  listDoomedBlobs,
  setBlobState,
  unlinkBlob,
} from "../store/blobs-store.ts";
import {
  type Candidate,
  listDueCandidates,
  postponeCandidate,
  queueCandidate,
  removeCandidate,
} from "../store/collection-queue-store.ts";
import { countFreed } from "../store/freed-days-store.ts";
import { findManifestId, isReferenced } from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import { removeOldTombstones } from "../store/tombstones-store.ts";
import type { Uploads } from "../uploads/uploads.ts";
import { decideManifest, type Verdict } from "./manifest-verdict.ts";

export interface CollectorDeps {
  readonly database: Database<RegistryTables>;
  readonly blobs: BlobStore;
  readonly locks: KeyedLock;
  readonly rights: BlobRights;
  readonly verified: VerifiedCopies;
  readonly deletions: Deletions;
  readonly cache: ManifestCache;
  readonly uploads: Uploads;
  /** Where the blobs lie. */
  readonly blobRoot: string;
  /** Whether manifests without a tag are removed. */
  readonly untagged: "keep" | "remove";
  readonly graceMs: number;
  readonly clock: () => Date;
  readonly log: Logger;
}

type Trx = Kysely<RegistryTables>;
type Item = Extract<CollectEvent, { type: "item" }>;
type Report = Extract<CollectEvent, { type: "report" }>;

const HALF_ADOPTED =
  "this directory of registry:2 is not wholly taken over, so nothing is removed; run berth adopt, or wait for it to end";
const BATCH = 200;
const RETRY_MS = 600_000;
const BY = { actor: "collection", cause: "collection" } as const;
const SYSTEM_GRACE_MS = 3_600_000;

/**
 * Removes what nothing refers to, while the hub serves. Deletes and pushes queue candidates; each is looked at again once
 * its grace is over, in the transaction that decides, so a push that names it in the meantime always wins.
 */
export class Collector {
  readonly #deps: CollectorDeps;

  constructor(deps: CollectorDeps) {
    this.#deps = deps;
  }

  /** One run over everything that is due. `dryRun` decides and explains, and changes nothing. */
  async *run(options: { dryRun: boolean; signal: AbortSignal }): AsyncGenerator<CollectEvent> {
    const startedAt = performance.now();
    const report: Report = {
      type: "report",
      dryRun: options.dryRun,
      examined: 0,
      removed: 0,
      kept: 0,
      freedBytes: 0,
      durationMs: 0,
    };
    if (!options.dryRun && (await this.#isHalfAdopted())) {
      yield { type: "failure", message: HALF_ADOPTED };
      return;
    }
    if (!options.dryRun) yield* this.#finishDoomed(report);
    for await (const candidate of this.#due(options)) {
      if (options.signal.aborted) break;
      const item = await this.#examine(candidate, options.dryRun);
      if (item === undefined) continue;
      count(report, item);
      yield item;
      if (report.examined % BATCH === 0) {
        yield { type: "progress", done: report.examined, unit: "items" };
      }
    }
    if (!options.dryRun) yield* this.#clearUploads(report);
    if (!options.dryRun) await this.#clearTombstones();
    yield { ...report, durationMs: Math.round(performance.now() - startedAt) };
  }

  /** A repository that was not taken over yet may need bytes that no row asks for. */
  async #isHalfAdopted(): Promise<boolean> {
    const { blobRoot, database } = this.#deps;
    if (!(await isDistributionDirectory(blobRoot))) return false;
    return !(await isAdoptionComplete(database.reader, blobRoot));
  }

  /** What a run removes leaves the queue, and what fails is put off, so the first page is always the next one. */
  async *#due(options: { dryRun: boolean }): AsyncGenerator<Candidate> {
    const { database, clock } = this.#deps;
    const now = clock();
    let after: Candidate | undefined;
    for (;;) {
      const page = await listDueCandidates(database.reader, { now, limit: BATCH, after });
      yield* page;
      if (page.length === 0) return;
      after = options.dryRun ? page.at(-1) : undefined;
    }
  }

  async #examine(candidate: Candidate, dryRun: boolean): Promise<Item | undefined> {
    try {
      if (dryRun) return await this.#explain(candidate);
      switch (candidate.kind) {
        case "link":
          return await this.#examineLink(candidate);
        case "manifest":
          return await this.#examineManifest(candidate);
        case "blob":
          return await this.#examineBlob(candidate);
      }
    } catch (err) {
      this.#deps.log.error({ err, ...candidate }, "collection could not decide");
      const dueAt = new Date(this.#deps.clock().getTime() + RETRY_MS);
      await this.#deps.database.write((trx) => postponeCandidate(trx, { ...candidate, dueAt }));
      return undefined;
    }
  }

  async #explain(candidate: Candidate): Promise<Item> {
    const { reader } = this.#deps.database;
    const verdict = await this.#decide(reader, candidate);
    return await this.#describe(candidate, { ...verdict, isDry: true });
  }

  async #decide(db: Trx, candidate: Candidate): Promise<Verdict> {
    const repositoryId = candidate.repositoryId as RepositoryId;
    const { digest } = candidate;
    if (candidate.kind === "manifest") {
      const untagged = candidate.isReleased === true ? "remove" : this.#deps.untagged;
      const verdict = await decideManifest(db, { repositoryId, digest, untagged });
      return verdict.keep || !candidate.isReleased
        ? verdict
        : { ...verdict, why: candidate.reason };
    }
    const blob = await findBlob(db, digest);
    if (blob === undefined) return { keep: true, why: "it is gone already" };
    if (candidate.kind === "link") {
      const named = await isReferenced(db, repositoryId, { digest, kinds: ["config", "layer"] });
      if (named) return { keep: true, why: "a manifest of the repository names it" };
      return { keep: false, why: candidate.reason };
    }
    const isNeeded = await isBlobNeeded(db, blob);
    if (isNeeded) return { keep: true, why: "a repository or a manifest still needs it" };
    return { keep: false, why: candidate.reason };
  }

  async #examineLink(candidate: Candidate): Promise<Item> {
    const { database, rights } = this.#deps;
    const verdict = await database.write(async (trx) => {
      const decided = await this.#decide(trx, candidate);
      if (!decided.keep) await this.#removeLink(trx, candidate);
      await removeCandidate(trx, candidate);
      await failPoint("collect.before-link-commit");
      return decided;
    });
    if (!verdict.keep) rights.forgetAll();
    return await this.#describe(candidate, verdict);
  }

  async #removeLink(trx: Trx, candidate: Candidate): Promise<void> {
    const blob = await findBlob(trx, candidate.digest);
    if (blob === undefined) return;
    await unlinkBlob(trx, candidate.repositoryId as RepositoryId, blob.id);
    await queueCandidate(trx, { ...candidate, kind: "blob", repositoryId: 0 });
  }

  async #examineManifest(candidate: Candidate): Promise<Item> {
    const { database, deletions, cache } = this.#deps;
    const repositoryId = candidate.repositoryId as RepositoryId;
    const repository = await findRepositoryName(database.reader, repositoryId);
    const verdict = await database.write(async (trx) => {
      const decided = await this.#decide(trx, candidate);
      const id = await findManifestId(trx, repositoryId, candidate.digest);
      if (!decided.keep && id !== undefined && repository !== undefined) {
        const { digest } = candidate;
        const { isReleased } = candidate;
        const doomed = { repository, repositoryId, id, digest, by: BY, isReleased };
        await deletions.removeManifest(trx, doomed);
      }
      await removeCandidate(trx, candidate);
      await failPoint("collect.before-manifest-commit");
      return decided;
    });
    if (!verdict.keep && repository !== undefined) cache.forget(repository, [candidate.digest]);
    return await this.#describe(candidate, verdict);
  }

  /** Under the digest's lock, so that a push of the same bytes comes wholly before or wholly after. */
  async #examineBlob(candidate: Candidate): Promise<Item> {
    const { database, locks, clock } = this.#deps;
    using _lock = await locks.acquire(candidate.digest);
    const { verdict, blob } = await database.write(async (trx) => {
      const decided = await this.#decide(trx, candidate);
      const row = await findBlob(trx, candidate.digest);
      if (decided.keep) await removeCandidate(trx, candidate);
      // The tombstone: from this commit on nobody reads the blob, whether its file is still there or not.
      else if (row) await setBlobState(trx, row.id, { state: "doomed", now: clock() });
      return { verdict: decided, blob: row };
    });
    if (!verdict.keep && blob !== undefined) await this.#removeDoomed(blob);
    return await this.#describe(candidate, { ...verdict, bytes: blob?.size ?? 0 });
  }

  /** The file first, then the row: a crash in between is finished by the next run, from the tombstone. */
  async #removeDoomed(blob: BlobRow): Promise<void> {
    const { database, blobs, rights, verified, clock } = this.#deps;
    rights.forgetAll();
    verified.forget(blob.digest);
    await failPoint("collect.after-tombstone");
    await blobs.remove(blob.digest);
    await failPoint("collect.after-unlink");
    await database.write(async (trx) => {
      const row = await findBlob(trx, blob.digest);
      if (row?.state === "doomed") {
        await deleteBlob(trx, row.id);
        await countFreed(trx, { bytes: row.size, now: clock() });
      }
      await removeCandidate(trx, { kind: "blob", repositoryId: 0, digest: blob.digest });
    });
  }

  /** What a run that was killed had already decided. */
  async *#finishDoomed(report: Report): AsyncGenerator<CollectEvent> {
    const { database, locks } = this.#deps;
    for (;;) {
      const doomed = await listDoomedBlobs(database.reader, BATCH);
      for (const { digest } of doomed) {
        using _lock = await locks.acquire(digest);
        const blob = await findBlob(database.reader, digest);
        if (blob?.state !== "doomed") continue;
        await this.#removeDoomed(blob);
        const why = "an earlier run had decided it";
        const item = itemOf({ kind: "blob", digest, bytes: blob.size, action: "removed", why });
        count(report, item);
        yield item;
      }
      if (doomed.length < BATCH) return;
    }
  }

  /** Of manifests whose deletion cannot be undone any more. */
  async #clearTombstones(): Promise<void> {
    const { database, clock } = this.#deps;
    for (let gone = BATCH; gone === BATCH; )
      gone = await database.write((trx) => removeOldTombstones(trx, clock(), BATCH));
  }

  async *#clearUploads(report: Report): AsyncGenerator<CollectEvent> {
    const { uploads, graceMs } = this.#deps;
    const expired = await uploads.expire();
    const swept = await uploads.sweep(Math.max(graceMs, SYSTEM_GRACE_MS));
    report.examined += expired + swept;
    report.removed += expired + swept;
    if (expired + swept > 0) yield { type: "progress", done: report.examined, unit: "items" };
  }

  async #describe(
    candidate: Candidate,
    verdict: Verdict & { isDry?: boolean; bytes?: number },
  ): Promise<Item> {
    const { reader } = this.#deps.database;
    const { kind, digest, repositoryId } = candidate;
    const repository =
      repositoryId === 0
        ? undefined
        : await findRepositoryName(reader, repositoryId as RepositoryId);
    const dryBytes = verdict.isDry && kind === "blob" ? (await findBlob(reader, digest))?.size : 0;
    const removed = verdict.isDry ? "would remove" : "removed";
    return itemOf({
      kind,
      ...(repository === undefined ? {} : { repository }),
      digest,
      bytes: verdict.keep ? 0 : (verdict.bytes ?? dryBytes ?? 0),
      action: verdict.keep ? "kept" : removed,
      why: verdict.why,
    });
  }
}

function itemOf(item: Omit<Item, "type">): Item {
  return { type: "item", ...item };
}

function count(report: Report, item: Item): void {
  report.examined += 1;
  if (item.action === "kept") report.kept += 1;
  else report.removed += 1;
  report.freedBytes += item.bytes;
}
