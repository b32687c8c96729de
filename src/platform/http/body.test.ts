import { expect, test } from "vitest";
import type { Wire } from "../../../test/harness/wire.ts";
import { readBody } from "./body.ts";
import { startTestServer } from "./server.fixture.ts";

const PUT = "PUT / HTTP/1.1\r\nHost: hub.test\r\n";
const CHUNKED = `${PUT}Transfer-Encoding: chunked\r\n\r\n`;
const LIMIT = 10;

test.each<[string, string]>([
  ["with a length", `${PUT}Content-Length: 10\r\n\r\n0123456789`],
  ["in chunks", `${CHUNKED}5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n`],
])("a body %s and of just the limit is read whole", async (_how, request) => {
  await using reader = await startReader();
  reader.wire.send(request);
  await reader.wire.until("0123456789");
});

test("a request without a body has an empty one", async () => {
  await using reader = await startReader();
  reader.wire.send(`${PUT}\r\n`);
  expect(await reader.wire.until("]")).toContain("[]");
});

test("a body that announces too much is refused before it comes", async () => {
  await using reader = await startReader();
  reader.wire.send(`${PUT}Content-Length: 11\r\n\r\n`);
  await reader.wire.until("BodyTooLargeError");
});

test("a body that turns out too large is refused at the first byte beyond the limit", async () => {
  await using reader = await startReader();
  reader.wire.send(`${CHUNKED}a\r\n0123456789\r\n1\r\nx`);
  await reader.wire.until("BodyTooLargeError");
});

test("five gigabytes sent to a small limit are cut off without filling the memory", async () => {
  await using reader = await startReader();
  const { socket } = reader.wire;
  const before = process.memoryUsage().arrayBuffers;
  reader.wire.send(`${CHUNKED}140000000\r\n`);
  const part = Buffer.alloc(4 * 1024 * 1024);
  let most = 0;
  for (let sent = 0; sent < 5 * 1024 ** 3 && !socket.destroyed; sent += part.length) {
    await new Promise((resolve) => socket.write(part, resolve));
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(reader.wire.received).toContain("BodyTooLargeError");
  expect(most).toBeLessThan(128 * 1024 * 1024);
});

test.each<[string, string]>([
  ["with a length", `${PUT}Content-Length: 10\r\n\r\n01234`],
  ["in chunks", `${CHUNKED}5\r\n01234\r\n`],
  ["in chunks, within one", `${CHUNKED}5\r\n012`],
  ["in chunks, before the last line", `${CHUNKED}5\r\n01234\r\n0\r\n`],
])("a body %s that is cut is not taken for whole", async (_how, request) => {
  await using reader = await startReader();
  reader.wire.send(request);
  await expect.poll(() => reader.server.seen.length).toBe(1);
  reader.wire.socket.destroy();
  await expect.poll(() => reader.outcomes).toEqual(["BodyCutShortError"]);
});

test("a body that takes too long is given up", async () => {
  await using reader = await startReader({ timeoutMs: 50 });
  reader.wire.send(`${PUT}Content-Length: 10\r\n\r\n01234`);
  await reader.wire.until("BodyTooSlowError");
});

test("a body is cut when its connection was gone before anybody read it", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  await using server = await startTestServer({
    handler: (request) => {
      request.on("close", () => {
        readBody(request, { limit: LIMIT }).then(String, (error: Error) => resolve(error.name));
      });
    },
  });
  const wire = await server.connect();
  wire.send(`${PUT}Content-Length: 10\r\n\r\n01234`);
  await expect.poll(() => server.seen.length).toBe(1);
  wire.socket.destroy();
  expect(await promise).toBe("BodyCutShortError");
});

async function startReader(options: { timeoutMs?: number } = {}) {
  const outcomes: string[] = [];
  const server = await startTestServer({
    handler: async (request, response) => {
      const outcome = await readBody(request, { limit: LIMIT, ...options }).then(
        (body) => `[${body.toString()}]`,
        (error: Error) => error.name,
      );
      outcomes.push(outcome);
      response.end(outcome);
    },
  });
  const wire: Wire = await server.connect();
  return {
    server,
    wire,
    outcomes,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
