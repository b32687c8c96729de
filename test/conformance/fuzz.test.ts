import { readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { digestOf, OCI_INDEX, OCI_MANIFEST } from "../harness/images.ts";
import { type RawAnswer, RawConnection } from "../harness/raw-http.ts";
import { KNOWN_CODES } from "./expectations.ts";
import { type HubTarget, hubForThisFile } from "./hub-target.ts";

const RUNS = process.env.BERTH_TEST_SCALE === "soak" ? 20_000 : 250;
const SEED = Number(process.env.BERTH_FUZZ_SEED ?? Date.now() % 1_000_000_000);
const DIGEST = digestOf(Buffer.from("{}"));
const UPLOAD = "01234567-89ab-4def-8123-456789abcdef";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** Any text that fits into one line of HTTP. */
const lineText = fc.string({ unit: "binary", maxLength: 40 }).map((text) =>
  Buffer.from(text)
    .toString("latin1")
    .replace(/[\r\n\0]/g, "?"),
);

const pathText = lineText.map((text) => text.replace(/[ \t]/g, "%20"));

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("fuzz/a", "fuzz", "a/b", "_catalog", "..", ".", "") },
  fc.stringMatching(/^[a-z0-9._/-]{1,30}$/),
  fc
    .array(fc.constantFrom("blobs", "uploads", "manifests", "tags", "list", "referrers"), {
      maxLength: 6,
    })
    .map((parts) => parts.join("/")),
  pathText,
  fc.nat(400).map((length) => "a".repeat(length)),
);

const hex = fc.stringMatching(/^[0-9a-fA-F]{0,130}$/);
const digest = fc.oneof(
  fc.constantFrom(DIGEST, "sha256:", "sha256", ":", "sha512:0", `${DIGEST}0`, DIGEST.toUpperCase()),
  fc
    .tuple(fc.constantFrom("sha256", "sha512", "md5", "SHA256", "../"), hex)
    .map(([algorithm, digits]) => `${algorithm}:${digits}`),
  pathText,
);

const reference = fc.oneof(fc.constantFrom("1", "latest", ".", "..", "-"), digest, pathText);

const query = fc.oneof(
  fc.constant(""),
  fc
    .tuple(
      fc.constantFrom("n", "last", "digest", "mount", "from", "tag", "artifactType", "ns", "x"),
      fc.oneof(digest, pathText, fc.constantFrom("-1", "0", "1e9", "99999999999999999999", "")),
    )
    .map(([key, value]) => `?${key}=${value}`),
  pathText.map((text) => `?${text}`),
);

const path = fc
  .tuple(
    name,
    fc.oneof(
      reference.map((text) => `/manifests/${text}`),
      digest.map((text) => `/blobs/${text}`),
      digest.map((text) => `/referrers/${text}`),
      fc.constantFrom("/tags/list", "/tags", "/blobs/uploads/", "/blobs/uploads", ""),
      fc.oneof(fc.constant(UPLOAD), pathText).map((text) => `/blobs/uploads/${text}`),
    ),
    query,
  )
  .map(([repository, route, parameters]) => `/v2/${repository}${route}${parameters}`);

const numbers = fc.oneof(
  fc.nat(5000).map(String),
  fc.constantFrom("-1", "1e3", "0x10", "", "9".repeat(30)),
);

const header = fc.oneof(
  fc.tuple(numbers, numbers).map(([start, end]) => `Range: bytes=${start}-${end}`),
  fc.tuple(numbers, numbers).map(([start, end]) => `Content-Range: ${start}-${end}`),
  lineText.map((text) => `Range: ${text}`),
  lineText.map((text) => `Content-Range: ${text}`),
  lineText.map((text) => `Accept: ${text}`),
  lineText.map((text) => `Authorization: ${text}`),
  lineText.map((text) => `If-None-Match: ${text}`),
  lineText.map((text) => `If-Match: ${text}`),
  lineText.map((text) => `Content-Type: ${text}`),
  fc.constantFrom(
    `Content-Type: ${OCI_MANIFEST}`,
    `Content-Type: ${OCI_INDEX}`,
    "Content-Encoding: gzip",
    "Expect: 100-continue",
    "Expect: something",
    "Connection: Upgrade",
    "X-HTTP-Method-Override: DELETE",
  ),
);

/** JSON that is nearly a manifest. */
const descriptorLike = fc.record(
  {
    mediaType: fc.oneof(fc.constantFrom(OCI_MANIFEST, "a/b"), fc.jsonValue()),
    digest: fc.oneof(digest, fc.jsonValue()),
    size: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
    urls: fc.jsonValue(),
    annotations: fc.jsonValue(),
    platform: fc.jsonValue(),
    data: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const manifestLike = fc.record(
  {
    schemaVersion: fc.oneof(fc.constant(2), fc.jsonValue()),
    mediaType: fc.oneof(fc.constantFrom(OCI_MANIFEST, OCI_INDEX), fc.jsonValue()),
    config: fc.oneof(descriptorLike, fc.jsonValue()),
    layers: fc.oneof(fc.array(descriptorLike, { maxLength: 3 }), fc.jsonValue()),
    manifests: fc.oneof(fc.array(descriptorLike, { maxLength: 3 }), fc.jsonValue()),
    subject: fc.oneof(descriptorLike, fc.jsonValue()),
    artifactType: fc.jsonValue(),
    annotations: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

const body = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  manifestLike.map((value) => Buffer.from(JSON.stringify(value))),
  fc.json().map((text) => Buffer.from(text)),
);

/** How a body is framed, honestly or not. */
const framing = fc.constantFrom("length", "chunked", "too short", "bad chunks", "none");

const request = fc.record({
  method: fc.constantFrom(...METHODS),
  path,
  headers: fc.array(header, { maxLength: 3 }),
  body,
  framing,
});

type FuzzRequest = typeof request extends fc.Arbitrary<infer T> ? T : never;

describe("nothing that is sent breaks the hub", () => {
  const target = hubForThisFile();
  let filesBefore: readonly string[] | undefined;

  afterAll(async () => {
    // The last word of this file: nothing appeared beside the data directory.
    const { hub } = target();
    expect(await filesBeside(hub.dataDirectory)).toEqual(filesBefore);
  });

  test("any request gets an answer of the specification's, and never 500", async () => {
    filesBefore = await filesBeside(target().hub.dataDirectory);
    await fc.assert(
      fc.asyncProperty(request, async (each) => {
        await expectDecentAnswer(target(), each);
      }),
      { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 900_000 },
    );
    expect((await target().client.get("/v2/")).status).toBe(200);
  }, 1_000_000);

  test("any manifest is accepted or refused, and never 500", async () => {
    const { client, random } = target();
    await client.push("fuzz/a", "1", randomImage(random));
    await client.pushBlob("fuzz/a", Buffer.from("{}"));
    await fc.assert(
      fc.asyncProperty(
        manifestLike,
        fc.constantFrom(OCI_MANIFEST, OCI_INDEX),
        async (value, type) => {
          const answer = await client.send("PUT", "/v2/fuzz/a/manifests/fuzzed", {
            headers: { "content-type": type },
            body: JSON.stringify(value),
          });
          expect([201, 400]).toContain(answer.status);
          const referrers = await client.get(`/v2/fuzz/a/referrers/${DIGEST}`);
          expect(referrers.status).toBe(200);
        },
      ),
      { seed: SEED, numRuns: RUNS },
    );
  }, 1_000_000);
});

async function expectDecentAnswer({ client, hub }: HubTarget, each: FuzzRequest): Promise<void> {
  await using connection = await RawConnection.open(client.host);
  await connection.send(...bytesOf(each));
  if (each.framing === "too short") connection.end();
  const answer = await receiveFinal(connection, each.method);
  // A body that ends too early may be answered by closing the connection.
  if (answer === undefined) {
    expect(["too short", "bad chunks"]).toContain(each.framing);
    return;
  }
  expect(answer.status).toBeLessThan(500);
  expect(answer.body.toString()).not.toContain(hub.dataDirectory);
  if (answer.status < 400 || each.method === "HEAD") return;
  expectErrorBody(answer);
}

function expectErrorBody(answer: RawAnswer): void {
  if (answer.headers.get("content-type")?.startsWith("application/json") !== true) {
    // What Node itself refuses, before a request exists, has no body.
    expect([400, 408, 413, 417, 431]).toContain(answer.status);
    expect(answer.body).toHaveLength(0);
    return;
  }
  const { errors } = JSON.parse(answer.body.toString()) as { errors: { code: string }[] };
  expect(errors.length).toBeGreaterThan(0);
  for (const { code } of errors) expect(KNOWN_CODES).toContain(code);
}

async function receiveFinal(
  connection: RawConnection,
  method: string,
): Promise<RawAnswer | undefined> {
  try {
    const answer = await connection.receive(method === "HEAD");
    return answer.status === 100 ? await connection.receive(method === "HEAD") : answer;
  } catch {
    // The connection ended without an answer; whether that is decent, the caller decides.
    return undefined;
  }
}

function bytesOf({ method, path, headers, body, framing }: FuzzRequest): readonly Uint8Array[] {
  const frames: Readonly<Record<typeof framing, readonly [readonly string[], Uint8Array]>> = {
    length: [[`Content-Length: ${body.length}`], body],
    chunked: [["Transfer-Encoding: chunked"], chunkedCoding(body)],
    "too short": [[`Content-Length: ${body.length + 10}`], body],
    "bad chunks": [["Transfer-Encoding: chunked"], Buffer.concat([Buffer.from("zz\r\n"), body])],
    none: [[], Buffer.alloc(0)],
  };
  const [lengths, content] = frames[framing];
  const lines = [`${method} ${path} HTTP/1.1`, "Host: localhost", "Connection: close"];
  const head = [...lines, ...headers, ...lengths, "", ""].join("\r\n");
  return [Buffer.from(head, "latin1"), content];
}

function chunkedCoding(body: Buffer): Buffer {
  const size = body.length === 0 ? "" : `${body.length.toString(16)}\r\n`;
  return Buffer.concat([Buffer.from(size), body, Buffer.from(`${size && "\r\n"}0\r\n\r\n`)]);
}

async function filesBeside(dataDirectory: string): Promise<readonly string[]> {
  return (await readdir(join(dataDirectory, ".."))).sort();
}
