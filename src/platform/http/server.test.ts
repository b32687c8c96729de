import { readdirSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { readBody } from "./body.ts";
import { startTestServer } from "./server.fixture.ts";
import type { RequestHandler } from "./server.ts";

const HOST = "Host: hub.test\r\n";
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`;

const answerDone: RequestHandler = (_request, response) => void response.end("done");
const answerNever: RequestHandler = () => undefined;
const answerAfterBody: RequestHandler = async (request, response) => {
  const body = await readBody(request, { limit: 1_000_000 }).catch(String);
  response.end(`got ${body.length}`);
};

test("a request is answered, and the connection can be used again", async () => {
  await using server = await startTestServer({ handler: answerDone });
  const wire = await server.connect();
  wire.send(GET);
  await wire.until("done");
  wire.send(GET.replace("GET / ", "GET /again "));

  await expect.poll(() => server.seen).toEqual(["GET /", "GET /again"]);
});

test("close can be called any number of times", async () => {
  await using server = await startTestServer({ handler: answerDone });
  const [first, second] = await Promise.all([server.close("one"), server.close("two")]);
  expect(first).toEqual({ drained: true });
  expect(second).toBe(first);
});

test("a port that is taken is named in the error", async () => {
  await using server = await startTestServer({ handler: answerDone });
  const { port } = server.address;
  await expect(
    startTestServer({ handler: answerDone, listen: { host: "127.0.0.1", port } }),
  ).rejects.toThrow(`address already in use 127.0.0.1:${port}`);
});

test("two servers share a port that both ask to share", async () => {
  await using one = await startTestServer({
    handler: answerDone,
    listen: { host: "127.0.0.1", port: 0, reusePort: true },
  });
  await using other = await startTestServer({
    handler: answerDone,
    listen: { host: "127.0.0.1", port: one.address.port, reusePort: true },
  });
  expect(other.address.port).toBe(one.address.port);
});

test("traffic counts what open and closed connections carried", async () => {
  await using server = await startTestServer({ handler: answerDone });
  const closed = await server.connect();
  closed.send(GET.replace(HOST, `${HOST}Connection: close\r\n`));
  await closed.ending();
  const open = await server.connect();
  open.send(GET);
  await open.until("done");
  const sent = closed.received.length + open.received.length;
  await expect.poll(() => server.traffic()).toMatchObject({ connections: 1, sentBytes: sent });
  expect(server.traffic()).toMatchObject({ receivedBytes: 2 * GET.length + 19, underway: 0 });
});

test("a slow header is answered with 408 and its connection closed", async () => {
  await using server = await startTestServer({ handler: answerDone, headersTimeoutMs: 60 });
  const wire = await server.connect();
  wire.send("GET / HTTP/1.1\r\nHost: hub.test\r\nX-Slow: ");
  const drip = setInterval(() => wire.send("a"), 10);
  await wire.ending();
  clearInterval(drip);
  expect(wire.received).toMatch(/^HTTP\/1\.1 408 /);
  expect(server.seen).toEqual([]);
});

test("a connection that never says anything is closed", async () => {
  await using server = await startTestServer({ handler: answerDone, idleTimeoutMs: 50 });
  const wire = await server.connect();
  await wire.ending();
});

test("an upload that stops moving is cut at the idle timeout", async () => {
  await using server = await startTestServer({ handler: answerAfterBody, idleTimeoutMs: 50 });
  const wire = await server.connect();
  wire.send(`PUT / HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\nhalf`);
  await wire.ending();
  expect(server.seen).toEqual(["PUT /"]);
});

test("an upload that is slow but moves lives longer than the idle timeout", async () => {
  await using server = await startTestServer({ handler: answerAfterBody, idleTimeoutMs: 150 });
  const wire = await server.connect();
  wire.send(`PUT / HTTP/1.1\r\n${HOST}Content-Length: 20\r\n\r\n`);
  const startedAt = performance.now();
  for (let byte = 0; byte < 20; byte += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    wire.send("x");
  }
  expect(await wire.until("got 20")).toContain("200 OK");
  expect(performance.now() - startedAt).toBeGreaterThan(300);
});

test("a client that waits for us is not cut at the idle timeout", async () => {
  await using server = await startTestServer({
    idleTimeoutMs: 50,
    handler: (_request, response) => void setTimeout(() => response.end("at last"), 250),
  });
  const wire = await server.connect();
  wire.send(GET);
  await wire.until("at last");
});

test("a client that does not read its answer is cut at the idle timeout", async () => {
  let hasClosed = false;
  await using server = await startTestServer({
    idleTimeoutMs: 100,
    handler: (_request, response) => {
      response.on("close", () => {
        hasClosed = true;
      });
      response.end(Buffer.alloc(64 * 1024 * 1024));
    },
  });
  const wire = await server.connect();
  wire.socket.pause();
  wire.send(GET);
  await expect.poll(() => hasClosed, { timeout: 5000 }).toBe(true);
  expect(server.traffic().connections).toBe(0);
});

test("a thousand half-open connections leave no file descriptor", async () => {
  await using server = await startTestServer({ handler: answerAfterBody, idleTimeoutMs: 200 });
  const before = countOpenFiles();
  const starts = [
    "",
    "GET / HTTP/1.1\r\nHost:",
    `PUT / HTTP/1.1\r\n${HOST}Content-Length: 9\r\n\r\nab`,
  ];
  for (let round = 0; round < 10; round += 1) {
    const wires = await Promise.all(Array.from({ length: 100 }, () => server.connect()));
    for (const [index, wire] of wires.entries()) {
      wire.send(starts[index % starts.length] ?? "");
      if (index % 4 === 0) wire.socket.end();
      if (index % 4 === 1) wire.socket.resetAndDestroy();
    }
    await Promise.all(wires.map((wire) => wire.ending()));
    for (const wire of wires) wire[Symbol.dispose]();
  }
  await expect.poll(() => server.traffic().connections, { timeout: 5000 }).toBe(0);
  await expect.poll(countOpenFiles, { timeout: 5000 }).toBeLessThanOrEqual(before);
});

test("a client that speaks TLS to this port gets an answer in HTTP", async () => {
  await using server = await startTestServer({ handler: answerDone });
  const raw = await server.connect();
  raw.send(Buffer.from("16030100c8010000c40303", "hex"));
  expect(await raw.until("not an HTTP/1.1 request")).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(await raw.ending()).toBe("fin");

  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException>();
  connectTls({ port: server.address.port, host: "127.0.0.1" }).on("error", resolve);
  expect((await promise).code).toBe("ERR_SSL_WRONG_VERSION_NUMBER");
});

test.each<[string, string, string]>([
  ["noise", "NOISE\r\n\r\n", "400 Bad Request"],
  [
    "a header that is too large",
    `GET / HTTP/1.1\r\n${HOST}X: ${"x".repeat(20_000)}\r\n\r\n`,
    "431 ",
  ],
  [
    "two lengths",
    `PUT / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
    "400 ",
  ],
  [
    "a length and chunks",
    `PUT / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    "400 ",
  ],
  ["a line feed alone", `GET / HTTP/1.1\r\n${HOST}A: b\nC: d\r\n\r\n`, "400 "],
  ["no host", "GET / HTTP/1.1\r\n\r\n", "400 "],
  ["two hosts", `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`, "400 "],
  ["a host with a path", "GET / HTTP/1.1\r\nHost: evil.test/v2\r\n\r\n", "400 "],
  ["a host with a user", "GET / HTTP/1.1\r\nHost: hub.test@evil.test\r\n\r\n", "400 "],
])("a request with %s is refused in JSON", async (_what, request, status) => {
  await using server = await startTestServer({ handler: answerDone });
  const wire = await server.connect();
  wire.send(request);
  expect(await wire.ending()).toBe("fin");
  expect(wire.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
  const body = wire.received.slice(wire.received.indexOf("\r\n\r\n") + 4);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ code: "UNSUPPORTED", detail: null }] });
  expect(server.seen).toEqual([]);
});

test("noise within a body is answered with 400", async () => {
  await using server = await startTestServer({ handler: answerNever });
  const wire = await server.connect();
  wire.send(`PUT / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nnot a length\r\n`);
  await wire.ending();
  expect(wire.received).toMatch(/^HTTP\/1\.1 400 /);
});

test("noise behind a request is not mixed into its answer", async () => {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  await using server = await startTestServer({
    handler: (_request, response) => resolve(response),
  });
  const wire = await server.connect();
  wire.send(GET);
  const response = await promise;
  response.write("the first part");
  await wire.until("the first part");
  wire.send("NOISE\r\n\r\n");
  await wire.ending();
  expect(wire.received).not.toContain("400");
});

test("a body is asked for only when somebody reads it", async () => {
  await using server = await startTestServer({
    handler: (request, response) => {
      if (request.url === "/refused") response.writeHead(403, { "Content-Length": 2 }).end("no");
      else void answerAfterBody(request, response);
    },
  });
  const expecting = `PUT / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`;
  const welcome = await server.connect();
  welcome.send(expecting);
  await welcome.until("HTTP/1.1 100 Continue\r\n\r\n");
  welcome.send("hello");
  expect(await welcome.until("got 5")).toContain("200 OK");
  welcome.send(GET);
  await welcome.until("got 0");

  const refused = await server.connect();
  refused.send(expecting.replace("/ ", "/refused "));
  expect(await refused.ending()).toBe("fin");
  expect(refused.received).toMatch(/^HTTP\/1\.1 403 /);
  expect(refused.received).toContain("Connection: close");
});

test("an unknown expectation is refused", async () => {
  await using server = await startTestServer({ handler: answerDone });
  const wire = await server.connect();
  wire.send(`PUT / HTTP/1.1\r\n${HOST}Expect: miracles\r\n\r\n`);
  expect(await wire.until("\r\n\r\n")).toContain("417 ");
});

test("more connections than allowed are turned away, and room is made again", async () => {
  await using server = await startTestServer({ handler: answerDone, maxConnections: 2 });
  const first = await server.connect();
  first.send(GET);
  await first.until("done");
  const second = await server.connect();
  second.send(GET);
  await second.until("done");
  const third = await server.connect();
  await third.ending();
  first.socket.destroy();
  await expect.poll(() => server.traffic().connections).toBe(1);
  const fourth = await server.connect();
  fourth.send(GET);
  await fourth.until("done");
});

function countOpenFiles(): number {
  return readdirSync("/proc/self/fd").length;
}
