import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { OciError } from "../../oci/error.ts";
import { parseRepositoryName } from "../../oci/name.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import type { TagFollowers } from "../manifests/tag-followers.ts";
import type { TagKeeper } from "../manifests/tag-keeper.ts";
import { findAdoption, recordAdoption } from "../store/adoptions-store.ts";
import type { SettleRepository } from "../store/repository-events.ts";
import type { RegistryTables } from "../store/tables.ts";
import { findWalk, recordWalk } from "../store/walks-store.ts";
import { type AdoptionReport, emptyReport } from "./adoption-report.ts";
import {
  type DistributionRepository,
  listDistributionRepositories,
} from "./distribution-directory.ts";
import { RepositoryAdoption } from "./repository-adoption.ts";

interface AdoptionDeps {
  readonly database: Database<RegistryTables>;
  readonly blobs: BlobStore;
  /** The directory CNCF distribution wrote; the blob store lies in it. */
  readonly root: string;
  readonly graceMs: number;
  readonly tagKeeper: TagKeeper;
  readonly tagFollowers: Pick<TagFollowers, "doubt">;
  readonly settleRepository: SettleRepository;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** No more than this many of the things left alone are kept for the report; the log has them all. */
const SKIPPED_LIMIT = 1000;
const WALK = "adoption";

/**
 * Takes over a directory of CNCF distribution where it lies: blobs stay, links become rows. It runs while the hub serves,
 * goes on where it was interrupted, and may be run again: what Berth has deleted since stays deleted, because only links
 * that distribution wrote after the last adoption count.
 */
export class Adoption {
  readonly #deps: AdoptionDeps;

  constructor(deps: AdoptionDeps) {
    this.#deps = deps;
  }

  /** True once a run has come to its end. */
  async isComplete(): Promise<boolean> {
    return await isAdoptionComplete(this.#deps.database.reader, this.#deps.root);
  }

  /** One pass over the directory; `onProgress` hears of each repository. Ends early when `signal` is aborted. */
  async run(options: {
    signal: AbortSignal;
    onProgress: (report: AdoptionReport) => void;
  }): Promise<AdoptionReport> {
    const { database, clock, root } = this.#deps;
    const startedAt = clock();
    const report = emptyReport();
    for await (const repository of listDistributionRepositories(root)) {
      options.signal.throwIfAborted();
      await this.#adopt(repository, report);
      options.onProgress(report);
    }
    await database.write((trx) =>
      recordWalk(trx, { name: walkName(root), position: "done", startedAt, now: clock() }),
    );
    return report;
  }

  async #adopt(repository: DistributionRepository, report: AdoptionReport): Promise<void> {
    const { database, clock } = this.#deps;
    const skip = (what: string, why: string) => this.#skip(report, { what, why });
    let name: ReturnType<typeof parseRepositoryName>;
    try {
      name = parseRepositoryName(repository.name);
    } catch (cause) {
      if (!(cause instanceof OciError)) throw cause;
      skip(repository.name, cause.message);
      return;
    }
    // Links that are written while this runs are seen by the next run.
    const startedAt = clock();
    const since = await findAdoption(database.reader, name);
    const work = new RepositoryAdoption({ ...this.#deps, name, since, report, skip });
    await work.run(repository);
    await failPoint("adopt.before-mark");
    await database.write((trx) => recordAdoption(trx, name, startedAt));
    report.repositories += 1;
  }

  #skip(report: AdoptionReport, skipped: { what: string; why: string }): void {
    this.#deps.log.warn(skipped, "left alone by adoption");
    if (report.skipped.length < SKIPPED_LIMIT) report.skipped.push(skipped);
  }
}

/** True once a run over `root` has come to its end. */
export async function isAdoptionComplete(
  db: Kysely<RegistryTables>,
  root: string,
): Promise<boolean> {
  return (await findWalk(db, walkName(root)))?.position === "done";
}

function walkName(root: string): string {
  return `${WALK} ${root}`;
}
