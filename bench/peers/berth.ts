import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Peer } from "../peer.ts";
import { pushBlob, pushManifest } from "./registry-client.ts";
import { freePort, startServerProcess } from "./server-process.ts";

/** Berth in its default configuration with open access. `command` may be that of another checkout. */
export async function startBerth(directory: string, command: string): Promise<Peer> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const dataDirectory = join(directory, "data");
  await mkdir(dataDirectory, { recursive: true });
  const server = await startServerProcess({
    command: resolve(command),
    args: ["serve"],
    env: {
      BERTH_LISTEN: `127.0.0.1:${port}`,
      BERTH_DATA: dataDirectory,
      BERTH_ACCESS_MODE: "open",
    },
    directory,
    origin,
  });
  return {
    name: "berth",
    origin,
    pid: server.pid,
    dataDirectory,
    publishBlob: (repository, blob) => pushBlob(origin, repository, blob),
    publishManifest: (repository, tag, manifest) =>
      pushManifest(origin, repository, { tag, manifest }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
