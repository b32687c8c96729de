import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { Wire } from "../../../test/harness/wire.ts";
import { FastLane } from "./fast-lane.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";

const GET = "GET / HTTP/1.1\r\nHost: hub.test\r\n\r\n";

test("an idle connection is closed at once", async () => {
  await using held = await startHeldServer();
  const wire = await held.server.connect();
  wire.send(GET);
  (await held.next()).end("done");
  await wire.until("done");
  expect(await held.server.close()).toEqual({ drained: true });
  expect(await wire.ending()).toBe("fin");
});

test("a request that is under way is answered, as the last of its connection", async () => {
  await using held = await startHeldServer();
  const wire = await held.server.connect();
  wire.send(GET);
  const response = await held.next();
  const closing = held.server.close();
  response.end("in time");
  expect(await wire.until("in time")).toContain("Connection: close");
  expect(await wire.ending()).toBe("fin");
  expect(await closing).toEqual({ drained: true });
});

test("an answer that has begun is ended before its connection is closed", async () => {
  await using held = await startHeldServer();
  const wire = await held.server.connect();
  wire.send(GET);
  const response = await held.next();
  response.writeHead(200, { "Content-Length": 10 }).write("first");
  await wire.until("first");
  const closing = held.server.close();
  response.end("later");
  await wire.until("firstlater");
  expect(await wire.ending()).toBe("fin");
  expect(await closing).toEqual({ drained: true });
});

test("an upload that is under way goes on", async () => {
  await using held = await startHeldServer();
  const wire = await held.server.connect();
  wire.send("PUT / HTTP/1.1\r\nHost: hub.test\r\nContent-Length: 6\r\n\r\nabc");
  const response = await held.next();
  const closing = held.server.close();
  let received = "";
  response.req.on("data", (part: Buffer) => {
    received += part.toString();
  });
  response.req.on("end", () => response.end(`got ${received}`));
  wire.send("def");
  await wire.until("got abcdef");
  expect(await closing).toEqual({ drained: true });
});

test("no new connection is taken", async () => {
  await using held = await startHeldServer();
  const wire = await held.server.connect();
  wire.send(GET);
  const response = await held.next();
  const closing = held.server.close();
  await expect(Wire.open(held.server.address.port)).rejects.toThrow("ECONNREFUSED");
  response.end();
  await closing;
});

test("a connection that was just opened may make its request", async () => {
  await using held = await startHeldServer();
  const wire = await held.server.connect();
  await expect.poll(() => held.server.traffic().connections).toBe(1);
  const closing = held.server.close();
  wire.send(GET);
  (await held.next()).end("welcome");
  expect(await wire.until("welcome")).toContain("Connection: close");
  expect(await closing).toEqual({ drained: true });
});

test("a connection on which nothing is asked does not hold the end up", async () => {
  await using held = await startHeldServer();
  const wire = await held.server.connect();
  await expect.poll(() => held.server.traffic().connections).toBe(1);
  expect(await held.server.close()).toEqual({ drained: true });
  expect(await wire.ending()).toBe("fin");
});

test("what is still under way after the drain time is cut", async () => {
  await using held = await startHeldServer({ drainMs: 50 });
  const wire = await held.server.connect();
  wire.send(GET);
  await held.next();
  expect(await held.server.close()).toEqual({ drained: false });
  await wire.ending();
  expect(wire.received).toBe("");
});

test("answers of the lane end before their connections are closed", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const lane = new FastLane({
    route: () => async () => {
      await promise;
      return { head: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", body: "quick" };
    },
    idleTimeoutMs: 60_000,
  });
  await using held = await startHeldServer({ lane });
  const wire = await held.server.connect();
  wire.send(GET);
  await expect.poll(() => held.server.traffic().receivedBytes).toBe(GET.length);
  const closing = held.server.close();
  resolve();
  expect(await wire.until("quick")).toContain("Connection: close");
  expect(await closing).toEqual({ drained: true });
});

type Held = AsyncDisposable & {
  readonly server: TestServer;
  /** The next request's response, for the test to end. */
  next(): Promise<ServerResponse>;
};

async function startHeldServer(
  options: { readonly drainMs?: number; readonly lane?: FastLane } = {},
): Promise<Held> {
  const waiting: ((response: ServerResponse) => void)[] = [];
  const arrived: ServerResponse[] = [];
  const server = await startTestServer({
    ...options,
    handler: (_request, response) => {
      const taker = waiting.shift();
      if (taker === undefined) arrived.push(response);
      else taker(response);
    },
  });
  return {
    server,
    next: () => {
      const response = arrived.shift();
      if (response !== undefined) return Promise.resolve(response);
      return new Promise((resolve) => waiting.push(resolve));
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
