import { link, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Artifact, BlobFile } from "../content.ts";
import { MANIFEST_TYPE } from "../content.ts";
import type { Peer } from "../peer.ts";
import { freePort, startServerProcess } from "./server-process.ts";

/** A static server over the same files: what a machine can do at most when no rules are applied. */
export async function startNginx(directory: string): Promise<Peer> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const root = join(directory, "root");
  await mkdir(join(root, "v2"), { recursive: true });
  const configuration = join(directory, "nginx.conf");
  await writeFile(configuration, configurationFor(directory, root, port));
  const server = await startServerProcess({
    command: "nginx",
    args: ["-c", configuration],
    directory,
    origin,
  });
  return {
    name: "nginx",
    origin,
    pid: server.pid,
    dataDirectory: root,
    publishBlob,
    publishManifest,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };

  async function publishBlob(repository: string, blob: BlobFile): Promise<void> {
    const path = join(root, "v2", repository, "blobs", blob.digest);
    await mkdir(dirname(path), { recursive: true });
    await link(blob.path, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }

  async function publishManifest(
    repository: string,
    tag: string,
    manifest: Artifact,
  ): Promise<void> {
    const folder = join(root, "v2", repository, "manifests");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, tag), manifest.content);
    await writeFile(join(folder, manifest.digest), manifest.content);
  }
}

function configurationFor(directory: string, root: string, port: number): string {
  // The worker runs as the owner of the files; root is what a benchmark in a container usually is.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  return `${user}
worker_processes auto;
daemon off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port};
    root ${root};
    default_type application/octet-stream;
    add_header Docker-Distribution-Api-Version registry/2.0;
    location ~ ^/v2/.*/manifests/ {
      default_type ${MANIFEST_TYPE};
      add_header Docker-Content-Digest sha256:0000000000000000000000000000000000000000000000000000000000000000;
    }
  }
}
`;
}
