import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { expect, test } from "vitest";
import { Wire } from "../../../test/harness/wire.ts";
import { createMetrics } from "./metrics.ts";
import { requestIdOf } from "./request-id.ts";
import { createRequestObserver, statusOf } from "./request-observer.ts";

test("a request is counted, and described in one line", async () => {
  await using observed = await startObserved({ level: "debug" });
  await observed.ask("X-Request-Id: proxy-0123456789\r\n");
  await expect.poll(() => observed.lines).toHaveLength(1);
  expect(JSON.parse(observed.lines[0] ?? "")).toMatchObject({
    msg: "request answered",
    requestId: "proxy-0123456789",
    method: "PUT",
    route: "manifest",
    status: 201,
    bytesIn: 2,
    bytesOut: 4,
    client: "127.0.0.1",
    milliseconds: expect.any(Number),
  });
  expect(await observed.metrics.expose()).toContain(
    'berth_http_request_duration_seconds_count{route="manifest",method="PUT",status="2xx"} 1',
  );
});

test("nothing is written below the level of the log, but counted", async () => {
  await using observed = await startObserved({ level: "info" });
  await observed.ask("");
  await expect.poll(() => observed.metrics.expose()).toContain('status="2xx"} 1');
  expect(observed.lines).toEqual([]);
});

test("an answer that did not get to its end is counted as cut", async () => {
  await using observed = await startObserved({ level: "debug", isCut: true });
  await observed.ask("").catch(String);
  await expect.poll(() => observed.metrics.expose()).toContain('status="cut"} 1');
});

test.each([
  ["with a line break", "X-Request-Id: forged\\nline-0123\r\n"],
  ["that is too short", "X-Request-Id: short\r\n"],
  ["that is too long", `X-Request-Id: ${"x".repeat(129)}\r\n`],
  ["given twice", "X-Request-Id: aaaaaaaa\r\nX-Request-Id: bbbbbbbb\r\n"],
])("an identifier %s is replaced", async (_how, header) => {
  await using observed = await startObserved({ level: "debug" });
  await observed.ask(header);
  expect(observed.ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(observed.ids[1]).toBe(observed.ids[0]);
});

async function startObserved(options: { level: "info" | "debug"; isCut?: boolean }) {
  const lines: string[] = [];
  const ids: string[] = [];
  const metrics = createMetrics({ version: "0" });
  const log = pino({ level: options.level }, { write: (line) => lines.push(line) });
  const observe = createRequestObserver({
    metrics,
    clientAddressOf: ({ socket }) => socket.remoteAddress ?? "",
    log,
    level: "debug",
  });
  const server = createServer((request, response) => {
    const startedAt = performance.now();
    ids.push(requestIdOf(request), requestIdOf(request));
    const { method = "" } = request;
    response.on("close", () => {
      const status = statusOf(response);
      observe({ route: "manifest", method, status, startedAt, exchange: { request, response } });
    });
    if (options.isCut) response.destroy();
    else response.setHeader("Content-Length", 4).writeHead(201).end("done");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    lines,
    ids,
    metrics,
    ask: async (header: string) => {
      using wire = await Wire.open((server.address() as AddressInfo).port);
      wire.send(`PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n${header}\r\nab`);
      await wire.until("done");
    },
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
