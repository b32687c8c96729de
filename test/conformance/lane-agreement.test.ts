import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../harness/images.ts";
import { RawConnection, requestHead } from "../harness/raw-http.ts";
import { hubForThisFile } from "./hub-target.ts";

const RUNS = process.env.BERTH_TEST_SCALE === "soak" ? 5000 : 150;
const REPOSITORY = "lane/app";
/** A field that says nothing: the fast lane leaves requests with fields it does not know to the ordinary server. */
const TO_THE_ORDINARY_SERVER = "X-Lane: no";

/** What differs from one request to the next, or says what HTTP/1.1 means anyway. */
const INCIDENTAL = new Set(["date", "connection", "keep-alive", "x-request-id"]);
/** What asks as a browser does, at an address that is not the registry's, gets a page with one of its own. */
const NONCE = /(nonce[-=]"?)[\w-]{22}/g;
const REQUEST_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

const target = hubForThisFile();
let references: readonly string[] = [];
let digests: readonly string[] = [];

beforeAll(async () => {
  const { client, random } = target();
  const image = randomImage(random);
  await client.push(REPOSITORY, "1", image);
  await client.pushBlob(REPOSITORY, Buffer.alloc(0));
  references = ["1", image.manifest.digest];
  digests = [image.config, ...image.layers].map(({ digest }) => digest);
});

const accept = fc.subarray([
  OCI_MANIFEST,
  OCI_INDEX,
  DOCKER_MANIFEST,
  DOCKER_LIST,
  "*/*",
  "text/html",
]);

const pull = fc.record({
  method: fc.constantFrom("GET", "HEAD"),
  target: fc.tuple(fc.constantFrom("manifests", "blobs"), fc.nat(20)),
  spelling: fc.constantFrom(
    (path: string) => path,
    (path: string) => path,
    (path: string) => path.replace(":", "%3A"),
    (path: string) => `${path}?ns=docker.io`,
    (path: string) => `${path}/`,
    (path: string) => path.replace("/v2/", "//v2/"),
    (path: string) => path.replace("lane", "%6Cane"),
    (path: string) => path.replace("app", "x/../app"),
    (path: string) => `${path}0`,
  ),
  accept,
  connection: fc.constantFrom([], ["Connection: keep-alive"], ["Connection: close"]),
});

test("the fast lane answers a pull exactly as the ordinary server does", async () => {
  await fc.assert(
    fc.asyncProperty(pull, async (each) => {
      const lines = linesOf(each);
      // The first time fills the caches that the lane answers from; the second time it may.
      const answers = [await ask(lines), await ask(lines)];
      const ordinary = await ask([...lines, TO_THE_ORDINARY_SERVER]);
      for (const answer of answers) expect(answer).toEqual(ordinary);
    }),
    { numRuns: RUNS },
  );
}, 600_000);

test("pulls that follow each other on one connection are answered in their order, by whichever server", async () => {
  const { client } = target();
  await using connection = await RawConnection.open(client.host);
  const requests = [...digests, ...digests].map((digest, index) => {
    const lines = [`GET /v2/${REPOSITORY}/blobs/${digest} HTTP/1.1`];
    return requestHead(client.host, index % 3 === 2 ? [...lines, TO_THE_ORDINARY_SERVER] : lines);
  });
  // All at once, and cut where nobody expects it.
  const bytes = requests.join("");
  for (let start = 0; start < bytes.length; start += 77) {
    await connection.send(bytes.slice(start, start + 77));
  }
  for (const digest of [...digests, ...digests]) {
    const answer = await connection.receive();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("docker-content-digest")).toBe(digest);
  }
});

function linesOf(each: typeof pull extends fc.Arbitrary<infer Pull> ? Pull : never) {
  const [kind, number] = each.target;
  const names = kind === "manifests" ? references : digests;
  const path = `/v2/${REPOSITORY}/${kind}/${names[number % names.length]}`;
  return [
    `${each.method} ${each.spelling(path)} HTTP/1.1`,
    ...each.accept.map((type) => `Accept: ${type}`),
    ...each.connection,
  ];
}

/** Everything that an answer says. */
async function ask(lines: readonly string[]) {
  const { client } = target();
  await using connection = await RawConnection.open(client.host);
  await connection.send(requestHead(client.host, lines));
  const { status, headers, body } = await connection.receive(lines[0]?.startsWith("HEAD"));
  const closes = headers.get("connection") === "close";
  const fields = [...headers]
    .filter(([name]) => !INCIDENTAL.has(name))
    .map(([name, value]) => [name, value.replace(NONCE, "$1")])
    .sort();
  const text = body.toString("latin1").replace(REQUEST_ID, "ID").replace(NONCE, "$1");
  return { status, closes, fields, body: text };
}
