import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Authenticator, Authoriser } from "../access/index.ts";
import { createFileSender, loadKernelCalls } from "../platform/blobs/index.ts";
import { lockData } from "../platform/db/index.ts";
import { FastLane, startHttpServer, type TlsFiles } from "../platform/http/index.ts";
import { type PeriodicJob, startPeriodicJobs } from "../platform/jobs/index.ts";
import {
  Adoption,
  createRegistry,
  type Registry,
  type RegistrySettings,
} from "../registry/index.ts";
import { openStores, type StoreOptions, type Stores } from "./stores.ts";

export interface HubOptions extends StoreOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly idleTimeoutMs: number;
  readonly drainMs: number;
  readonly tls: TlsFiles | undefined;
  readonly authenticator: Authenticator;
  readonly authoriser: Authoriser;
  readonly registry: RegistrySettings;
  /** Take over what CNCF distribution left below the blob root, while serving. */
  readonly adoptsAtStart: boolean;
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

const MINUTE = 60_000;

/** The composition root: opens the stores, builds the capabilities in order and starts listening. */
export async function startHub(options: HubOptions): Promise<Hub> {
  await using resources = new AsyncDisposableStack();
  const { log, clock = () => new Date() } = options;
  resources.use(await lockData(options.data, "serve"));
  const stores = resources.use(await openStores(options));
  await stores.headroom.layBallast();
  const registry = createRegistry({
    ...options,
    ...stores,
    settings: options.registry,
    files: createFileSender({ kernel: loadKernelCalls() }),
    observe: () => undefined,
    clock,
    randomId: randomUUID,
  });
  resources.use(startPeriodicJobs(createJobs({ options, stores, registry, clock }), { log }));
  const lane = new FastLane({ ...options, route: registry.lane });
  const server = await startHttpServer({ ...options, handler: registry.handler, lane });
  resources.defer(async () => void (await server.close()));
  const owned = resources.move();
  const { data, blobRoot } = options;
  return { url: server.url, data, blobRoot, registry, close: () => owned.disposeAsync() };
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
    { name: "lay ballast", everyMs: MINUTE, run: () => stores.headroom.layBallast() },
  ];
  if (options.adoptsAtStart) jobs.push(adoptOnce(parts));
  return jobs;
}

/** Once done it stays done: `berth adopt` looks again when somebody asks for it. */
function adoptOnce(parts: { options: HubOptions; stores: Stores; clock: () => Date }): PeriodicJob {
  const { options, stores, clock } = parts;
  const { log, blobRoot: root } = options;
  const adoption = new Adoption({
    ...stores,
    root,
    graceMs: options.registry.graceMs,
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
