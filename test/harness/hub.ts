import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import {
  createOpenAuthenticator,
  createOpenAuthoriser,
  createUsersOnlyAuthoriser,
} from "../../src/access/index.ts";
import { createHtpasswdAuthenticator, HtpasswdFile } from "../../src/accounts/index.ts";
import { startHub as composeHub } from "../../src/app/compose.ts";
import type { Registry, RegistrySettings } from "../../src/registry/index.ts";
import type { User } from "./client.ts";
import { writeHtpasswd } from "./htpasswd.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

export type HubOptions = {
  /** With users the hub asks for passwords; without it is open. */
  readonly users?: readonly User[];
  readonly settings?: Partial<RegistrySettings>;
  readonly clock?: () => Date;
  /** Keeps half of what is free on the disk in reserve, so that the rest counts as nearly full. */
  readonly reservesHalfOfTheDisk?: boolean;
};

/** A hub in this process, on a port of its own and with data of its own. */
export type Hub = {
  readonly url: string;
  readonly dataDirectory: string;
  readonly registry: Registry;
  /** Stops serving and leaves the data. */
  readonly close: () => Promise<void>;
} & AsyncDisposable;

const DAY = 86_400_000;

const SETTINGS: RegistrySettings = {
  allowsDelete: true,
  isReadOnly: false,
  missingChildren: "accept",
  missingBlobs: "refuse",
  assertForeignUrls: () => undefined,
  tagsPerPush: 100,
  catalogPage: 1000,
  tagsPage: 1000,
  blobBytes: Number.MAX_SAFE_INTEGER,
  uploadsPerUser: 1000,
  uploadExpiryMs: DAY,
  graceMs: DAY,
  verifyAgainAfterMs: DAY,
  accelRedirect: undefined,
  headers: {},
  untagged: "keep",
  removesOrphans: true,
  scrubBytesPerSecond: 1_000_000_000,
};

export async function startHub(options: HubOptions = {}): Promise<Hub> {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await makeTempDirectory("hub"));
  const dataDirectory = join(home.path, "data");
  const hub = await composeHub({
    listen: { host: "127.0.0.1", port: 0 },
    data: dataDirectory,
    blobRoot: dataDirectory,
    reserveBytes: options.reservesHalfOfTheDisk ? await halfOfTheDisk(home.path) : 0,
    idleTimeoutMs: 60_000,
    drainMs: 1_000,
    tls: undefined,
    adoptsAtStart: false,
    collectEveryMs: undefined,
    scrubs: false,
    ...(await accessOf(home, options.users)),
    registry: { ...SETTINGS, ...options.settings },
    ...(options.clock && { clock: options.clock }),
    log: pino({ level: "silent" }),
  });
  resources.defer(() => hub.close());
  const owned = resources.move();
  return {
    url: hub.url,
    dataDirectory,
    registry: hub.registry,
    close: () => hub.close(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function halfOfTheDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / 2);
}

async function accessOf(home: TempDirectory, users: readonly User[] | undefined) {
  if (users === undefined) {
    return { authenticator: createOpenAuthenticator(), authoriser: createOpenAuthoriser() };
  }
  const path = join(home.path, "htpasswd");
  await writeHtpasswd(path, users);
  const file = new HtpasswdFile(path);
  await file.reload();
  return {
    authenticator: createHtpasswdAuthenticator({ file, realm: "Berth" }),
    authoriser: createUsersOnlyAuthoriser(),
  };
}
