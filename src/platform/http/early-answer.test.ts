import { expect, test } from "vitest";
import type { Wire } from "../../../test/harness/wire.ts";
import { readBody } from "./body.ts";
import { startTestServer } from "./server.fixture.ts";
import type { RequestHandler } from "./server.ts";

const HOST = "Host: hub.test\r\n";
const CLOSE = "Connection: close\r\n";
const MEGABYTE = 1024 * 1024;
const BODY = Buffer.alloc(16 * MEGABYTE, "x");

const refuse: RequestHandler = (_request, response) => {
  response.writeHead(403, { "Content-Length": 7 }).end("refused");
};
const refuseWithinBody: RequestHandler = async (request, response) => {
  await readBody(request, { limit: 100_000 }).catch(() => refuse(request, response));
};
const refuseAfterPart: RequestHandler = (request, response) => {
  request.once("data", () => refuse(request, response));
};

const WAYS: readonly [string, RequestHandler][] = [
  ["before the body", refuse],
  ["within the body", refuseWithinBody],
  ["after a part that was read", refuseAfterPart],
];

test.each(WAYS)(
  "a client that reads only after it has sent gets an answer given %s",
  async (_when, handler) => {
    await using server = await startTestServer({ handler });
    const wire = await server.connect();
    wire.socket.pause();
    wire.send(`PUT / HTTP/1.1\r\n${HOST}${CLOSE}Transfer-Encoding: chunked\r\n\r\n`);
    await sendChunked(wire, BODY);
    wire.socket.resume();
    expect(await wire.ending()).toBe("fin");
    expect(wire.received).toMatch(/^HTTP\/1\.1 403 .*\r\n\r\nrefused$/s);
  },
);

test.each(WAYS)("a connection stays usable after an answer given %s", async (_when, handler) => {
  await using server = await startTestServer({
    handler: (request, response) => {
      if (request.method === "GET") response.end("next");
      else handler(request, response);
    },
  });
  const wire = await server.connect();
  wire.send(`PUT / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`);
  await sendChunked(wire, BODY);
  wire.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
  expect(await wire.until("next")).toContain("refused");
});

test("the answer comes at once, not when the body is over", async () => {
  await using server = await startTestServer({ handler: refuse });
  for (const connection of ["", CLOSE]) {
    const wire = await server.connect();
    wire.send(`PUT / HTTP/1.1\r\n${HOST}${connection}Content-Length: 1000000\r\n\r\nstart`);
    await wire.until("refused");
    expect(wire.socket.writable).toBe(true);
  }
});

test("a client that closes after the answer leaves nothing behind", async () => {
  await using server = await startTestServer({ handler: refuse });
  const wire = await server.connect();
  wire.send(`PUT / HTTP/1.1\r\n${HOST}${CLOSE}Content-Length: 1000000\r\n\r\nstart`);
  await wire.until("refused");
  wire.socket.destroy();
  await expect.poll(() => server.traffic()).toMatchObject({ connections: 0, underway: 0 });
});

test.each([
  ["kept alive", ""],
  ["to be closed", CLOSE],
])("a client that never stops sending on a connection %s is cut off", async (_what, connection) => {
  await using server = await startTestServer({ handler: refuse });
  const wire = await server.connect();
  wire.send(`PUT / HTTP/1.1\r\n${HOST}${connection}Content-Length: 99999999999\r\n\r\n`);
  let sent = 0;
  while (!wire.socket.destroyed && sent < 4096 * MEGABYTE) {
    await new Promise((resolve) => wire.socket.write(BODY, resolve));
    sent += BODY.length;
  }
  expect(sent).toBeLessThan(4096 * MEGABYTE);
  await expect.poll(() => server.traffic().connections).toBe(0);
});

test("a client that was refused and says nothing more is let go after a while", async () => {
  await using server = await startTestServer({ handler: refuse });
  const wire = await server.connect();
  wire.send(`PUT / HTTP/1.1\r\n${HOST}Content-Length: 1000000\r\n\r\nstart`);
  await wire.until("refused");
  await expect.poll(() => server.traffic().connections, { timeout: 10_000 }).toBe(0);
});

async function sendChunked(wire: Wire, body: Buffer): Promise<void> {
  for (let start = 0; start < body.length; start += MEGABYTE) {
    wire.send(`${MEGABYTE.toString(16)}\r\n`);
    const part = body.subarray(start, start + MEGABYTE);
    await new Promise((resolve) => wire.socket.write(part, resolve));
    wire.send("\r\n");
  }
  await new Promise((resolve) => wire.socket.write("0\r\n\r\n", resolve));
}
