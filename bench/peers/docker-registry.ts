import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Peer } from "../peer.ts";
import { pushBlob, pushManifest } from "./registry-client.ts";
import { freePort, startServerProcess } from "./server-process.ts";

/** CNCF distribution 2.8.2 as Debian ships it: its configuration file, without the password file. */
export async function startDockerRegistry(directory: string): Promise<Peer> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const dataDirectory = join(directory, "data");
  await mkdir(dataDirectory, { recursive: true });
  const configuration = join(directory, "config.yml");
  await writeFile(configuration, configurationFor(dataDirectory, port));
  const server = await startServerProcess({
    command: "docker-registry",
    args: ["serve", configuration],
    directory,
    origin,
  });
  return {
    name: "docker-registry",
    origin,
    pid: server.pid,
    dataDirectory,
    publishBlob: (repository, blob) => pushBlob(origin, repository, blob),
    publishManifest: (repository, tag, manifest) =>
      pushManifest(origin, repository, { tag, manifest }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function configurationFor(dataDirectory: string, port: number): string {
  return `version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: ${dataDirectory}
  delete:
    enabled: true
http:
  addr: 127.0.0.1:${port}
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`;
}
