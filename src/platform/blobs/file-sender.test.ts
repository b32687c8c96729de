import { once } from "node:events";
import { mkdtemp, open, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { createFileSender, type FileSender } from "./file-sender.ts";
import { loadKernelCalls } from "./kernel-calls.ts";

const MIB = 1024 * 1024;
const kernel = loadKernelCalls();

const ways: [string, FileSender][] = [["through buffers", createFileSender({ kernel: undefined })]];
if (kernel !== undefined) ways.push(["through the kernel", createFileSender({ kernel })]);

test("the kernel's calls are found on Linux", () => {
  expect(kernel !== undefined).toBe(process.platform === "linux");
});

describe.each(ways)("a file sent %s", (_way, sender) => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  test.each([
    { what: "an empty file", size: 0, start: 0, end: 0 },
    { what: "one byte", size: 1, start: 0, end: 1 },
    { what: "all of a small file", size: 5000, start: 0, end: 5000 },
    { what: "the middle of a small file", size: 5000, start: 17, end: 4999 },
    { what: "one quantum", size: 256 * 1024, start: 0, end: 256 * 1024 },
    { what: "one byte more", size: 256 * 1024 + 1, start: 0, end: 256 * 1024 + 1 },
    { what: "a large file", size: 9 * MIB + 7, start: 0, end: 9 * MIB + 7 },
    { what: "a range inside a large file", size: 9 * MIB, start: 3 * MIB + 3, end: 8 * MIB - 5 },
  ])("arrives unchanged: $what", async ({ size, start, end }) => {
    const content = pattern(size);
    const server = await serve(content);
    const answer = await fetchRange(server, start, end);
    expect(answer.equals(content.subarray(start, end))).toBe(true);
    expect(await server.nextOutcome()).toBe(end - start);
  });

  test("leaves the connection usable for the next request", async () => {
    const content = pattern(3 * MIB);
    const server = await serve(content);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (const end of [10, 3 * MIB, 0, 70_000]) {
      const { body, port } = await fetchOver(agent, server, end);
      expect(body.equals(content.subarray(0, end))).toBe(true);
      ports.add(port);
    }
    expect(ports.size).toBe(1);
    agent.destroy();
  });

  test("keeps the answers to pipelined requests in order", async () => {
    const content = pattern(600_000);
    const server = await serve(content);
    const socket = connect(server.port, "127.0.0.1");
    const ends = [600_000, 5, 300_000];
    socket.write(ends.map((end) => head(0, end)).join(""));
    const expected = ends.map((end) => content.subarray(0, end));
    const received = await readBodies(socket, ends);
    expect(Buffer.concat(received).equals(Buffer.concat(expected))).toBe(true);
    socket.destroy();
  });

  test("gives up when the client vanishes, and says how much was handed over", async () => {
    const size = 64 * MIB;
    const server = await serve(pattern(size));
    const socket = connect(server.port, "127.0.0.1");
    socket.write(head(0, size));
    await once(socket, "readable");
    socket.destroy();
    expect(await server.nextOutcome()).toBeLessThan(size);
  });

  test("gives up when the client of a pipelined request vanishes", async () => {
    const size = 64 * MIB;
    const server = await serve(pattern(size));
    const socket = connect(server.port, "127.0.0.1");
    socket.write(head(0, size) + head(0, size));
    await once(socket, "readable");
    socket.destroy();
    expect(await server.nextOutcome()).toBeLessThan(size);
    expect(await server.nextOutcome()).toBeLessThan(size);
  });

  test("breaks the connection when the file turns out shorter than announced", async () => {
    const server = await serve(pattern(2 * MIB));
    await truncate(server.path, MIB);
    await expect(fetchRange(server, 0, 2 * MIB)).rejects.toThrow();
    expect(await server.nextOutcome()).toMatchObject({ name: "TruncatedFileError" });
  });

  test.each([0, 700_000])("%d bytes follow a head on a bare connection", async (size) => {
    const content = pattern(size);
    const directory = await mkdtemp(join(tmpdir(), "berth-send-"));
    closing.push(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, "data"), content);
    await using file = await open(join(directory, "data"));
    const server = createTcpServer((socket) => {
      void sender.sendOn(socket, "head ", { file, start: 0, end: size }).then(() => socket.end());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const received = await buffer(client);
    expect(received.equals(Buffer.concat([Buffer.from("head "), content]))).toBe(true);
    server.close();
  });

  test("ends the response, so that it can be logged and counted", async () => {
    const server = await serve(pattern(MIB));
    await fetchRange(server, 0, MIB);
    await server.nextOutcome();
    expect(server.finished()).toBe(1);
  });

  test("does not close a connection as idle while its reader makes progress", async () => {
    const size = 8 * MIB;
    const server = await serve(pattern(size), { idleTimeoutMs: 200 });
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`GET /0-${size} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n`);
    expect(await readSlowly(socket, 600)).toBeGreaterThan(size);
  });

  test.runIf(process.platform === "linux")(
    "leaves no file open after a crowd vanished",
    async () => {
      const size = 16 * MIB;
      const server = await serve(pattern(size));
      const before = await openDescriptors();
      for (let round = 0; round < 10; round += 1) {
        const crowd = await connectCrowd(server.port, 20, head(0, size));
        for (const socket of crowd) socket.destroy();
        for (const _ of crowd) expect(await server.nextOutcome()).toBeLessThan(size);
      }
      expect(await openDescriptors()).toBeLessThanOrEqual(before);
    },
  );

  test("holds little memory for readers that do not read", async () => {
    const size = 64 * MIB;
    const server = await serve(pattern(size));
    const before = process.memoryUsage().rss;
    const crowd = await connectCrowd(server.port, 200, head(0, size));
    // Somebody who does read gets through all the same.
    expect((await fetchRange(server, 0, 8 * MIB)).length).toBe(8 * MIB);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MIB);
    for (const socket of crowd) socket.destroy();
  });

  async function serve(content: Buffer, options: { idleTimeoutMs?: number } = {}) {
    const directory = await mkdtemp(join(tmpdir(), "berth-send-"));
    const path = join(directory, "data");
    await writeFile(path, content);
    const outcomes: unknown[] = [];
    let wake = () => {};
    let finished = 0;
    const server = createServer((request, response) => {
      response.once("finish", () => {
        finished += 1;
      });
      void answer(request, response)
        .catch((error: unknown) => error)
        .then((outcome) => {
          outcomes.push(outcome);
          wake();
        });
    });
    server.timeout = options.idleTimeoutMs ?? 0;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => rm(directory, { recursive: true }));
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    });
    return {
      path,
      port: (server.address() as AddressInfo).port,
      finished: () => finished,
      async nextOutcome(): Promise<unknown> {
        while (outcomes.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        return outcomes.shift();
      },
    };

    async function answer(request: IncomingMessage, response: ServerResponse): Promise<number> {
      const [start = 0, end = 0] = (request.url ?? "").slice(1).split("-").map(Number);
      await using file = await open(path);
      response.writeHead(200, { "content-length": end - start });
      return await sender.send(response, { file, start, end });
    }
  }
});

interface Server {
  readonly port: number;
}

function head(start: number, end: number): string {
  return `GET /${start}-${end} HTTP/1.1\r\nhost: test\r\n\r\n`;
}

/** Different at every position that matters, so that a shifted or repeated piece shows. */
function pattern(size: number): Buffer {
  const content = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) content.writeUInt32LE(at, at);
  return content;
}

async function fetchRange(server: Server, start: number, end: number): Promise<Buffer> {
  const request = get({ host: "127.0.0.1", port: server.port, path: `/${start}-${end}` });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return await buffer(response);
}

async function fetchOver(agent: Agent, server: Server, end: number) {
  const request = get({ agent, host: "127.0.0.1", port: server.port, path: `/0-${end}` });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const port = response.socket.localPort;
  return { body: await buffer(response), port };
}

/** Reads answers that follow each other on one connection; `lengths` are those of their bodies. */
async function readBodies(socket: Socket, lengths: readonly number[]): Promise<Buffer[]> {
  let received = Buffer.alloc(0);
  const bodies: Buffer[] = [];
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk]);
    for (let length = lengths[bodies.length]; length !== undefined; ) {
      const bodyAt = received.indexOf("\r\n\r\n") + 4;
      if (bodyAt < 4 || received.length < bodyAt + length) break;
      bodies.push(received.subarray(bodyAt, bodyAt + length));
      received = received.subarray(bodyAt + length);
      length = lengths[bodies.length];
    }
    if (bodies.length === lengths.length) return bodies;
  }
  throw new Error("the connection ended early");
}

/** Takes a little at a time and pauses in between, for `ms` in all, then takes the rest. */
async function readSlowly(socket: Socket, ms: number): Promise<number> {
  const until = performance.now() + ms;
  let bytes = 0;
  for await (const chunk of socket) {
    bytes += (chunk as Buffer).length;
    if (performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return bytes;
}

async function connectCrowd(port: number, size: number, request: string): Promise<Socket[]> {
  return await Promise.all(
    Array.from({ length: size }, async () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(request);
      await once(socket, "readable");
      return socket;
    }),
  );
}

async function openDescriptors(): Promise<number> {
  return (await readdir("/proc/self/fd")).length;
}
