import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";

/** Where a builder listens: `unix:///run/docker.sock` or `tcp://builder:1234`. */
export interface BuilderAddress {
  readonly url: URL;
  /** For `tcp`: files, as both sides show certificates. Without them, nothing is encrypted. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | undefined;
}

const CONNECT_MS = 20_000;

interface TlsFiles {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Undefined for what is not encrypted. */
export async function readTlsFiles({ tls }: BuilderAddress): Promise<TlsFiles | undefined> {
  if (tls === undefined) return undefined;
  const [ca, cert, key] = [readFile(tls.ca), readFile(tls.cert), readFile(tls.key)];
  return { ca: await ca, cert: await cert, key: await key };
}

/** The BuildKit within a Docker Engine. Rejects when there is none. */
export async function connectToEngine(address: BuilderAddress): Promise<Duplex> {
  const files = await readTlsFiles(address);
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const asked = request({
    method: "POST",
    path: "/grpc",
    headers: { host: "docker", connection: "Upgrade", upgrade: "h2c" },
    timeout: CONNECT_MS,
    createConnection: () => open(address, files, ["http/1.1"]),
  });
  asked.on("upgrade", (_answer, socket, head) => {
    socket.setTimeout(0);
    if (head.length > 0) socket.unshift(head);
    resolve(socket);
  });
  asked.on("response", (answer) => {
    answer.resume();
    reject(new Error(`the Docker Engine has no BuildKit: it answered ${answer.statusCode}`));
  });
  asked.on("timeout", () => asked.destroy(new Error("the Docker Engine does not answer")));
  asked.on("error", reject);
  asked.end();
  return await promise;
}

/** A buildkitd, which shows and asks for certificates. */
export async function connectToBuildkitd(address: BuilderAddress): Promise<Duplex> {
  const files = await readTlsFiles(address);
  const socket = open(address, files, ["h2"]);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error("the builder does not answer")), CONNECT_MS);
  socket.once(files === undefined ? "connect" : "secureConnect", resolve).once("error", reject);
  try {
    await promise;
  } catch (cause) {
    socket.destroy();
    throw cause;
  } finally {
    clearTimeout(timer);
    socket.off("error", reject);
  }
  return socket;
}

function open({ url }: BuilderAddress, tls: TlsFiles | undefined, protocols: string[]): Socket {
  if (url.protocol === "unix:") return connect({ path: decodeURIComponent(url.pathname) });
  // What stands in brackets is an address, as everywhere in URLs.
  const place = { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port) };
  if (tls === undefined) return connect(place);
  const servername = isIP(place.host) === 0 ? place.host : "";
  return connectTls({ ...place, ...tls, servername, ALPNProtocols: protocols });
}
