import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { FastLane } from "./fast-lane.ts";
import type { LaneAnswer, LaneResponder } from "./lane-connection.ts";
import type { PlainRequest } from "./plain-request.ts";

const HOST = "Host: test\r\n";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test("a plain request is answered in the lane, with a date", async () => {
  const server = await serve({ "/fast": () => text("quick") });
  const answer = await exchange(server, `GET /fast HTTP/1.1\r\n${HOST}\r\n`, "quick");
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toMatch(/\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
  expect(server.seenByNode).toEqual([]);
  expect(server.answered).toEqual(["GET /fast"]);
});

test("many requests follow each other on one connection", async () => {
  const server = await serve({ "/fast": () => text("quick") });
  const socket = await open(server);
  for (let turn = 0; turn < 50; turn += 1) {
    socket.write(`GET /fast HTTP/1.1\r\n${HOST}\r\n`);
    expect(await readUntil(socket, "quick")).toContain("200 OK");
  }
  expect(server.answered.length).toBe(50);
});

test.each([
  ["a path the lane does not know", `GET /slow HTTP/1.1\r\n${HOST}\r\n`],
  ["another method", `DELETE /fast HTTP/1.1\r\n${HOST}\r\n`],
  ["a body", `GET /fast HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nab`],
  ["a range", `GET /fast HTTP/1.1\r\n${HOST}Range: bytes=0-1\r\n\r\n`],
  ["a condition", `GET /fast HTTP/1.1\r\n${HOST}If-None-Match: "a"\r\n\r\n`],
  ["credentials", `GET /fast HTTP/1.1\r\n${HOST}Authorization: Basic YTpi\r\n\r\n`],
  ["an expectation", `GET /fast HTTP/1.1\r\n${HOST}Expect: 100-continue\r\n\r\n`],
  ["an old version", `GET /fast HTTP/1.0\r\n${HOST}\r\n`],
])("a request with %s goes to the ordinary server, whole", async (_what, head) => {
  const server = await serve({ "/fast": () => text("quick") });
  expect(await exchange(server, head, "by node")).toContain("by node");
  expect(server.seenByNode.length).toBe(1);
  expect(server.answered).toEqual([]);
});

test("a request without a host is refused by the ordinary server", async () => {
  const server = await serve({ "/fast": () => text("quick") });
  expect(await exchange(server, "GET /fast HTTP/1.1\r\n\r\n", "400")).toContain("400 Bad Request");
});

test("two hosts are refused by the ordinary server", async () => {
  const server = await serve({ "/fast": () => text("quick") });
  const answer = await exchange(server, `GET /fast HTTP/1.1\r\n${HOST}${HOST}\r\n`, "\r\n\r\n");
  expect(server.answered).toEqual([]);
  expect(answer).not.toContain("quick");
});

test("a request that arrives in pieces is answered", async () => {
  const server = await serve({ "/fast": () => text("quick") });
  const socket = await open(server);
  socket.write("GET /fa");
  await delay(20);
  socket.write(`st HTTP/1.1\r\n${HOST}\r\n`);
  expect(await readUntil(socket, "by node")).toContain("by node: GET /fast");
});

test("pipelined requests are all answered, in order", async () => {
  const server = await serve({ "/fast": () => text("quick") });
  const one = `GET /fast?1 HTTP/1.1\r\n${HOST}\r\n`;
  const answer = await exchange(server, one + one.replace("?1", "?2"), "?2");
  expect(answer.indexOf("/fast?1")).toBeLessThan(answer.indexOf("/fast?2"));
});

test("a connection stays usable after it was handed over", async () => {
  const server = await serve({ "/fast": () => text("quick") });
  const socket = await open(server);
  socket.write(`GET /fast HTTP/1.1\r\n${HOST}\r\n`);
  await readUntil(socket, "quick");
  socket.write(`POST /upload HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`);
  expect(await readUntil(socket, "hello")).toContain("by node: POST /upload hello");
  socket.write(`GET /fast HTTP/1.1\r\n${HOST}\r\n`);
  expect(await readUntil(socket, "by node")).toContain("by node: GET /fast");
});

test("an answer that has to be fetched first keeps its place", async () => {
  const fetched = Promise.withResolvers<LaneAnswer>();
  const server = await serve({ "/fetched": () => fetched.promise, "/fast": () => text("quick") });
  const socket = await open(server);
  socket.write(`GET /fetched HTTP/1.1\r\n${HOST}\r\n`);
  await delay(20);
  socket.write(`GET /fast HTTP/1.1\r\n${HOST}\r\n`);
  fetched.resolve(text("from the database"));
  const answer = await readUntil(socket, "quick");
  expect(answer.indexOf("from the database")).toBeLessThan(answer.indexOf("quick"));
});

test.each<[string, LaneResponder]>([
  ["does not have it", () => undefined],
  ["fails", () => fail()],
  ["does not find it", () => Promise.resolve(undefined)],
  ["fails to fetch it", () => Promise.reject(new Error("broken"))],
])("the ordinary server answers when the lane %s", async (_what, respond) => {
  const server = await serve({ "/fast": respond });
  expect(await exchange(server, `GET /fast HTTP/1.1\r\n${HOST}\r\n`, "by node")).toContain(
    "by node: GET /fast",
  );
});

test("the connection closes when the client asked for it", async () => {
  const server = await serve({ "/fast": () => text("quick") });
  const socket = await open(server);
  socket.write(`GET /fast HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
  const answer = await readUntil(socket, "quick");
  expect(answer).toContain("\r\nConnection: close\r\n");
  await once(socket, "close");
});

test("a body may be streamed, and the next request waits for its end", async () => {
  const server = await serve({
    "/stream": () => ({
      head: "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n",
      body: async (socket, head) => {
        socket.write(head);
        for (let part = 0; part < 3; part += 1) {
          await delay(5);
          socket.write("x".repeat(100_000));
        }
      },
    }),
    "/fast": () => text("quick"),
  });
  const socket = await open(server);
  socket.write(`GET /stream HTTP/1.1\r\n${HOST}\r\n`);
  await delay(10);
  socket.write(`GET /fast HTTP/1.1\r\n${HOST}\r\n`);
  const answer = await readUntil(socket, "quick");
  expect(answer.indexOf("HTTP/1.1", 10)).toBeGreaterThan(300_000);
});

test("a stream that fails breaks the connection", async () => {
  const server = await serve({
    "/stream": () => ({
      head: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n",
      body: async (socket, head) => {
        socket.write(`${head}half`);
        throw new Error("the disk broke");
      },
    }),
  });
  const socket = await open(server);
  socket.write(`GET /stream HTTP/1.1\r\n${HOST}\r\n`);
  socket.resume();
  await once(socket, "close");
});

test("a client that asks without reading is not served without end", async () => {
  let answers = 0;
  const body = "x".repeat(100_000);
  const server = await serve({
    "/large": () => {
      answers += 1;
      return text(body);
    },
  });
  const socket = await open(server);
  // The pieces are sent apart from each other: together they would be a pipeline, which leaves the lane.
  for (let turn = 0; turn < 400; turn += 1) {
    socket.write(`GET /large HTTP/1.1\r\n${HOST}\r\n`);
    await delay(1);
  }
  expect(answers).toBeLessThan(200);
  socket.destroy();
});

test("an idle connection is closed", async () => {
  const server = await serve({ "/fast": () => text("quick") }, { keepAliveMs: 50 });
  const socket = await open(server);
  socket.resume();
  await once(socket, "close");
});

test("stopping closes idle connections and lets answers end", async () => {
  const fetched = Promise.withResolvers<LaneAnswer>();
  const server = await serve({ "/fetched": () => fetched.promise });
  const idle = await open(server);
  const busy = await open(server);
  busy.write(`GET /fetched HTTP/1.1\r\n${HOST}\r\n`);
  await delay(20);
  server.lane.drain();
  idle.resume();
  await once(idle, "close");
  fetched.resolve(text("in time"));
  expect(await readUntil(busy, "in time")).toContain("Connection: close");
  await once(busy, "close");
});

async function serve(
  responders: Readonly<Record<string, LaneResponder>>,
  options: { keepAliveMs?: number } = {},
) {
  const seenByNode: string[] = [];
  const answered: string[] = [];
  const server = createServer((request, response) => void answerByNode(request, response));
  const lane = new FastLane({
    route: (request: PlainRequest) => {
      const respond = responders[request.target];
      return respond && ((address) => counted(request, respond(address)));
    },
    idleTimeoutMs: 10_000,
    ...options,
  });
  lane.attach(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(async () => {
    lane.drain();
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seenByNode, answered, lane };

  function counted<Answer>({ method, target }: PlainRequest, answer: Answer): Answer {
    if (answer !== undefined) answered.push(`${method} ${target}`);
    return answer;
  }

  async function answerByNode(request: IncomingMessage, response: ServerResponse): Promise<void> {
    seenByNode.push(`${request.method} ${request.url}`);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    response.end(`by node: ${request.method} ${request.url} ${Buffer.concat(parts)}`);
  }
}

function text(body: string): LaneAnswer {
  return {
    head: `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n`,
    body,
  };
}

function fail(): never {
  throw new Error("broken");
}

async function open({ port }: { port: number }): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("latin1");
  await once(socket, "connect");
  closing.push(async () => socket.destroy());
  return socket;
}

async function exchange(server: { port: number }, request: string, until: string): Promise<string> {
  const socket = await open(server);
  socket.write(request, "latin1");
  return await readUntil(socket, until);
}

/** Reads until the text appears; leaves the socket open. */
function readUntil(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    socket.on("data", take);
    socket.once("close", closed);

    function take(part: string): void {
      received += part;
      if (!received.includes(text)) return;
      socket.off("data", take);
      socket.off("close", closed);
      resolve(received);
    }
    function closed(): void {
      reject(new Error(`the connection closed after: ${received.slice(0, 500)}`));
    }
  });
}
