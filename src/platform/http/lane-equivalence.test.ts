import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readBody } from "./body.ts";
import { FastLane } from "./fast-lane.ts";
import type { LaneResponder } from "./lane-connection.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";
import type { RequestHandler } from "./server.ts";

/**
 * However a client's bytes are cut into packets, a server with the lane answers as one without it. The answers of the
 * lane say so in a header, which is not compared.
 */

const HOST = "Host: hub.test\r\n";
const REQUESTS = [
  `GET /kept HTTP/1.1\r\n${HOST}\r\n`,
  `HEAD /kept HTTP/1.1\r\n${HOST}Accept: a/b\r\nAccept: c/d\r\n\r\n`,
  `GET /fetched HTTP/1.1\r\n${HOST}User-Agent: t\r\n\r\n`,
  `GET /streamed HTTP/1.1\r\n${HOST}\r\n`,
  `GET /unknown HTTP/1.1\r\n${HOST}\r\n`,
  `GET /kept HTTP/1.1\r\n${HOST}Range: bytes=0-1\r\n\r\n`,
  `PUT /kept HTTP/1.1\r\n${HOST}Content-Length: 36\r\n\r\nGET /kept HTTP/1.1\r\nHost: inside\r\n\r\n`,
  `PUT /kept HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
];
const LAST = `GET /last HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;

let plain: TestServer;
let laned: TestServer;

beforeAll(async () => {
  const lane = new FastLane({
    route: ({ target, method }) => routes(method)[target],
    idleTimeoutMs: 60_000,
  });
  [plain, laned] = await Promise.all([
    startTestServer({ handler }),
    startTestServer({ handler, lane }),
  ]);
});
afterAll(async () => {
  await Promise.all([plain, laned].map((server) => server[Symbol.asyncDispose]()));
});

test.each(REQUESTS)("%j is answered alike, wherever it is cut", async (request) => {
  const whole = request + LAST;
  const expected = await converse(plain, [whole]);
  expect(expected.split("HTTP/1.1 200").length).toBe(3);
  for (let cut = 1; cut < whole.length; cut += 1) {
    expect(await converse(laned, [whole.slice(0, cut), whole.slice(cut)])).toBe(expected);
  }
});

test("any conversation is answered alike, however it is cut", async () => {
  const conversation = fc.array(fc.constantFrom(...REQUESTS), { maxLength: 6 });
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(conversation, cuts, async (requests, shares) => {
      const whole = requests.join("") + LAST;
      const pieces = cutUp(whole, shares);
      expect(await converse(laned, pieces)).toBe(await converse(plain, [whole]));
    }),
    { numRuns: 150 },
  );
});

test("one request after the other is answered by the lane", async () => {
  const wire = await laned.connect();
  for (const path of ["/kept", "/fetched", "/streamed", "/kept"]) {
    const before = wire.received.length;
    wire.send(`GET ${path} HTTP/1.1\r\n${HOST}\r\n`);
    await expect.poll(() => wire.received.slice(before)).toMatch(/X-Lane[\s\S]*\r\n\r\n.*for GET/);
  }
});

/** Sends each piece when the one before has been read, and gives what came back until the server closed. */
async function converse(server: TestServer, pieces: readonly string[]): Promise<string> {
  const wire = await server.connect();
  wire.socket.setNoDelay(true);
  for (const piece of pieces) {
    await new Promise((resolve) => wire.socket.write(piece, "latin1", resolve));
    await nextTurns();
  }
  await wire.ending();
  return wire.received
    .replaceAll(/^(Date|Connection|Keep-Alive|X-Lane): .*\r\n/gm, "")
    .replaceAll(/^HTTP/gm, "\nHTTP");
}

function cutUp(text: string, shares: readonly number[]): string[] {
  const marks = shares.map((share) => Math.floor(share * text.length)).sort((a, b) => a - b);
  return [0, ...marks]
    .map((mark, index) => text.slice(mark, marks[index] ?? text.length))
    .filter((piece) => piece !== "");
}

/** Four are long enough for the server, which shares this loop, to read what was sent. */
async function nextTurns(turns = 4): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const handler: RequestHandler = async (request, response) => {
  const body = await readBody(request, { limit: 1000 });
  const text = textFor(request.method ?? "", request.url ?? "", body.toString());
  response.writeHead(200, { "Content-Length": text.length });
  response.end(request.method === "HEAD" ? undefined : text);
};

function routes(method: string): Readonly<Record<string, LaneResponder>> {
  const answer = (target: string) => {
    const text = textFor(method, target, "");
    const head = `HTTP/1.1 200 OK\r\nX-Lane: yes\r\nContent-Length: ${text.length}\r\n`;
    return { head, body: method === "HEAD" ? "" : text };
  };
  return {
    "/kept": () => answer("/kept"),
    "/fetched": async () => {
      await nextTurns(12);
      return answer("/fetched");
    },
    "/streamed": () => {
      const { head, body } = answer("/streamed");
      return {
        head,
        body: async (socket, text) => {
          socket.write(text);
          await nextTurns(12);
          socket.write(body);
        },
      };
    },
  };
}

function textFor(method: string, target: string, body: string): string {
  return `${target} for ${method}${body === "" ? "" : ` with ${body}`}`;
}
