import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { type OperatingDeps, RepositoryChanges } from "../catalog/index.ts";
import {
  aliasDoubts,
  createTagFollowers,
  createTagKeeper,
  type DefaultQuotas,
  RulePresence,
} from "../lifecycle/index.ts";
import { createFileSender, loadKernelCalls } from "../platform/blobs/index.ts";
import type { Config } from "../platform/config/index.ts";
import { lockData } from "../platform/db/index.ts";
import { createPublicAddress } from "../platform/http/index.ts";
import { type PeriodicJob, startPeriodicJobs, trimEvents } from "../platform/jobs/index.ts";
import { openSealing } from "../platform/keys/index.ts";
import { createMetrics, createRequestObserver } from "../platform/observability/index.ts";
import {
  Adoption,
  createRegistry,
  type Registry,
  type RegistrySettings,
} from "../registry/index.ts";
import { composeAdvisories } from "./compose-advisories.ts";
import { composeBuilds } from "./compose-builds.ts";
import { composeHistory } from "./compose-history.ts";
import { type AccessOptions, composeIdentity } from "./compose-identity.ts";
import { composePages } from "./compose-pages.ts";
import { composePolicies } from "./compose-policies.ts";
import { composePulls, type PullOptions } from "./compose-pulls.ts";
import { composeQuotas } from "./compose-quotas.ts";
import { composeRetention } from "./compose-retention.ts";
import { composeScanning, type ScanOptions } from "./compose-scanning.ts";
import { composeSigning } from "./compose-signing.ts";
import { composeTelling, type TellingOptions } from "./compose-telling.ts";
import { composeTrust, type TrustSettings } from "./compose-trust.ts";
import { composeUsage } from "./compose-usage.ts";
import { createNotarySignatures } from "./notary-signatures.ts";
import { measureKernelCalls, type ServingOptions, startServing } from "./serving.ts";
import { settleRepository } from "./settle-repository.ts";
import { openStores, type StoreOptions, type Stores } from "./stores.ts";

export interface HubOptions extends StoreOptions, ServingOptions {
  /** Where clients reach the hub; undefined: whatever host they name. */
  readonly url: string | undefined;
  /** Proxies whose word about the client's address is taken. */
  readonly trustedProxies: readonly string[];
  /** At which level each request is logged. */
  readonly accessLogLevel: "info" | "debug";
  readonly version: string;
  /** Every setting as it is in force, without secrets. */
  readonly settings: OperatingDeps["settings"];
  readonly access: AccessOptions;
  readonly telling: TellingOptions;
  readonly registry: RegistrySettings;
  readonly pulls: PullOptions;
  readonly quotas: DefaultQuotas;
  /** Take over what CNCF distribution left below the blob root, while serving. */
  readonly adoptsAtStart: boolean;
  readonly history: { readonly keepMs: number | undefined };
  /** How often policies of retention are applied; undefined when they are not by themselves. */
  readonly retainEveryMs: number | undefined;
  readonly scans: ScanOptions;
  /** Feeds of advisories that are fetched; absent for none. */
  readonly advisories?: Config["advisories"];
  readonly builds?: Config["builds"];
  /** Who vouches for keyless signers, as the text of a trusted root. */
  readonly trustedRoot: string | undefined;
  /** How often collection runs; undefined when it does not by itself. */
  readonly collectEveryMs: number | undefined;
  readonly scrubs: boolean;
  /** Of keys that the hub holds for those who sign. */
  readonly trust: TrustSettings;
  readonly clock?: () => Date;
  readonly log: Logger;
}

export interface Hub {
  readonly url: string;
  readonly data: string;
  readonly blobRoot: string;
  readonly registry: Registry;
  close(): Promise<void>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Whoever has just started a hub wants its disk for something else. */
const SETTLE_MS = 5 * MINUTE;
/** Events stay for those who subscribe later; nobody has so far. */
const EVENTS_KEPT_MS = 7 * 24 * HOUR;

/** The composition root: opens the stores, builds the capabilities in order and starts listening. */
export async function startHub(options: HubOptions): Promise<Hub> {
  await using resources = new AsyncDisposableStack();
  const { log, accessLogLevel: level, clock = () => new Date() } = options;
  resources.use(await lockData(options.data, "serve"));
  const stores = resources.use(await openStores(options));
  await stores.headroom.layBallast();
  const metrics = createMetrics(options);
  const publicAddress = createPublicAddress(options);
  const observe = createRequestObserver({ metrics, ...publicAddress, log, level });
  const common = {
    ...stores,
    ...publicAddress,
    url: options.url,
    port: options.listen.port,
    ...{ metrics, clock, randomId: randomUUID },
    rulePresence: new RulePresence(),
    listNotarySignatures: createNotarySignatures({ ...stores, clock }),
    sealing: await openSealing(options.data),
    ...createChanges({ db: stores.database.reader, clock }),
    log,
  };
  const telling = await composeTelling(options.telling, common);
  resources.defer(() => telling.close());
  const quotas = await composeQuotas(options.quotas, common);
  resources.defer(() => quotas.close());
  const identity = await composeIdentity(options.access, { ...common, telling, quotas });
  resources.defer(() => identity.close());
  const pulls = composePulls(options.pulls, { ...common, ...telling });
  resources.defer(() => pulls.close());
  const policies = await composePolicies({ ...common, ...options.scans, identity, pulls });
  resources.defer(() => policies.close());
  const tagKeeper = createTagKeeper({ presence: common.rulePresence, clock, ...identity.access });
  const registry = createRegistry({
    ...options,
    ...common,
    ...identity,
    ...identity.access,
    settings: options.registry,
    files: createFileSender({ kernel: measureKernelCalls(loadKernelCalls(), metrics) }),
    observe,
    wants: (kind) => telling.interest.wants(kind),
    pulls: pulls.watch,
    gate: policies.gate,
    traffic: pulls.traffic,
    tagKeeper,
    quota: quotas.pushes,
    tagFollowers: createTagFollowers({ ...stores, presence: common.rulePresence }),
  });
  const parts = { ...common, stores, identity, registry, gate: policies.gate, pulls, tagKeeper };
  const following = { ...options, ...parts, telling, options };
  const { behind, news } = await composeBehind(resources, following);
  const updates = resources.use(composeAdvisories({ ...options, ...options.telling, clock, log }));
  resources.defer(() => keepSessions(registry, log));
  const trust = composeTrust(options.trust, { ...parts, ...options.registry, observe });
  const pages = await composePages({ ...options, ...parts, quotas, news });
  const working = [telling, identity, pulls, quotas, policies, updates, pages, ...behind];
  resources.use(startJobs({ options, ...parts }, working));
  const routes = [policies, ...behind, trust, pages].flatMap((one) => one.routes);
  const served = { ...parts, options, trust, observe, publicAddress, routes };
  const serving = resources.use(await startServing(served));
  resources.use(pages); // Before the server waits for those who still listen to them.
  const owned = resources.move();
  return { ...options, url: serving.url, registry, close: () => owned.disposeAsync() };
}

/** Of what open pages are told. */
function createChanges(deps: Omit<ConstructorParameters<typeof RepositoryChanges>[0], "topic">) {
  return {
    findingChanges: new RepositoryChanges({ ...deps, topic: "findings.changed" }),
    policyChanges: new RepositoryChanges({ ...deps, topic: "policies.changed" }),
  };
}

/** What follows the registry and looks at what lies in it. */
async function composeBehind(
  resources: AsyncDisposableStack,
  parts: Parameters<typeof composeRetention>[0] &
    Parameters<typeof composeScanning>[0] &
    Parameters<typeof composeSigning>[0] &
    Omit<Parameters<typeof composeBuilds>[1], "outboundAllow" | "scanning"> &
    Parameters<typeof composeHistory>[1] & { readonly options: HubOptions },
) {
  const { options } = parts;
  const retention = composeRetention(parts);
  resources.defer(() => retention.close());
  const scanning = resources.use(composeScanning(parts));
  const usage = composeUsage({ ...parts, ...options.registry });
  const history = composeHistory(options.history, parts);
  const builds = await composeBuilds(options.builds, {
    ...{ ...options, ...parts, scanning },
    outboundAllow: options.telling.outboundAllow,
  });
  if (builds !== undefined) resources.use(builds);
  const signing = await composeSigning(parts);
  const always = [history, retention, usage, scanning, signing];
  return { behind: [...always, ...(builds === undefined ? [] : [builds])], news: [retention.news] };
}

function startJobs(
  parts: Parameters<typeof createJobs>[0],
  others: readonly { readonly jobs: readonly PeriodicJob[] }[],
): AsyncDisposable {
  const jobs = others.flatMap((other) => other.jobs);
  return startPeriodicJobs([...jobs, ...createJobs(parts)], parts.options);
}

async function keepSessions({ sessions }: Registry, log: Logger): Promise<void> {
  // Without their rows these sessions are lost, and their clients begin again: no reason not to stop in order.
  await sessions
    .keepOld({ everything: true })
    .catch((err) => log.warn({ err }, "upload sessions were not kept"));
}

function createJobs(parts: {
  options: HubOptions;
  stores: Stores;
  registry: Registry;
  clock: () => Date;
}): readonly PeriodicJob[] {
  const { options, stores, registry } = parts;
  const jobs: PeriodicJob[] = [
    {
      name: "expire uploads",
      everyMs: MINUTE,
      run: async () => void (await registry.uploads.expire()),
    },
    {
      name: "empty deleted repositories",
      everyMs: SECOND,
      run: (signal) => registry.emptying.run(signal),
    },
    { name: "lay ballast", everyMs: MINUTE, run: () => stores.headroom.layBallast() },
    { name: "keep sessions", everyMs: SECOND / 2, run: () => registry.sessions.keepOld() },
    {
      name: "copy manifests",
      everyMs: SECOND,
      afterMs: SECOND,
      run: () => registry.copies.write(),
    },
  ];
  jobs.push(...createMaintenanceJobs(parts));
  if (options.adoptsAtStart) jobs.push(adoptOnce(parts));
  return jobs;
}

/** Rounds of collection and scrubbing, and events that nobody waits for. */
function createMaintenanceJobs(parts: {
  options: HubOptions;
  stores: Stores;
  registry: Registry;
  clock: () => Date;
}): readonly PeriodicJob[] {
  const { options, stores, registry, clock } = parts;
  const { log, collectEveryMs } = options;
  const jobs: PeriodicJob[] = [
    {
      name: "trim events",
      everyMs: HOUR,
      run: async () => {
        const before = new Date(clock().getTime() - EVENTS_KEPT_MS);
        await stores.database.write((trx) => trimEvents(trx, { before, limit: 10_000 }));
      },
    },
  ];
  if (collectEveryMs !== undefined) {
    jobs.push({
      name: "collect",
      everyMs: collectEveryMs,
      run: async (signal) => {
        const report = await lastOf(registry.collector.run({ dryRun: false, signal }));
        log.info({ report }, "collection finished");
      },
    });
  }
  if (options.scrubs) {
    const bytesPerSecond = options.registry.scrubBytesPerSecond;
    jobs.push({
      name: "scrub",
      everyMs: HOUR,
      afterMs: SETTLE_MS,
      run: async (signal) => {
        const round = registry.scrubber.run({ bytesPerSecond, resumes: true, signal });
        log.info({ report: await lastOf(round) }, "scrubbing finished");
      },
    });
  }
  return jobs;
}

async function lastOf<Event>(events: AsyncIterable<Event>): Promise<Event | undefined> {
  let last: Event | undefined;
  for await (const event of events) last = event;
  return last;
}

/** Once done it stays done: `berth adopt` looks again when somebody asks for it. */
function adoptOnce(parts: { options: HubOptions; stores: Stores; clock: () => Date }): PeriodicJob {
  const { options, stores, clock } = parts;
  const { log, blobRoot: root } = options;
  const adoption = new Adoption({
    ...stores,
    root,
    graceMs: options.registry.graceMs,
    tagKeeper: createTagKeeper({ clock }),
    tagFollowers: aliasDoubts,
    settleRepository,
    clock,
    log,
  });
  return {
    name: "adopt",
    everyMs: MINUTE,
    run: async (signal) => {
      if (await adoption.isComplete()) return;
      const { skipped, ...counts } = await adoption.run({ signal, onProgress: () => undefined });
      log.info({ ...counts, skipped: skipped.length }, "directory of distribution adopted");
    },
  };
}
