import { randomBytes, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  buildImage,
  DOCKER_MANIFEST,
  digestOf,
  json,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../harness/images.ts";
import {
  chunked,
  exchange,
  type RawAnswer,
  RawConnection,
  requestHead,
} from "../harness/raw-http.ts";
import { stageForThisFile } from "./stage.ts";

// What clients need of an answer that is not a success, and of access control: see client-quirks.test.ts for the rest.

const ALICE = { name: "alice", password: "with:colons and ünïcode" };
const BASIC = `Basic ${Buffer.from(`${ALICE.name}:${ALICE.password}`).toString("base64")}`;

const open = stageForThisFile();
const closed = stageForThisFile({ users: [ALICE] });

function errorCode(answer: RawAnswer): string {
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  return JSON.parse(answer.body.toString()).errors[0].code;
}

async function startUpload(repository: string): Promise<string> {
  const answer = await exchange(open.hub.host, [
    `POST /v2/${repository}/blobs/uploads/ HTTP/1.1`,
    ...["Content-Length: 0", "Connection: close"],
  ]);
  return answer.headers.get("location") ?? "";
}

function put(path: string, type: string, bytes: Uint8Array): Promise<RawAnswer> {
  return exchange(
    open.hub.host,
    [`PUT ${path} HTTP/1.1`, `Content-Type: ${type}`, `Content-Length: ${bytes.length}`],
    bytes,
  );
}

describe("with a password file", () => {
  test.each([
    "GET /v2/",
    "HEAD /v2/team/app/manifests/1",
    "GET /v2/team/app/tags/list",
    "POST /v2/team/app/blobs/uploads/",
  ])("%s without credentials is 401 with a quoted Basic challenge", async (request) => {
    const answer = await exchange(closed.hub.host, [
      `${request} HTTP/1.1`,
      ...["Content-Length: 0", "Connection: close"],
    ]);

    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic realm="[^"]+"/);
  });

  test("the first ping is refused and the second, with Basic, accepted", async () => {
    const anonymous = await exchange(closed.hub.host, ["GET /v2/ HTTP/1.1"]);
    const known = await exchange(closed.hub.host, ["GET /v2/ HTTP/1.1", `Authorization: ${BASIC}`]);

    expect([anonymous.status, known.status]).toEqual([401, 200]);
    expect(errorCode(anonymous)).toBe("UNAUTHORIZED");
  });

  test("the scheme's name is read in any case", async () => {
    const answer = await exchange(closed.hub.host, [
      "GET /v2/ HTTP/1.1",
      `Authorization: ${BASIC.replace("Basic", "basic")}`,
    ]);

    expect(answer.status).toBe(200);
  });

  test.each([
    ["a wrong password", `Basic ${Buffer.from("alice:with").toString("base64")}`],
    ["an unknown user", `Basic ${Buffer.from("bob:guess").toString("base64")}`],
    ["no colon", `Basic ${Buffer.from("alice").toString("base64")}`],
    ["no base64", "Basic !!!"],
    ["a token nobody issued", "Bearer abc.def.ghi"],
  ])("%s is 401 with the challenge, so that clients ask again", async (_case, authorization) => {
    const answer = await exchange(closed.hub.host, [
      "GET /v2/ HTTP/1.1",
      `Authorization: ${authorization}`,
    ]);

    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
  });

  test("a refused upload is read to its end, so that clients see the answer", async () => {
    await using connection = await RawConnection.open(closed.hub.host);
    const body = randomBytes(4_000_000);

    await connection.send(
      requestHead(closed.hub.host, [
        `PUT /v2/team/app/blobs/uploads/${randomUUID()}?digest=${digestOf(body)} HTTP/1.1`,
        `Content-Length: ${body.length}`,
      ]),
      body,
    );

    expect((await connection.receive()).status).toBe(401);
  });

  test("a refused upload that goes on for longer still gets its answer", async () => {
    await using connection = await RawConnection.open(closed.hub.host);
    await connection.send(
      requestHead(closed.hub.host, [
        `PATCH /v2/team/app/blobs/uploads/${randomUUID()} HTTP/1.1`,
        "Transfer-Encoding: chunked",
      ]),
    );
    const answer = await connection.receive();
    expect(answer.status).toBe(401);

    await connection.send(chunked(randomBytes(1_000_000), randomBytes(1_000_000)));

    if (answer.headers.get("connection") === "close") return;
    await connection.send(
      requestHead(closed.hub.host, ["GET /v2/ HTTP/1.1", `Authorization: ${BASIC}`]),
    );
    expect((await connection.receive()).status).toBe(200);
  });
});

describe("manifests", () => {
  test("one of more than 4 MiB is 413 in JSON after its body was read", async () => {
    const { manifest } = buildImage({ annotations: { story: "x".repeat(4 * 1024 * 1024) } });

    const answer = await put("/v2/large/manifest/manifests/1", OCI_MANIFEST, manifest.bytes);

    expect(answer.status).toBe(413);
    expect(errorCode(answer)).toMatch(/^(MANIFEST|SIZE)_INVALID$/);
  });

  test("schema 1 is refused with a sentence that says so", async () => {
    const type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    const old = json(type, { schemaVersion: 1, name: "old/app", tag: "1", fsLayers: [] });

    const answer = await put("/v2/old/app/manifests/1", type, old.bytes);

    expect(answer.status).toBe(400);
    expect(errorCode(answer)).toBe("MANIFEST_INVALID");
    expect(answer.body.toString()).toMatch(/schema 1/);
  });

  test("a Content-Type with a charset is taken and served without it", async () => {
    const index = json(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
    await put("/v2/char/set/manifests/1", `${OCI_INDEX}; charset=utf-8`, index.bytes);

    const head = await exchange(open.hub.host, ["HEAD /v2/char/set/manifests/1 HTTP/1.1"]);

    expect(head.headers.get("content-type")).toBe(OCI_INDEX);
  });

  test.each([
    ["no Accept", []],
    ["*/*", ["Accept: */*"]],
    ["application/json", ["Accept: application/json"]],
  ])("%s gets what is stored", async (_case, accept) => {
    const index = json(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
    await put("/v2/any/accept/manifests/1", OCI_INDEX, index.bytes);

    const get = await exchange(open.hub.host, [
      "GET /v2/any/accept/manifests/1 HTTP/1.1",
      ...accept,
    ]);

    expect(get.status).toBe(200);
    expect(get.body).toEqual(index.bytes);
  });

  test("an Accept that excludes what the tag is gets a 404 that explains it", async () => {
    const index = json(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
    await put("/v2/other/accept/manifests/1", OCI_INDEX, index.bytes);

    const get = await exchange(open.hub.host, [
      "GET /v2/other/accept/manifests/1 HTTP/1.1",
      `Accept: ${DOCKER_MANIFEST}`,
    ]);

    expect(get.status).toBe(404);
    expect(errorCode(get)).toBe("MANIFEST_UNKNOWN");
    expect(get.body.toString()).toMatch(/index/i);
  });
});

describe("requests that go wrong on the way", () => {
  test("a chunked body cut short is not committed, and Range tells what arrived", async () => {
    const bytes = randomBytes(50_000);
    const location = await startUpload("cut/short");
    const connection = await RawConnection.open(open.hub.host);
    await connection.send(
      requestHead(open.hub.host, [
        `PUT ${location}?digest=${digestOf(bytes)} HTTP/1.1`,
        "Transfer-Encoding: chunked",
      ]),
      // The last chunk, which would say that the body is whole, never comes.
      chunked(bytes).subarray(0, -5),
    );
    await connection[Symbol.asyncDispose]();

    const head = await exchange(open.hub.host, [
      `HEAD /v2/cut/short/blobs/${digestOf(bytes)} HTTP/1.1`,
    ]);
    const status = await exchange(open.hub.host, [`GET ${location} HTTP/1.1`]);

    expect(head.status).toBe(404);
    expect(status.status).toBe(204);
    expect(status.headers.get("range")).toMatch(/^0-(0|49999)$/);
  });

  test("curl's Expect: 100-continue is answered before the body is sent", async () => {
    const bytes = randomBytes(1_100_000);
    const location = await startUpload("expect/continue");
    await using connection = await RawConnection.open(open.hub.host);

    await connection.send(
      requestHead(open.hub.host, [
        `PUT ${location}?digest=${digestOf(bytes)} HTTP/1.1`,
        ...[`Content-Length: ${bytes.length}`, "Expect: 100-continue"],
      ]),
    );
    const interim = await connection.receive();
    await connection.send(bytes);

    expect(interim.status).toBe(100);
    expect((await connection.receive()).status).toBe(201);
  });

  test("a request that is not HTTP is answered with 400, not by silence", async () => {
    await using connection = await RawConnection.open(open.hub.host);

    await connection.send("this is not HTTP\r\n\r\n");

    expect((await connection.receive()).status).toBe(400);
  });

  test("an 8 KiB token in the headers is taken, 32 KiB are refused with 431", async () => {
    const ask = (size: number) =>
      exchange(open.hub.host, ["GET /v2/ HTTP/1.1", `X-Padding: ${"x".repeat(size)}`]);

    expect((await ask(8 * 1024)).status).toBe(200);
    expect((await ask(32 * 1024)).status).toBe(431);
  });

  test.each([
    "/v2/a/../b/manifests/1",
    "/v2/a/%2e%2e/b/manifests/1",
    "/v2//a/manifests/1",
    "/v2/a%2fb/manifests/1",
    "/v2/A/b/manifests/1",
    "/v2/./a/manifests/1",
  ])("%s is refused in JSON, and no other path is tried in its place", async (path) => {
    const answer = await exchange(open.hub.host, [`GET ${path} HTTP/1.1`]);

    expect([400, 404]).toContain(answer.status);
    expect(errorCode(answer)).toMatch(/^NAME_(INVALID|UNKNOWN)$/);
  });

  test("what the hub does not know under /v2/ is refused in JSON, never in HTML", async () => {
    const answer = await exchange(open.hub.host, ["GET /v2/some/thing/else HTTP/1.1"]);

    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(() => JSON.parse(answer.body.toString())).not.toThrow();
  });

  test("a connection stays open for longer than a proxy keeps it in its pool", async () => {
    await using connection = await RawConnection.open(open.hub.host);
    await connection.send(requestHead(open.hub.host, ["GET /v2/ HTTP/1.1"]));

    const [, seconds] =
      /timeout=(\d+)/.exec((await connection.receive()).headers.get("keep-alive") ?? "") ?? [];

    // nginx keeps an idle connection for 60 s and would send its next request into one just closed.
    expect(Number(seconds ?? Number.POSITIVE_INFINITY)).toBeGreaterThan(60);
  });
});
