import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { fstatSync } from "node:fs";
import { type FileHandle, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FileReception, type ReceivedFile, receiveFile } from "./receive-file.ts";

const MIB = 1024 * 1024;

let directory: string;
let file: FileHandle;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-receive-"));
  file = await open(join(directory, "data"), "w+");
});
afterEach(async () => {
  await file.close();
  await rm(directory, { recursive: true });
});

test.each([0, 1, 10_240, 128 * 1024, 5 * MIB + 3, 40 * MIB])(
  "%d bytes arrive unchanged and are hashed on the way",
  async (size) => {
    const content = randomBytes(size);
    const sha256 = createHash("sha256");
    const sha512 = createHash("sha512");
    const received = await receive(content, { hashes: [sha256, sha512] });
    expect(received).toEqual({ bytes: size, interruption: undefined });
    expect((await written()).equals(content)).toBe(true);
    expect(sha256.digest("hex")).toBe(createHash("sha256").update(content).digest("hex"));
    expect(sha512.digest("hex")).toBe(createHash("sha512").update(content).digest("hex"));
  },
);

test("a second piece is written behind the first", async () => {
  const hash = createHash("sha256");
  await receive(Buffer.from("first, "), { hashes: [hash] });
  await receive(Buffer.from("second"), { hashes: [hash], position: 7 });
  expect((await written()).toString()).toBe("first, second");
  expect(hash.digest("hex")).toBe(createHash("sha256").update("first, second").digest("hex"));
});

test("an upload does not leave its pieces to the garbage collector", async () => {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const hash = { update: () => noteMemory() };
  await using upload = await acceptUpload();
  const client = request({ port: upload.port, host: "127.0.0.1", method: "PUT" });
  client.on("error", () => {});
  const piece = randomBytes(MIB);
  Readable.from(Array.from({ length: 96 }, () => piece)).pipe(client);
  await receiveFile(reception({ source: await upload.request, hashes: [hash] }));
  client.destroy();
  expect(most - before).toBeLessThan(24 * MIB);

  function noteMemory(): void {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
});

test("very small pieces are written too", async () => {
  const pieces = Array.from({ length: 5000 }, (_, index) => Buffer.from(`${index},`));
  await receiveFile(reception({ source: Readable.from(pieces) }));
  expect((await written()).equals(Buffer.concat(pieces))).toBe(true);
});

test("a sender that vanishes leaves what it sent, and says so", async () => {
  const content = randomBytes(3 * MIB);
  await using upload = await acceptUpload();
  const client = connect(upload.port, "127.0.0.1");
  client.write(`PUT / HTTP/1.1\r\nhost: test\r\ncontent-length: ${content.length * 2}\r\n\r\n`);
  const source = await upload.request;
  const receiving = receiveFile(reception({ source }));
  await new Promise<void>((resolve) => client.write(content, () => resolve()));
  client.destroy();
  const received = await receiving;
  expect(received.interruption).toBeInstanceOf(Error);
  expect((await written()).equals(content.subarray(0, received.bytes))).toBe(true);
});

test("a source that has already ended or failed is noticed", async () => {
  const source = Readable.from([]);
  source.destroy();
  await once(source, "close");
  const received = await receiveFile(reception({ source }));
  expect(received).toMatchObject({ bytes: 0, interruption: expect.any(Error) });
});

test("a file that cannot be written is an error, however much arrived", async () => {
  await using readOnly = await open(join(directory, "data"), "r");
  const source = Readable.from(pieces(64, 64 * 1024));
  await expect(receiveFile(reception({ source, file: readOnly }))).rejects.toMatchObject({
    code: "EBADF",
  });
});

test("bytes that are refused are not written", async () => {
  const refusal = new Error("no room");
  let asked = 0;
  const beforeWrite = async (bytes: number) => {
    asked += bytes;
    if (asked > MIB) throw refusal;
  };
  await expect(receive(randomBytes(4 * MIB), { beforeWrite })).rejects.toBe(refusal);
  expect((await written()).length).toBeLessThanOrEqual(MIB);
});

test("a sync that fails in the background is an error, although every write succeeded", async () => {
  // Takes every write and cannot be synced.
  await using bottomless = await open("/dev/null", "w");
  const source = Readable.from(pieces(400, 64 * 1024));
  await expect(receiveFile(reception({ source, file: bottomless }))).rejects.toMatchObject({
    name: "LostWriteError",
  });
});

test("a full disk is an error", async () => {
  await using full = await open("/dev/full", "w");
  const source = Readable.from([Buffer.alloc(10)]);
  await expect(receiveFile(reception({ source, file: full }))).rejects.toMatchObject({
    code: expect.stringMatching(/ENOSPC|ESPIPE|EINVAL/),
  });
});

test("a fast sender is held back by the disk instead of filling the memory", async () => {
  let produced = 0;
  let mostAhead = 0;
  const hash = { update: () => noteHowFarAhead() };
  const source = Readable.from(
    (function* content() {
      for (; produced < 64 * MIB; produced += 64 * 1024) yield Buffer.alloc(64 * 1024);
    })(),
  );
  await receiveFile(reception({ source, hashes: [hash] }));
  expect(mostAhead).toBeLessThan(3 * MIB);

  function noteHowFarAhead(): void {
    mostAhead = Math.max(mostAhead, produced - fstatSync(file.fd).size);
  }
});

function* pieces(count: number, bytes: number): Generator<Buffer> {
  for (let made = 0; made < count; made += 1) yield Buffer.alloc(bytes);
}

function reception(overrides: Partial<FileReception>): FileReception {
  return {
    source: Readable.from([]),
    file,
    position: 0,
    hashes: [],
    beforeWrite: async () => {},
    ...overrides,
  };
}

/** Sends `content` over a real connection and receives it from there. */
async function receive(
  content: Buffer,
  overrides: Partial<FileReception> = {},
): Promise<ReceivedFile> {
  await using upload = await acceptUpload();
  const client = request({ port: upload.port, host: "127.0.0.1", method: "PUT" });
  client.on("error", () => {});
  client.end(content);
  const source = await upload.request;
  return await receiveFile(reception({ source, ...overrides }));
}

async function acceptUpload() {
  const arrived = Promise.withResolvers<IncomingMessage>();
  const server = createServer((incoming) => arrived.resolve(incoming));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    request: arrived.promise,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function written(): Promise<Buffer> {
  return await readFile(join(directory, "data"));
}
