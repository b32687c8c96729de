import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { startHub as composeHub } from "../../src/app/compose.ts";
import { toHubOptions } from "../../src/app/hub-options.ts";
import { loadConfig } from "../../src/platform/config/index.ts";
import { createLogger } from "../../src/platform/observability/index.ts";
import type { Registry } from "../../src/registry/index.ts";
import { noteLog } from "./canaries.ts";
import type { User } from "./client.ts";
import { writeHtpasswd } from "./htpasswd.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

export type HubOptions = {
  /** With users the hub asks for passwords; without it is open. */
  readonly users?: readonly User[];
  /** By the names that docs/configuration.md gives them, such as `delete.enabled`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly clock?: () => Date;
  /** Keeps half of what is free on the disk in reserve, so that the rest counts as nearly full. */
  readonly reservesHalfOfTheDisk?: boolean;
};

/** A hub in this process, on a port of its own and with data of its own. */
export type Hub = {
  readonly url: string;
  readonly dataDirectory: string;
  readonly registry: Registry;
  /** What the hub has logged as errors: what a person has to look at. */
  readonly errors: readonly string[];
  /** Stops serving and leaves the data. */
  readonly close: () => Promise<void>;
} & AsyncDisposable;

export async function startHub(options: HubOptions = {}): Promise<Hub> {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await makeTempDirectory("hub"));
  const data = join(home.path, "data");
  const reserve = options.reservesHalfOfTheDisk ? await halfOfTheDisk(home.path) : 0;
  const loaded = loadConfig({
    environment: {},
    flags: {
      listen: "127.0.0.1:0",
      data,
      "storage.reserve": String(reserve),
      "http.drainTimeout": "1s",
      // A test that wants them runs them itself, when it wants them.
      "collection.enabled": "false",
      "scrub.enabled": "false",
      "scanning.enabled": "false",
      ...(await accessSettings(home, options.users)),
      ...options.settings,
    },
  });
  const errors: string[] = [];
  const log = createLogger({ level: "debug", format: "json", stream: { write: note } });
  function note(line: string): void {
    noteLog(line);
    if (/^\{"level":"(?:error|fatal)"/.test(line)) errors.push(line);
  }
  const hub = await composeHub({
    ...(await toHubOptions(loaded, { log, print: () => undefined })),
    ...(options.clock && { clock: options.clock }),
  });
  resources.defer(() => hub.close());
  const owned = resources.move();
  return {
    url: hub.url,
    dataDirectory: data,
    registry: hub.registry,
    errors,
    close: () => hub.close(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function halfOfTheDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / 2);
}

async function accessSettings(
  home: TempDirectory,
  users: readonly User[] | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (users === undefined) return { "access.mode": "open" };
  const path = join(home.path, "htpasswd");
  await writeHtpasswd(path, users);
  return { "access.mode": "htpasswd", "access.htpasswd.path": path };
}
