import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openDocker, openSkopeo } from "../harness/clients.ts";
import {
  buildImage,
  digestOf,
  OCI_MANIFEST,
  randomContext,
  writeOciLayout,
} from "../harness/images.ts";
import { Nginx } from "../harness/nginx.ts";
import { writeTar } from "../harness/tar.ts";
import { stageForThisFile } from "./stage.ts";

const stage = stageForThisFile();
let nginx: Nginx;

beforeAll(async () => {
  nginx = await Nginx.start({ example: "berth.conf", hub: stage.hub.host });
});
afterAll(() => nginx[Symbol.asyncDispose]());

async function startUpload(repository: string): Promise<string> {
  const answer = await nginx.ask(`/v2/${repository}/blobs/uploads/`, { method: "POST" });
  expect(answer.status).toBe(202);
  return String(answer.headers.location);
}

async function pushBlob(repository: string, bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  const location = await startUpload(repository);
  const put = await nginx.ask(`${location}?digest=${digest}`, { method: "PUT", body: bytes });
  expect(put.status).toBe(201);
  return digest;
}

/** What nginx writes to its own disk until `push` is done. */
async function bodiesKeptDuring(push: Promise<unknown>): Promise<readonly string[]> {
  const kept = new Set<string>();
  let isDone = false;
  const done = push.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    for (const name of await nginx.bufferedBodies()) kept.add(name);
    await Promise.race([done, delay(20)]);
  }
  await done;
  return [...kept];
}

test("docker pushes and pulls through TLS", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  const image = `${nginx.host}/behind/nginx:1`;
  await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");

  await docker.run("push", image);
  await docker.run("rmi", image);

  expect(await docker.run("pull", image)).toContain("Downloaded newer image");
});

test("a layer of 200 MB passes both ways with the certificate checked and nothing kept by nginx", async () => {
  await using skopeo = await openSkopeo("no-insecure-registry.example");
  const layer = writeTar([{ name: "big", content: randomBytes(200_000_000) }]);
  const image = buildImage({ layers: [layer] });
  await writeOciLayout(`${skopeo.home}/layout`, "1", image);
  const name = `docker://${nginx.host}/big/layer:1`;
  const push = skopeo.run(
    ...["copy", "--dest-cert-dir", nginx.certificates, `oci:${skopeo.home}/layout:1`, name],
  );
  expect(await bodiesKeptDuring(push)).toEqual([]);

  await skopeo.run(
    ...["copy", "--src-cert-dir", nginx.certificates, name, `dir:${skopeo.home}/back`],
  );

  const told = await skopeo.run("manifest-digest", `${skopeo.home}/back/manifest.json`);
  expect(told).toBe(image.manifest.digest);
});

test("a slow push reaches the hub while it is still being sent", async () => {
  const pieces = Array.from({ length: 10 }, () => randomBytes(100_000));
  const location = await startUpload("slow/push");
  async function* dripping() {
    for (const piece of pieces) {
      yield piece;
      await delay(300);
    }
  }

  const push = nginx.ask(location, { method: "PATCH", body: Readable.from(dripping()) });
  const kept = await bodiesKeptDuring(push);
  const patch = await push;
  const digest = digestOf(Buffer.concat(pieces));
  const put = await nginx.ask(`${patch.headers.location}?digest=${digest}`, { method: "PUT" });

  expect(kept).toEqual([]);
  expect(patch.headers.range).toBe("0-999999");
  expect(put.status).toBe(201);
});

test("a part of a blob is asked for through nginx", async () => {
  const bytes = randomBytes(500_000);
  const digest = await pushBlob("range/app", bytes);

  const part = await nginx.ask(`/v2/range/app/blobs/${digest}`, {
    headers: { range: "bytes=1000-1999" },
  });

  expect(part.status).toBe(206);
  expect(part.headers["content-range"]).toBe("bytes 1000-1999/500000");
  expect(part.body).toEqual(bytes.subarray(1_000, 2_000));
});

test("a body over nginx's default limit gets the hub's own refusal, in JSON", async () => {
  const { manifest } = buildImage({ annotations: { story: "x".repeat(4 * 1024 * 1024) } });

  const answer = await nginx.ask("/v2/large/manifest/manifests/1", {
    method: "PUT",
    headers: { "content-type": OCI_MANIFEST },
    body: manifest.bytes,
  });

  expect(answer.status).toBe(413);
  expect(answer.headers["content-type"]).toMatch(/^application\/json/);
});

test("the hub sees the path as the client wrote it", async () => {
  const answer = await nginx.ask("/v2/a%2fb/manifests/1");

  expect(JSON.parse(answer.body.toString()).errors[0].code).toBe("NAME_INVALID");
});
