import { once } from "node:events";
import { copyFile, mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { pino } from "pino";
import { expect, test } from "vitest";
import { run } from "../../../test/harness/command.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { Wire } from "../../../test/harness/wire.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";
import type { RequestHandler } from "./server.ts";
import { TlsFiles } from "./tls-files.ts";

const GET = "GET / HTTP/1.1\r\nHost: hub.test\r\n\r\n";
const CLOSING_PUT =
  "PUT / HTTP/1.1\r\nHost: hub.test\r\nConnection: close\r\nContent-Length: 8000000\r\n\r\n";

test("a request over TLS is answered", async () => {
  await using hub = await startTlsServer();
  using wire = Wire.over(await connectTo(hub.server));
  wire.send(GET);
  expect(await wire.until("done")).toContain("200 OK");
  expect(hub.server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
});

test("a client that comes back resumes its session", async () => {
  await using hub = await startTlsServer();
  const first = await connectTo(hub.server);
  expect(first.isSessionReused()).toBe(false);
  const session = once(first, "session");
  using wire = Wire.over(first);
  wire.send(GET);
  const [ticket] = (await session) as [Buffer];
  const second = await connectTo(hub.server, { session: ticket });
  expect(second.isSessionReused()).toBe(true);
  second.destroy();
});

test("new files are used for new connections, and open ones stay", async () => {
  await using hub = await startTlsServer();
  using old = Wire.over(await connectTo(hub.server));
  await writeCertificate(hub.path, "renewed");
  await expect.poll(() => servedName(hub.server), { timeout: 5000 }).toBe("renewed");
  old.send(GET);
  await old.until("done");
});

test("files behind a link that is swapped are read again", async () => {
  await using directory = await makeTempDirectory("tls-link");
  for (const name of ["one", "two"]) {
    await mkdir(join(directory.path, `..${name}`));
    await writeCertificate(join(directory.path, `..${name}`), name);
  }
  await symlink("..one", join(directory.path, "..data"));
  await symlink("..data/tls.crt", join(directory.path, "tls.crt"));
  await symlink("..data/tls.key", join(directory.path, "tls.key"));
  await using hub = await startTlsServer({ path: directory.path });
  expect(await servedName(hub.server)).toBe("one");
  await symlink("..two", join(directory.path, "..data.new"));
  await rename(join(directory.path, "..data.new"), join(directory.path, "..data"));
  await expect.poll(() => servedName(hub.server), { timeout: 5000 }).toBe("two");
});

test("SIGHUP reads the files again", async () => {
  await using elsewhere = await makeTempDirectory("tls-target");
  await using directory = await makeTempDirectory("tls-hup");
  await writeCertificate(elsewhere.path, "before");
  for (const file of ["tls.crt", "tls.key"]) {
    await symlink(join(elsewhere.path, file), join(directory.path, file));
  }
  await using hub = await startTlsServer({ path: directory.path });
  // Nothing changes in the folder that is watched.
  await writeCertificate(elsewhere.path, "after");
  expect(await servedName(hub.server)).toBe("before");
  process.kill(process.pid, "SIGHUP");
  await expect.poll(() => servedName(hub.server), { timeout: 5000 }).toBe("after");
});

test("files that cannot be used are reported and leave the old ones in force", async () => {
  const lines: string[] = [];
  await using hub = await startTlsServer({ lines });
  await writeFile(join(hub.path, "tls.crt"), "not a certificate");
  await expect.poll(() => lines.join(""), { timeout: 5000 }).toContain("new TLS files refused");
  expect(await servedName(hub.server)).toBe("first");
});

test("a certificate with another key is refused at the start", async () => {
  await using directory = await makeTempDirectory("tls-mixed");
  await writeCertificate(directory.path, "one");
  await copyFile(join(directory.path, "tls.key"), join(directory.path, "other.key"));
  await writeCertificate(directory.path, "two");
  await rename(join(directory.path, "other.key"), join(directory.path, "tls.key"));
  await expect(startTlsServer({ path: directory.path })).rejects.toThrow(
    "could not use the TLS files",
  );
});

test("a client that does not speak TLS is turned away", async () => {
  await using hub = await startTlsServer();
  const wire = await hub.server.connect();
  wire.send(GET);
  await wire.ending();
  expect(hub.server.seen).toEqual([]);
});

test("a client that never shakes hands does not hold the end up", async () => {
  await using hub = await startTlsServer({ drainMs: 50 });
  const wire = await hub.server.connect();
  await expect.poll(() => hub.server.traffic().connections).toBe(1);
  await hub.server.close();
  await wire.ending();
});

test("an early answer reaches a client that is still sending", async () => {
  await using hub = await startTlsServer({
    handler: (_request, response) => {
      response.writeHead(403, { "Content-Length": 7 }).end("refused");
    },
  });
  const socket = await connectTo(hub.server);
  using wire = Wire.over(socket);
  socket.pause();
  wire.send(CLOSING_PUT);
  for (let part = 0; part < 8; part += 1) {
    await new Promise((resolve) => socket.write(Buffer.alloc(1_000_000), resolve));
  }
  socket.resume();
  expect(await wire.until("refused")).toContain("403");
  expect(await wire.ending()).toBe("fin");
});

interface TlsHub extends AsyncDisposable {
  readonly server: TestServer;
  readonly path: string;
}

async function startTlsServer(
  options: {
    readonly path?: string;
    readonly lines?: string[];
    readonly handler?: RequestHandler;
    readonly drainMs?: number;
  } = {},
): Promise<TlsHub> {
  const directory = await makeTempDirectory("tls");
  const path = options.path ?? directory.path;
  if (options.path === undefined) await writeCertificate(path, "first");
  const { lines, drainMs = 60_000 } = options;
  const log = pino({ level: lines ? "info" : "silent" }, { write: (line) => lines?.push(line) });
  const tls = new TlsFiles({
    certificate: join(path, "tls.crt"),
    key: join(path, "tls.key"),
    minimumVersion: "TLSv1.2",
    log,
  });
  const handler = options.handler ?? ((_request, response) => void response.end("done"));
  const server = await startTestServer({ handler, tls, drainMs });
  return {
    server,
    path,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** As certbot does: each file is written beside the old one and moved over it. */
async function writeCertificate(directory: string, name: string): Promise<void> {
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", "2", "-subj", `/CN=${name}`, "-keyout", join(directory, "new.key")],
    ...["-out", join(directory, "new.crt")],
  ]);
  await rename(join(directory, "new.key"), join(directory, "tls.key"));
  await rename(join(directory, "new.crt"), join(directory, "tls.crt"));
}

async function connectTo(server: TestServer, options = {}): Promise<TLSSocket> {
  const { port } = server.address;
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  await once(socket, "secureConnect");
  return socket;
}

async function servedName(server: TestServer): Promise<unknown> {
  const socket = await connectTo(server);
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}
