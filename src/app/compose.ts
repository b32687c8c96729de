import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Authenticator, Authoriser } from "../access/index.ts";
import {
  createFileSender,
  Headroom,
  loadKernelCalls,
  openFilesystemStore,
} from "../platform/blobs/index.ts";
import { lockData, migrateToLatest, openSqliteDatabase } from "../platform/db/index.ts";
import { startHttpServer, type TlsFiles } from "../platform/http/index.ts";
import { createOutbox, startPeriodicJobs } from "../platform/jobs/index.ts";
import {
  createRegistry,
  createRegistryTables,
  type Registry,
  type RegistrySettings,
  type RegistryTables,
} from "../registry/index.ts";
import { createRepositories } from "../repositories/index.ts";

export interface HubOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** Where the database lies. */
  readonly data: string;
  /** Where the blobs lie; the data folder unless a directory of registry:2 was taken over. */
  readonly blobRoot: string;
  readonly reserveBytes: number;
  readonly idleTimeoutMs: number;
  readonly drainMs: number;
  readonly tls: TlsFiles | undefined;
  readonly authenticator: Authenticator;
  readonly authoriser: Authoriser;
  readonly registry: RegistrySettings;
  readonly clock?: () => Date;
  readonly log: Logger;
}

export interface Hub {
  readonly url: string;
  readonly registry: Registry;
  close(): Promise<void>;
}

const MIGRATIONS = {
  "0001-repositories": { up: createRepositories },
  "0002-registry": { up: createRegistryTables },
  "0003-outbox": { up: createOutbox },
};
const BALLAST_BYTES = 4 * 1024 * 1024;
const MINUTE = 60_000;

/** The composition root: opens the stores, builds the capabilities in order and starts listening. */
export async function startHub(options: HubOptions): Promise<Hub> {
  await using resources = new AsyncDisposableStack();
  const { log, data, clock = () => new Date() } = options;
  resources.use(await lockData(data, "serve"));
  const database = await openSqliteDatabase<RegistryTables>({ path: join(data, "berth.db") });
  resources.defer(() => database.close());
  await migrateToLatest(database.writer, MIGRATIONS);
  const { blobs, uploads } = await openFilesystemStore(options.blobRoot);
  const headroom = new Headroom({
    folder: options.blobRoot,
    ballastPath: join(data, "ballast"),
    ballastBytes: options.reserveBytes === 0 ? 0 : BALLAST_BYTES,
    reserveBytes: options.reserveBytes,
  });
  await headroom.layBallast();
  const registry = createRegistry({
    ...options,
    settings: options.registry,
    database,
    blobs,
    uploads,
    files: createFileSender({ kernel: loadKernelCalls() }),
    headroom,
    observe: () => undefined,
    clock,
    randomId: randomUUID,
  });
  resources.use(
    startPeriodicJobs(
      [
        {
          name: "expire uploads",
          everyMs: MINUTE,
          run: async () => void (await registry.uploads.expire()),
        },
        { name: "lay ballast", everyMs: MINUTE, run: () => headroom.layBallast() },
      ],
      { log },
    ),
  );
  const server = await startHttpServer({ ...options, handler: registry.handler });
  resources.defer(async () => void (await server.close()));
  const owned = resources.move();
  return { url: server.url, registry, close: () => owned.disposeAsync() };
}
