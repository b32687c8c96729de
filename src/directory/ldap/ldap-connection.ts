import { readFile } from "node:fs/promises";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectSecure } from "node:tls";
import { Client } from "ldapts";
import { LoginUnavailable } from "../../access/index.ts";

export interface ConnectionSettings {
  readonly url: string;
  readonly startTls: boolean;
  /** A PEM file; read anew for each connection, so that it can be replaced. */
  readonly ca: string | undefined;
  readonly bindDn: string;
  readonly bindPassword: string | undefined;
  readonly timeoutMs: number;
}

/**
 * Runs `work` on a connection of its own, bound as who searches. Throws LoginUnavailable when the directory does not answer
 * in time or not properly; what `work` throws by itself is told apart by its own class.
 */
export async function withConnection<Result>(
  settings: ConnectionSettings,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const sockets: Socket[] = [];
  const client = new Client({
    url: settings.url,
    timeout: settings.timeoutMs,
    connectTimeout: settings.timeoutMs,
    ...(await toTransport(settings, sockets)),
  });
  const deadline = Promise.withResolvers<never>();
  // Of everything together: a directory that answers each question just in time holds nobody up for long.
  const timer = setTimeout(() => {
    deadline.reject(new Error("the directory did not answer in time"));
  }, 2 * settings.timeoutMs);
  try {
    return await Promise.race([openAndRun(settings, client, work), deadline.promise]);
  } catch (cause) {
    if (cause instanceof LoginUnavailable) throw cause;
    throw new LoginUnavailable("the directory of users does not answer", { cause });
  } finally {
    clearTimeout(timer);
    // It says goodbye and closes; whether that was heard does not matter to anybody.
    await client.unbind().catch(() => undefined);
    for (const socket of sockets) socket.destroy();
  }
}

async function openAndRun<Result>(
  settings: ConnectionSettings,
  client: Client,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  if (settings.startTls) await client.startTLS({ ...(await toTls(settings)) });
  if (settings.bindDn !== "") await client.bind(settings.bindDn, settings.bindPassword);
  return await work(client);
}

/**
 * The library connects again by itself when a connection was lost: without TLS, if it was encrypted by StartTLS, and without
 * the first bind. So each client gets one connection and no second one.
 */
async function toTransport(settings: ConnectionSettings, sockets: Socket[]) {
  const once = <Made extends Socket>(make: () => Made): Made => {
    if (sockets.length > 0) throw new Error("the connection to the directory was lost");
    const socket = make();
    sockets.push(socket);
    return socket;
  };
  const { hostname, port } = new URL(settings.url);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  if (settings.url.startsWith("ldaps:")) {
    const tls = await toTls(settings);
    const target = { ...tls, host, port: Number(port || 636) };
    const createSecureConnection = (() =>
      once(() => connectSecure(target))) as typeof connectSecure;
    return { tlsOptions: tls, createSecureConnection };
  }
  const target = { host, port: Number(port || 389) };
  const createConnection = (() => once(() => connectPlain(target))) as typeof connectPlain;
  return { createConnection };
}

async function toTls({ url, ca }: ConnectionSettings): Promise<ConnectionOptions> {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  return {
    host,
    // A name for the server to choose its certificate by; addresses are no names (RFC 6066, section 3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca: await readFile(ca) }),
  };
}
