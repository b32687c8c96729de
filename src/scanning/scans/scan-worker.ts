import { isDeepStrictEqual } from "node:util";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { isDiskFull } from "../../lib/file-error.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Database, DatabaseFullError } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { listArrivals, type ManifestId, type RegistryTables } from "../../registry/index.ts";
import { chainIdsOf } from "../inventory/base-image.ts";
import type { LayerReport } from "../inventory/model.ts";
import { LayerRefused } from "../layers/layer-refused.ts";
import { type ImageSource, ImageUnreadable } from "../sources/image-source.ts";
import { replaceFindings, replacePackages } from "../store/findings-store.ts";
import { pack, readPacked } from "../store/layer-reports-store.ts";
import { replaceLayers } from "../store/layers-in-use-store.ts";
import type { ScanResult } from "../store/scan-result.ts";
import {
  addScans,
  claimScan,
  endScan,
  forgetScan,
  hasWaitingScan,
  listOutdatedScans,
  postponeScan,
  readPosition,
  releaseScans,
  renewOlderScans,
  renewResult,
  type Scan,
  type ScanEnd,
  writePosition,
} from "../store/scans-store.ts";
import type { ScanningTables } from "../tables.ts";
import type { AdvisoriesInForce } from "./advisories-in-force.ts";
import { type CompareLayersDeps, compareLayers } from "./compare-layers.ts";
import { type HubImageDeps, openHubImage } from "./hub-image.ts";
import { judgeAnew, knowsAdvisories } from "./judge.ts";
import { LayerReports, type LayerReportsDeps } from "./layer-reports.ts";
import { lookInto } from "./look-into.ts";
import type { TellScans } from "./tell-scans.ts";
import { Turns } from "./turns.ts";

type Tables = ScanningTables & RegistryTables;

export interface ScanWorkerDeps extends LayerReportsDeps, CompareLayersDeps {
  readonly database: Database<Tables>;
  readonly blobs: HubImageDeps["blobs"];
  /** The advisories in force. It is asked anew after each wait: an index that is no longer in force is closed. */
  readonly advisories: Pick<AdvisoriesInForce, "newest" | "recent">;
  readonly tell: TellScans;
  /** After what is known of an image has changed: for whoever shows it. */
  readonly onChanged: (digest: Digest) => void;
  /** In the transaction that has them scanned. */
  readonly onArrivals: (trx: Kysely<Tables>, ids: readonly ManifestId[]) => Promise<void>;
  /** How many images at once. */
  readonly parallel: number;
  readonly log: Logger;
}

const MINUTE = 60_000;
/** Longer than any scan may take: then whoever had it is gone. */
const LEASE_MS = 15 * MINUTE;
/** A scan that ends the process, or meets a full disk, is not tried for ever. */
const ATTEMPTS = 3;
const ARRIVALS = 500;
const OUTDATED = 50;
const POSITION = "arrivals";
const NO_ROOM =
  "the hub's disk is full: the scan could not be kept, and is tried again every minute";

/**
 * Follows what arrives in the registry, by ids and without a word from it, and scans one image after another. What it has
 * come to is in rows: a hub that is killed goes on with the same images.
 */
export class ScanWorker {
  readonly #deps: ScanWorkerDeps;
  readonly #turns = new Turns();
  readonly #layers: LayerReports;
  #seenVersion: number | undefined;

  constructor(deps: ScanWorkerDeps) {
    this.#deps = deps;
    this.#layers = new LayerReports(deps);
  }

  /** Costs next to nothing while nobody writes. */
  async work(signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#deps;
    const version = database.version();
    const isQuiet = version === this.#seenVersion;
    if (isQuiet && !(await hasWaitingScan(database.reader, clock()))) return;
    if (this.#seenVersion === undefined) await this.#begin(signal);
    if (!isQuiet) await this.#follow(signal);
    this.#seenVersion = version;
    await Promise.all(
      Array.from({ length: this.#deps.parallel }, async () => {
        while (!signal.aborted && (await this.#scanNext(signal)));
      }),
    );
  }

  /**
   * Matches what was scanned before against newer advisories: nothing is read but what is stored. No advisories are none that are
   * newer.
   */
  async rematch(signal: AbortSignal): Promise<void> {
    const { database } = this.#deps;
    const judge = this.#deps.advisories.recent;
    if (!knowsAdvisories(judge)) return;
    for (let after = 0; !signal.aborted; ) {
      const page = await listOutdatedScans(database.reader, judge.revision, {
        after,
        limit: OUTDATED,
      });
      for (const scan of page) {
        signal.throwIfAborted();
        await this.#judgeAgain(scan);
        after = scan.id;
      }
      if (page.length < OUTDATED) return;
    }
  }

  /**
   * A data directory has one hub at a time, so nobody else is scanning. What an analyser of before has looked at is looked at
   * again, after what is new.
   */
  async #begin(signal: AbortSignal): Promise<void> {
    const { database, analyserVersion, clock } = this.#deps;
    await database.write((trx) => releaseScans(trx, clock()));
    for (let after: number | undefined = 0; after !== undefined && !signal.aborted; ) {
      const page: Parameters<typeof renewOlderScans>[1] = {
        ...{ analyserVersion, after, limit: ARRIVALS },
        now: clock(),
      };
      after = await database.write((trx) => renewOlderScans(trx, page));
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { database, clock, analyserVersion } = this.#deps;
    while (!signal.aborted) {
      const after = await readPosition(database.reader, POSITION);
      const arrived = await listArrivals(database.reader, { after, limit: ARRIVALS });
      const last = arrived.at(-1);
      if (last === undefined) return;
      const digests = [...new Set(arrived.map(({ digest }) => digest))];
      const turnOf = await this.#turns.give(database.reader, arrived, clock());
      await database.write(async (trx) => {
        await addScans(trx, digests, { now: clock(), analyserVersion, turnOf });
        await this.#deps.onArrivals(
          trx,
          arrived.map(({ id }) => id),
        );
        await writePosition(trx, POSITION, last.id);
      });
      if (arrived.length < ARRIVALS) return;
    }
  }

  async #scanNext(signal: AbortSignal): Promise<boolean> {
    const { database, clock } = this.#deps;
    const now = clock();
    if (!(await hasWaitingScan(database.reader, now))) return false;
    const until = new Date(now.getTime() + LEASE_MS);
    const scan = await database.write((trx) => claimScan(trx, { now, until }));
    if (scan === undefined) return false;
    try {
      await this.#scan(scan, signal);
    } catch (cause) {
      if (signal.aborted) await this.#putBack(scan, 0);
      else await this.#giveUp(scan, cause);
    }
    return true;
  }

  async #scan(scan: Scan, signal: AbortSignal): Promise<void> {
    const { database, blobs } = this.#deps;
    if (scan.attempts > ATTEMPTS) throw new ImageUnreadable("its scan broke off several times");
    const found = await openHubImage(scan.digest, { db: database.reader, blobs });
    if (found.kind === "gone") return await database.write((trx) => forgetScan(trx, scan.id));
    if (found.kind === "nothing") {
      return await this.#end(scan, { state: "nothing", reason: found.reason });
    }
    const layers = await this.#layers.read(found.image.layers, signal);
    await compareLayers(found.image.config.diffIds, this.#deps, signal);
    await this.#finish(scan, found.image, layers);
  }

  async #finish(scan: Scan, image: ImageSource, layers: readonly LayerReport[]): Promise<void> {
    const seen = lookInto(image, layers, this.#deps.clock());
    const before = await readResult(scan);
    const judge = this.#deps.advisories.newest;
    const judged = judgeAnew(judge, seen, before);
    if (await this.#keep(scan, { ...seen, ...judged }, judge.revision))
      this.#deps.onChanged(scan.digest);
  }

  async #judgeAgain(scan: Scan): Promise<void> {
    const before = await readResult(scan);
    const judge = this.#deps.advisories.recent;
    if (before === undefined || !knowsAdvisories(judge)) return;
    const judged = judge.judge(before.inventory, before.instructions);
    const isKept = await this.#keep(scan, { ...before, ...judged }, judge.revision);
    const { findings, coverage, setAside } = before;
    const isSame = isDeepStrictEqual(judged, { findings, coverage, setAside });
    if (isKept && !isSame) this.#deps.onChanged(scan.digest);
  }

  /** False where it is somebody else's by now. */
  async #keep(scan: Scan, result: ScanResult, advisories: string): Promise<boolean> {
    const { database, analyserVersion, clock, tell } = this.#deps;
    const packed = await pack(result);
    const now = clock();
    const kept = { advisories, result: packed, now };
    return await database.write(async (trx) => {
      // Whoever asked for another scan meanwhile, or made it, knows better than what was read before.
      const isStale = scan.state === "done" && !(await renewResult(trx, scan, kept));
      if (isStale) return false;
      if (scan.state !== "done")
        await endScan(trx, scan.id, { ...kept, state: "done", analyserVersion });
      await replacePackages(trx, scan.id, result.inventory.packages);
      const { diffIds } = result;
      await replaceLayers(trx, scan.id, { diffIds, chainId: chainIdsOf(diffIds).at(-1) });
      const fresh = await replaceFindings(trx, scan.id, { findings: result.findings, now });
      const news = {
        digest: scan.digest,
        findings: fresh,
        packages: result.inventory.packages.length,
      };
      if (scan.result === undefined) await tell(trx, { topic: "scan.completed", ...news, now });
      else if (fresh.length > 0) await tell(trx, { topic: "vulnerability.found", ...news, now });
      await failPoint("scan.before-commit");
      return true;
    });
  }

  async #giveUp(scan: Scan, cause: unknown): Promise<void> {
    if (cause instanceof DatabaseFullError || isDiskFull(cause))
      return await this.#waitForRoom(scan, cause);
    const isFinal = cause instanceof LayerRefused || cause instanceof ImageUnreadable;
    const { log } = this.#deps;
    if (isFinal || scan.attempts >= ATTEMPTS) {
      const reason = isFinal
        ? cause.message
        : "the scan broke off several times; see the hub's log";
      log.warn({ err: cause, digest: scan.digest }, "image not scanned");
      return await this.#end(scan, { state: "failed", reason });
    }
    log.warn({ err: cause, digest: scan.digest }, "scan put off");
    await this.#putBack(scan, scan.attempts * MINUTE);
  }

  /** No fault of the image: it is tried again for as long as it takes, and says so meanwhile. */
  async #waitForRoom(scan: Scan, cause: unknown): Promise<void> {
    const { database, clock, log } = this.#deps;
    log.error({ err: cause, digest: scan.digest }, "scan not kept: the disk is full");
    const dueAt = new Date(clock().getTime() + MINUTE);
    const later = { dueAt, reason: NO_ROOM, pardons: true };
    await database
      .write((trx) => postponeScan(trx, scan.id, later))
      // Then not even that can be written: its lease ends by itself, and it comes due again.
      .catch((err) => log.error({ err, digest: scan.digest }, "scan could not be put off"));
  }

  async #putBack(scan: Scan, afterMs: number): Promise<void> {
    const { database, clock } = this.#deps;
    const dueAt = new Date(clock().getTime() + afterMs);
    await database.write((trx) => postponeScan(trx, scan.id, { dueAt }));
  }

  async #end(scan: Scan, end: Pick<ScanEnd, "state" | "reason">): Promise<void> {
    const { database, analyserVersion, clock, tell, onChanged } = this.#deps;
    const now = clock();
    await database.write(async (trx) => {
      await endScan(trx, scan.id, { ...end, analyserVersion, advisories: "", now });
      if (end.state !== "failed") return;
      await tell(trx, { topic: "scan.failed", digest: scan.digest, reason: end.reason, now });
    });
    onChanged(scan.digest);
  }
}

async function readResult({ result }: Scan): Promise<ScanResult | undefined> {
  return result && ((await readPacked(result)) as ScanResult);
}
