import { readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { type RawAnswer, RawConnection } from "../harness/raw-http.ts";
import type { RegistryClient } from "../harness/registry-client.ts";
import { KNOWN_CODES } from "./expectations.ts";
import {
  type Framing,
  FUZZED_BLOB,
  FUZZED_REPOSITORY,
  type FuzzRequest,
  fuzzRequest,
  manifestLike,
  OPEN_UPLOAD,
} from "./fuzz-requests.ts";
import { type HubTarget, hubForThisFile } from "./hub-target.ts";

const RUNS = process.env.BERTH_TEST_SCALE === "soak" ? 20_000 : 1000;
const SEED = Number(process.env.BERTH_FUZZ_SEED ?? Date.now() % 1_000_000_000);

describe("nothing that is sent breaks the hub", () => {
  const target = hubForThisFile({ settings: { "uploads.perUser": "1000000" } });
  let filesBefore: readonly string[] = [];

  beforeAll(async () => {
    const { client, hub, random } = target();
    await client.push(FUZZED_REPOSITORY, "1", randomImage(random));
    await client.pushBlob(FUZZED_REPOSITORY, Buffer.from("{}"));
    filesBefore = await filesBeside(hub.dataDirectory);
  });

  test("any request gets an answer of the specification's, and never 500", async () => {
    await fc.assert(
      fc.asyncProperty(fuzzRequest, (each) => expectDecentAnswer(target(), each)),
      { seed: SEED, numRuns: RUNS },
    );
    await expectWell(target(), filesBefore);
  }, 1_000_000);

  test("any manifest is accepted or refused, and never 500", async () => {
    const { client } = target();
    await fc.assert(
      fc.asyncProperty(manifestLike, async (value) => {
        const answer = await client.send("PUT", `/v2/${FUZZED_REPOSITORY}/manifests/fuzzed`, {
          body: JSON.stringify(value),
        });
        expect([201, 400]).toContain(answer.status);
        const referrers = await client.get(`/v2/${FUZZED_REPOSITORY}/referrers/${FUZZED_BLOB}`);
        expect(referrers.status).toBe(200);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    await expectWell(target(), filesBefore);
  }, 1_000_000);
});

/** The hub still answers, had no error of its own, and has left everything beside its data directory alone. */
async function expectWell(
  { client, hub }: HubTarget,
  filesBefore: readonly string[],
): Promise<void> {
  expect((await client.get("/v2/")).status).toBe(200);
  expect(hub.errors.join("\n")).toBe("");
  expect(await filesBeside(hub.dataDirectory)).toEqual(filesBefore);
}

async function expectDecentAnswer({ client, hub }: HubTarget, each: FuzzRequest): Promise<void> {
  const path = await withOpenUpload(client, each.path);
  await using connection = await RawConnection.open(client.host);
  await connection.send(...bytesOf({ ...each, path }));
  if (each.framing === "too short") connection.end();
  const answer = await receiveFinal(connection, each.method);
  // A body that ends too early may be answered by closing the connection.
  if (answer === undefined) {
    expect(["too short", "bad chunks"]).toContain(each.framing);
    return;
  }
  expect(answer.status, path).toBeLessThan(500);
  expect(answer.body.toString()).not.toContain(hub.dataDirectory);
  if (answer.status < 400 || each.method === "HEAD") return;
  expectErrorBody(answer);
}

async function withOpenUpload(client: RegistryClient, path: string): Promise<string> {
  if (!path.includes(OPEN_UPLOAD)) return path;
  const location = await client.startUpload(FUZZED_REPOSITORY);
  return path.replace(OPEN_UPLOAD, location.split("/").at(-1) ?? "");
}

function expectErrorBody(answer: RawAnswer): void {
  const type = answer.headers.get("content-type") ?? "";
  if (type.startsWith("application/problem+json")) {
    const problem: unknown = JSON.parse(answer.body.toString());
    expect(problem).toMatchObject({ title: expect.any(String), status: answer.status });
    return;
  }
  if (!type.startsWith("application/json")) {
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
  const frames: Readonly<Record<Framing, readonly [readonly string[], Uint8Array]>> = {
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
