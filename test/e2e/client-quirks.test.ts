import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  buildImage,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  digestOf,
  json,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../harness/images.ts";
import { chunked, RawConnection, requestHead } from "../harness/raw-http.ts";
import { closing, DOCKER, RawClient } from "./raw-client.ts";
import { stageForThisFile } from "./stage.ts";

// Requests as clients were seen to send them, replayed byte by byte. The real clients run in the files beside this one; these
// tests name the one thing that matters in each exchange and fail in milliseconds.

const SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";

const stage = stageForThisFile();
const { ask, startUpload, pushBlob, pushImage, putManifest } = new RawClient(stage);

describe("docker push", () => {
  test("POST uploads/ is 202, because 201 makes dockerd panic and 200 makes it retry for ever", async () => {
    const answer = await ask([
      "POST /v2/docker/post/blobs/uploads/ HTTP/1.1",
      ...[DOCKER, "Content-Length: 0", "Accept-Encoding: gzip", "Connection: close"],
    ]);

    expect(answer.status).toBe(202);
    expect(answer.headers.get("content-length")).toBe("0");
    expect(answer.headers.get("docker-upload-uuid")).toMatch(/./);
  });

  test("POST uploads/ and PATCH answer with a Range, without which docker retries for ever", async () => {
    const post = await ask([
      "POST /v2/docker/range/blobs/uploads/ HTTP/1.1",
      ...[DOCKER, "Content-Length: 0", "Connection: close"],
    ]);
    const patch = await ask(
      [
        `PATCH ${post.headers.get("location")} HTTP/1.1`,
        ...[DOCKER, "Transfer-Encoding: chunked", "Connection: close"],
      ],
      chunked(randomBytes(1_000)),
    );

    expect(post.headers.get("range")).toBe("0-0");
    expect(patch.headers.get("range")).toBe("0-999");
  });

  test("PATCH is chunked and has neither Content-Type nor Content-Range", async () => {
    const bytes = randomBytes(100_000);
    const location = await startUpload("docker/patch");

    const patch = await ask(
      [
        `PATCH ${location} HTTP/1.1`,
        ...[DOCKER, "Transfer-Encoding: chunked", "Accept-Encoding: gzip", "Connection: close"],
      ],
      chunked(bytes.subarray(0, 32_768), bytes.subarray(32_768, 65_536), bytes.subarray(65_536)),
    );

    expect(patch.status).toBe(202);
    const put = await ask([
      `PUT ${closing(patch.headers.get("location") ?? "", digestOf(bytes))} HTTP/1.1`,
      ...[DOCKER, "Content-Length: 0", "Accept-Encoding: gzip", "Connection: close"],
    ]);
    expect(put.status).toBe(201);
  });

  test("the closing PUT names the digest with an escaped colon and is told it back", async () => {
    const bytes = randomBytes(500);
    const digest = digestOf(bytes);
    const location = await startUpload("docker/close");

    const put = await ask(
      [`PUT ${closing(location, digest)} HTTP/1.1`, "Content-Length: 500", "Connection: close"],
      bytes,
    );

    expect(closing(location, digest)).toContain("digest=sha256%3A");
    expect(put.status).toBe(201);
    expect(put.headers.get("docker-content-digest")).toBe(digest);
    expect(put.headers.get("location")).toBe(`/v2/docker/close/blobs/${digest}`);
  });

  test("a HEAD after the push finds the blob and its length", async () => {
    const digest = await pushBlob("docker/check", randomBytes(700));

    const head = await ask([
      `HEAD /v2/docker/check/blobs/${digest} HTTP/1.1`,
      ...[DOCKER, "Connection: close"],
    ]);

    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe("700");
    expect(head.headers.get("docker-content-digest")).toBe(digest);
  });

  test("a HEAD for a blob that is not there is 404, never 405", async () => {
    const head = await ask([
      `HEAD /v2/docker/missing/blobs/${digestOf(randomBytes(8))} HTTP/1.1`,
      ...[DOCKER, "Connection: close"],
    ]);

    expect(head.status).toBe(404);
  });

  test("a mount names repository and digest escaped", async () => {
    const digest = await pushBlob("docker/mount-from", randomBytes(600));

    const mount = await ask([
      `POST /v2/docker/mount-to/blobs/uploads/?from=docker%2Fmount-from&mount=${encodeURIComponent(digest)} HTTP/1.1`,
      ...[DOCKER, "Content-Length: 0", "Accept-Encoding: gzip", "Connection: close"],
    ]);

    expect(mount.status).toBe(201);
    expect(mount.headers.get("docker-content-digest")).toBe(digest);
    expect(mount.headers.get("location")).toBe(`/v2/docker/mount-to/blobs/${digest}`);
  });

  test("a mount of what is not there goes on as an upload", async () => {
    const mount = await ask([
      `POST /v2/docker/mount-none/blobs/uploads/?from=nobody%2Fhere&mount=${encodeURIComponent(digestOf(randomBytes(8)))} HTTP/1.1`,
      ...[DOCKER, "Content-Length: 0", "Connection: close"],
    ]);

    expect(mount.status).toBe(202);
    expect(mount.headers.get("location")).toMatch(/^\/v2\/docker\/mount-none\/blobs\/uploads\//);
    expect(mount.headers.get("range")).toBe("0-0");
  });

  test("locations are relative, whatever a proxy claims about scheme and host", async () => {
    const answer = await ask([
      "POST /v2/docker/forwarded/blobs/uploads/ HTTP/1.1",
      ...["X-Forwarded-Proto: https", "X-Forwarded-Host: elsewhere.example", "Content-Length: 0"],
      "Connection: close",
    ]);

    expect(answer.headers.get("location")).toMatch(/^\/v2\/docker\/forwarded\/blobs\/uploads\//);
  });

  test("a manifest PUT is 201 and tells the digest, without which the push fails", async () => {
    const image = buildImage();
    for (const { bytes } of [image.config, ...image.layers]) await pushBlob("docker/put", bytes);

    const put = await putManifest("docker/put/manifests/1", OCI_MANIFEST, image.manifest.bytes);

    expect(put.status).toBe(201);
    expect(put.headers.get("docker-content-digest")).toBe(image.manifest.digest);
  });
});

describe("docker pull", () => {
  test("HEAD manifest with six Accept lines in any order gets length, type and digest", async () => {
    const image = await pushImage("docker/six");
    const accepts = [
      ...[SCHEMA_1, "application/json", OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST],
    ].map((type) => `Accept: ${type}`);

    for (const order of [accepts, accepts.toReversed()]) {
      const head = await ask([
        "HEAD /v2/docker/six/manifests/1 HTTP/1.1",
        ...[DOCKER, ...order, "Connection: close"],
      ]);

      expect(head.status).toBe(200);
      expect(head.headers.get("content-length")).toBe(`${image.manifest.bytes.length}`);
      expect(head.headers.get("content-type")).toBe(OCI_MANIFEST);
      expect(head.headers.get("docker-content-digest")).toBe(image.manifest.digest);
    }
  });

  test("GET manifest by digest gives the bytes and the type as pushed", async () => {
    const image = await pushImage("docker/bytes");

    const get = await ask([
      `GET /v2/docker/bytes/manifests/${image.manifest.digest} HTTP/1.1`,
      ...[DOCKER, `Accept: ${DOCKER_MANIFEST}`, "Accept-Encoding: gzip", "Connection: close"],
    ]);

    expect(get.status).toBe(200);
    expect(get.headers.get("content-type")).toBe(OCI_MANIFEST);
    expect(get.body).toEqual(image.manifest.bytes);
  });

  test("blobs and manifests are never compressed, although docker accepts gzip", async () => {
    const image = await pushImage("docker/identity");

    for (const path of [`blobs/${image.config.digest}`, "manifests/1"]) {
      const get = await ask([
        `GET /v2/docker/identity/${path} HTTP/1.1`,
        ...[DOCKER, "Accept-Encoding: gzip", "Connection: close"],
      ]);

      expect(get.status).toBe(200);
      expect(get.headers.get("content-encoding")).toBeUndefined();
      expect(get.headers.get("cache-control")).toContain("no-transform");
      expect(get.headers.get("content-length")).toBe(`${get.body.length}`);
    }
  });

  test("a broken-off blob is resumed with an open-ended Range", async () => {
    const bytes = randomBytes(300_000);
    const digest = await pushBlob("docker/resume", bytes);

    const rest = await ask([
      `GET /v2/docker/resume/blobs/${digest} HTTP/1.1`,
      ...[DOCKER, "Range: bytes=203776-", "Accept-Encoding: gzip", "Connection: close"],
    ]);

    expect(rest.status).toBe(206);
    expect(rest.headers.get("content-range")).toBe("bytes 203776-299999/300000");
    expect(rest.body).toEqual(bytes.subarray(203_776));
  });

  test("a missing tag is 404 to HEAD without a body, and JSON to the GET that follows", async () => {
    const head = await ask([
      "HEAD /v2/docker/no-tag/manifests/1 HTTP/1.1",
      ...[DOCKER, "Connection: close"],
    ]);
    const get = await ask([
      "GET /v2/docker/no-tag/manifests/1 HTTP/1.1",
      DOCKER,
      "Connection: close",
    ]);

    expect([head.status, get.status]).toEqual([404, 404]);
    expect(get.headers.get("content-type")).toMatch(/^application\/json/);
    expect(JSON.parse(get.body.toString()).errors[0].code).toMatch(/^(MANIFEST|NAME)_UNKNOWN$/);
  });

  test("Connection: close, which docker sends always, ends the connection after a whole answer", async () => {
    await using connection = await RawConnection.open(stage.hub.host);

    await connection.send(
      requestHead(stage.hub.host, ["GET /v2/ HTTP/1.1", DOCKER, "Connection: close"]),
    );
    const answer = await connection.receive();

    expect(answer.status).toBe(200);
    expect(answer.headers.get("connection")).toBe("close");
    expect(answer.body.toString()).toBe("{}");
    await expect(connection.receive()).rejects.toThrow("the connection was closed");
  });

  test("/v2/ is answered under its own address, not redirected", async () => {
    const slash = await ask(["GET /v2/ HTTP/1.1", "Connection: close"]);
    const bare = await ask(["GET /v2 HTTP/1.1", "Connection: close"]);

    expect(slash.status).toBe(200);
    if (bare.status === 301) expect(bare.headers.get("location")).toBe("/v2/");
    else expect(bare.status).toBe(200);
  });

  test("every answer carries Docker-Distribution-API-Version", async () => {
    for (const path of ["/v2/", "/v2/no/thing/tags/list", "/v2/no/thing/manifests/1"]) {
      const answer = await ask([`GET ${path} HTTP/1.1`, "Connection: close"]);

      expect(answer.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
    }
  });
});

describe("docker login and docker manifest on a plain HTTP port", () => {
  test("a TLS ClientHello is answered in HTTP, so that the client falls back", async () => {
    await using connection = await RawConnection.open(stage.hub.host);
    const clientHello = Buffer.from("160301007b010000770303", "hex");

    await connection.send(clientHello, Buffer.alloc(112, "\r\n"));

    expect((await connection.receive()).status).toBe(400);
  });

  test("docker manifest accepts four types and is given the list", async () => {
    const image = await pushImage("docker/manifest", "amd64");
    const { digest, bytes } = image.manifest;
    const list = json(DOCKER_LIST, {
      schemaVersion: 2,
      mediaType: DOCKER_LIST,
      manifests: [
        {
          ...{ mediaType: OCI_MANIFEST, digest, size: bytes.length },
          platform: { os: "linux", architecture: "amd64" },
        },
      ],
    });
    await putManifest("docker/manifest/manifests/1", DOCKER_LIST, list.bytes);

    const get = await ask([
      "GET /v2/docker/manifest/manifests/1 HTTP/1.1",
      "User-Agent: Docker-Client/28.2.2 (linux)",
      ...[DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX].map((type) => `Accept: ${type}`),
      "Connection: close",
    ]);

    expect(get.status).toBe(200);
    expect(get.headers.get("content-type")).toBe(DOCKER_LIST);
    expect(get.body).toEqual(list.bytes);
  });
});
