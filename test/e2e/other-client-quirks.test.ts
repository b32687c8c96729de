import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  buildImage,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  digestOf,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../harness/images.ts";
import { chunked, RawConnection, requestHead } from "../harness/raw-http.ts";
import { closing, RawClient } from "./raw-client.ts";
import { stageForThisFile } from "./stage.ts";

// Requests as clients were seen to send them, replayed byte by byte. The real clients run in the files beside this one; these
// tests name the one thing that matters in each exchange and fail in milliseconds.

const stage = stageForThisFile();
const { ask, startUpload, pushBlob, pushImage, putManifest } = new RawClient(stage);

describe("skopeo, podman and buildah", () => {
  test("PATCH with Content-Length and application/octet-stream", async () => {
    const bytes = randomBytes(1_500);
    const location = await startUpload("skopeo/patch");

    const patch = await ask(
      [
        `PATCH ${location} HTTP/1.1`,
        "User-Agent: skopeo/1.9.3",
        "Content-Length: 1500",
        "Content-Type: application/octet-stream",
        "Docker-Distribution-Api-Version: registry/2.0",
        "Connection: close",
      ],
      bytes,
    );

    expect(patch.status).toBe(202);
    expect(patch.headers.get("range")).toBe("0-1499");
  });

  test("PATCH chunked and application/octet-stream", async () => {
    const location = await startUpload("skopeo/chunked");

    const patch = await ask(
      [
        `PATCH ${location} HTTP/1.1`,
        "Transfer-Encoding: chunked",
        "Content-Type: application/octet-stream",
        "Docker-Distribution-Api-Version: registry/2.0",
        "Connection: close",
      ],
      chunked(randomBytes(40_000), randomBytes(10)),
    );

    expect(patch.status).toBe(202);
    expect(patch.headers.get("range")).toBe("0-40009");
  });

  test("a child of a list is put by digest before the list is put by tag", async () => {
    const image = buildImage();
    for (const { bytes } of [image.config, ...image.layers]) await pushBlob("buildah/list", bytes);

    const put = await putManifest(
      `buildah/list/manifests/${image.manifest.digest}`,
      OCI_MANIFEST,
      image.manifest.bytes,
    );

    expect(put.status).toBe(201);
    expect(put.headers.get("docker-content-digest")).toBe(image.manifest.digest);
  });

  test("tags/list without n gives all tags", async () => {
    await pushImage("skopeo/tags", "b");
    await pushImage("skopeo/tags", "a");

    const list = await ask(["GET /v2/skopeo/tags/tags/list HTTP/1.1", "Connection: close"]);

    expect(JSON.parse(list.body.toString())).toEqual({ name: "skopeo/tags", tags: ["a", "b"] });
  });

  test("podman search falls back to the catalog after 404 from /v1/search", async () => {
    await pushImage("podman/search");

    const v1 = await ask(["GET /v1/search?n=25&q=search HTTP/1.1", "Connection: close"]);
    const catalog = await ask(["GET /v2/_catalog HTTP/1.1", "Connection: close"]);

    expect(v1.status).toBe(404);
    expect(JSON.parse(catalog.body.toString()).repositories).toContain("podman/search");
  });
});

describe("containerd", () => {
  const ACCEPT = `Accept: ${[DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX, "*/*"].join(", ")}`;

  test("starts with HEAD manifest and one comma-joined Accept", async () => {
    const image = await pushImage("ctr/head");

    const head = await ask(["HEAD /v2/ctr/head/manifests/1 HTTP/1.1", ACCEPT, "Connection: close"]);

    expect(head.status).toBe(200);
    expect(head.headers.get("content-type")).toBe(OCI_MANIFEST);
    expect(head.headers.get("content-length")).toBe(`${image.manifest.bytes.length}`);
  });

  test("mounts with parameters that are not escaped", async () => {
    const digest = await pushBlob("ctr/from", randomBytes(300));

    const mount = await ask([
      `POST /v2/ctr/to/blobs/uploads/?mount=${digest}&from=ctr/from HTTP/1.1`,
      ...["User-Agent: containerd/1.6.20", "Content-Length: 0", "Accept-Encoding: gzip"],
    ]);

    expect(mount.status).toBe(201);
  });

  test("pushes with one PUT of the whole body and no PATCH", async () => {
    const bytes = randomBytes(70_000);
    const location = await startUpload("ctr/whole");

    const put = await ask(
      [
        `PUT ${closing(location, digestOf(bytes))} HTTP/1.1`,
        "Content-Length: 70000",
        "Content-Type: application/octet-stream",
      ],
      bytes,
    );

    expect(put.status).toBe(201);
    expect(put.headers.get("docker-content-digest")).toBe(digestOf(bytes));
  });

  test("asks several things over one connection", async () => {
    const image = await pushImage("ctr/alive");
    await using connection = await RawConnection.open(stage.hub.host);
    const paths = ["manifests/1", `blobs/${image.config.digest}`, "manifests/2", "manifests/1"];
    const statuses: number[] = [];

    for (const path of paths) {
      await connection.send(requestHead(stage.hub.host, [`GET /v2/ctr/alive/${path} HTTP/1.1`]));
      statuses.push((await connection.receive()).status);
    }

    expect(statuses).toEqual([200, 200, 404, 200]);
  });

  test("adds ?ns=docker.io to manifests and blobs when the hub is a mirror", async () => {
    const image = await pushImage("library/ns");

    for (const path of ["manifests/1", `blobs/${image.config.digest}`]) {
      const head = await ask([
        `HEAD /v2/library/ns/${path}?ns=docker.io HTTP/1.1`,
        ...[ACCEPT, "Connection: close"],
      ]);

      expect(head.status).toBe(200);
    }
  });
});
