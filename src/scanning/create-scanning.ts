import { availableParallelism } from "node:os";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { Authoriser, Journal } from "../access/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { Attacher, RegistryTables } from "../registry/index.ts";
import { ANALYSER_VERSION } from "./analysers.ts";
import { ClaimReader } from "./decisions/claims.ts";
import type { DecisionAccess } from "./decisions/decision-access.ts";
import { createDecisionRoutes } from "./decisions/decision-routes.ts";
import { DecisionViews } from "./decisions/decision-views.ts";
import { type DecisionDeps, Decisions } from "./decisions/decisions.ts";
import {
  type FindingsInForce,
  type ImageOfRepository,
  listFindingsInForce,
} from "./decisions/in-force.ts";
import type { PackageType } from "./inventory/model.ts";
import { LAYER_LIMITS } from "./layers/layer-limits.ts";
import { findOrder } from "./matching/ecosystems.ts";
import { AdvisoriesInForce } from "./scans/advisories-in-force.ts";
import { createAdvisoryRoutes } from "./scans/advisory-routes.ts";
import type { BillFormat } from "./scans/attach-document.ts";
import { createAttachmentRoutes } from "./scans/attachments.ts";
import { addBillsDue, BillsDue } from "./scans/bills-due.ts";
import { FileComparisons } from "./scans/file-comparisons.ts";
import { FindingExports } from "./scans/finding-exports.ts";
import { Housekeeping } from "./scans/housekeeping.ts";
import type { HubImageDeps } from "./scans/hub-image.ts";
import { ImageLayers } from "./scans/image-layers.ts";
import { createLayerRoutes } from "./scans/layer-routes.ts";
import { OtherSboms } from "./scans/other-sboms.ts";
import { ScanAccess } from "./scans/scan-access.ts";
import { createScanRoutes } from "./scans/scan-routes.ts";
import { ScanSearch } from "./scans/scan-search.ts";
import { ScanWorker, type ScanWorkerDeps } from "./scans/scan-worker.ts";
import { Scans } from "./scans/scans.ts";
import { createTellReturned, createTellScans } from "./scans/tell-scans.ts";
import type { ScanningTables } from "./tables.ts";
import { LayerWorkers } from "./worker/layer-workers.ts";

interface ScanningDeps
  extends Pick<ScanWorkerDeps, "clock" | "onChanged">,
    Pick<DecisionDeps, "onDecided"> {
  readonly database: Database<ScanningTables & RegistryTables>;
  readonly blobs: HubImageDeps["blobs"];
  readonly authoriser: Authoriser;
  /** Where the index of advisories lies. */
  readonly advisories: string;
  /** Whether what arrives is scanned by itself. */
  readonly follows: boolean;
  /** After which time an image is looked at again; undefined: never. */
  readonly rescanAfterMs: number | undefined;
  /** In which format bills of materials are attached to what came, once it is scanned; undefined: in none. */
  readonly attaches: BillFormat | undefined;
  /** Of this program. */
  readonly version: string;
  /** Whether what documents beside images claim takes findings away. */
  readonly trustsClaims: boolean;
  readonly journal: Journal;
  readonly attacher: Pick<Attacher, "attach">;
  readonly decisionAccess: DecisionAccess;
  readonly randomId: () => string;
  /** Whether anybody wants to hear of it. */
  readonly wants: (kind: "scan" | "vulnerability") => boolean;
  readonly log: Logger;
}

export interface Scanning extends AsyncDisposable {
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
  /** For rules about images: is this one of the repository scanned, and which of its findings count there? */
  listFindingsInForce(image: ImageOfRepository): Promise<FindingsInForce>;
}

/** Soon enough for people who wait for it after a push; looking costs one question to the database. */
const FOLLOW_MS = 250;
/** What analysers make of the files of one layer, beside the list of its files; the largest jars and programs are far below. */
const WORKER_MEGABYTES = 384;
const ADVISORIES_MS = 5000;
/** Each may take as much memory as a thread may. */
const MOST_LANES = 4;
const EXPIRY_MS = 1000;
const BILLS_MS = 1000;
const FORGET_MS = 3_600_000;

/** Scans what arrives in the hub, matches it anew when advisories change, and answers what was found. */
export function createScanning(deps: ScanningDeps): Scanning {
  const { database, log } = deps;
  const inForce = new AdvisoriesInForce({ directory: deps.advisories, log });
  const parallel = countLanes(availableParallelism());
  const layers = new LayerWorkers({
    limits: LAYER_LIMITS,
    megabytes: WORKER_MEGABYTES,
    threads: parallel,
  });
  const worker = new ScanWorker({
    ...deps,
    parallel,
    analyserVersion: ANALYSER_VERSION,
    analyseLayer: (layer, signal) => layers.analyse(layer, signal),
    measureLayers: (listings, signal) => layers.measure(listings, signal),
    advisories: inForce,
    tell: createTellScans(deps),
    onArrivals: async (trx, ids) => {
      if (deps.attaches !== undefined) await addBillsDue(trx, ids);
    },
  });
  const access = new ScanAccess(deps);
  const scans = new Scans({ ...deps, analyserVersion: ANALYSER_VERSION });
  const decisions = createDecisions(deps, scans);
  const routes = createScanRoutes({
    scans,
    exports: new FindingExports({ ...deps, db: database.reader, access }),
    search: new ScanSearch({
      ...deps,
      db: database.reader,
      access,
      compareVersions: (type) => findOrder(type as PackageType),
    }),
    access,
    version: deps.version,
  });
  const others = new OtherSboms({ db: database.reader, blobs: deps.blobs });
  const { views } = decisions;
  const attachments = createAttachmentRoutes({ ...deps, scans, views, others, access });
  const imageLayers = new ImageLayers({ ...deps, db: database.reader, scans });
  const files = new FileComparisons({
    ...{ database, scans },
    compareFiles: (sides, signal) => layers.compareFiles(sides, signal),
  });
  const jobs: PeriodicJob[] = [
    ...createHousekeepingJobs(deps),
    { name: "scan images", everyMs: FOLLOW_MS, run: (signal) => worker.work(signal) },
    {
      name: "match new advisories",
      everyMs: ADVISORIES_MS,
      run: (signal) => worker.rematch(signal),
    },
  ];
  return {
    routes: [
      routes,
      decisions.routes,
      attachments,
      createLayerRoutes({ layers: imageLayers, files, access }),
      createAdvisoryRoutes({ directory: deps.advisories, clock: deps.clock }),
    ],
    jobs: deps.follows ? [...jobs, ...decisions.jobs, ...createBillJobs(deps)] : [],
    listFindingsInForce: (image) =>
      listFindingsInForce(database.reader, image, { ...deps, now: deps.clock() }),
    async [Symbol.asyncDispose]() {
      await layers[Symbol.asyncDispose]();
      inForce[Symbol.dispose]();
    },
  };
}

/** One processor is left to those who push and pull. */
function countLanes(processors: number): number {
  return Math.min(Math.max(processors - 1, 1), MOST_LANES);
}

function createHousekeepingJobs(deps: ScanningDeps): readonly PeriodicJob[] {
  const housekeeping = new Housekeeping(deps);
  return [
    {
      name: "forget scans of images that are gone",
      everyMs: FORGET_MS,
      run: (signal) => housekeeping.forgetGone(signal),
    },
    {
      name: "scan again what was not scanned for long",
      everyMs: FORGET_MS,
      run: (signal) => housekeeping.renewOld(signal),
    },
  ];
}

/** Not of what comes alone: of others it is asked for. */
function createBillJobs(deps: ScanningDeps): readonly PeriodicJob[] {
  const format = deps.attaches ?? "cyclonedx";
  const due = new BillsDue({ ...deps, format });
  return [{ name: "attach SBOMs", everyMs: BILLS_MS, run: (signal) => due.work(signal) }];
}

/** What people decide about findings, and what documents claim. */
function createDecisions(deps: ScanningDeps, scans: Pick<Scans, "listDigests">) {
  const decisions = new Decisions({
    ...deps,
    tellReturned: createTellReturned(deps),
    listDigests: (place, reference) => scans.listDigests(place, reference),
  });
  const views = new DecisionViews({ ...deps, db: deps.database.reader, decisions });
  const claims = new ClaimReader(deps);
  const jobs: readonly PeriodicJob[] = [
    { name: "read VEX documents", everyMs: FOLLOW_MS, run: (signal) => claims.work(signal) },
    { name: "end decisions", everyMs: EXPIRY_MS, run: (signal) => decisions.endExpired(signal) },
  ];
  const routes = createDecisionRoutes({ decisions, views, access: deps.decisionAccess });
  return { routes, jobs, views };
}
