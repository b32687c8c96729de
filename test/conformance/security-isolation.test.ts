import { describe, expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { digestOf, OCI_MANIFEST } from "../harness/images.ts";
import {
  type Answer,
  blobPath,
  locationOf,
  manifestPath,
  RegistryClient,
  withQuery,
} from "../harness/registry-client.ts";
import { expectEmpty, expectRefusal } from "./expectations.ts";
import { hubForThisFile } from "./hub-target.ts";
import { newRepository } from "./target.ts";

const ALICE = { name: "alice", password: "alice's password" };
const MALLORY = { name: "mallory", password: "mallory's password" };

describe("in an open hub", () => {
  const target = hubForThisFile();

  test("S2: a digest alone gives nobody the blob: a repository that lacks it answers 404", async () => {
    const { client, random } = target();
    const [secret, own] = [newRepository(target()), newRepository(target())];
    const image = randomImage(random);
    await client.push(secret, "1", image);
    await client.pushBlob(own, random.bytes(10));
    const [layer] = image.layers;
    const digest = layer?.digest ?? "";
    expectEmpty(await client.headBlob(own, digest), 404);
    expectRefusal(await client.getBlob(own, digest), { status: 404, code: "BLOB_UNKNOWN" });
    const push = await client.putManifest(own, "stolen", image.manifest);
    expectRefusal(push, { status: 400, code: "MANIFEST_BLOB_UNKNOWN" });
    const refusal = await client.getManifest(own, image.manifest.digest);
    expectRefusal(refusal, { status: 404, code: "MANIFEST_UNKNOWN" });
  });

  test("S4: a blob that exists elsewhere has to be uploaded whole, and is answered like a new one", async () => {
    const { client, random } = target();
    const known = random.bytes(50_000);
    const fresh = random.bytes(50_000);
    await client.pushBlob(newRepository(target()), known);
    const answers = [];
    for (const bytes of [known, fresh]) {
      const repository = newRepository(target());
      const digest = digestOf(bytes);
      const empty = await client.finishUpload(await client.startUpload(repository), digest);
      expectRefusal(empty, { status: 400, code: "DIGEST_INVALID" });
      const location = await client.startUpload(repository);
      const patched = await client.patch(location, bytes.subarray(0, 49_999));
      const short = await client.finishUpload(locationOf(patched), digest);
      expectRefusal(short, { status: 400, code: "DIGEST_INVALID" });
      expectEmpty(await client.headBlob(repository, digest), 404);
      const again = await client.startUpload(repository);
      const whole = await client.finishUpload(again, digest, { body: bytes });
      answers.push([empty, short, whole].map(shapeOf));
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  test("S6: changing anything about an upload's address leads nowhere", async () => {
    const { client, random } = target();
    const [repository, other] = [newRepository(target()), newRepository(target())];
    const bytes = random.bytes(100);
    const first = locationOf(await client.patch(await client.startUpload(repository), bytes));
    const second = await client.startUpload(other);
    const id = idOf(first);
    const changed = id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    for (const location of [
      first.replace(repository, other),
      second.replace(other, repository),
      first.replace(id, changed),
      first.replace(id, id.toUpperCase()),
      first.replace(id, `${id}0`),
      first.replace(id, id.slice(0, -1)),
      first.replace(id, `../${id}`),
    ]) {
      for (const method of ["GET", "PATCH", "PUT", "DELETE"]) {
        const digest = digestOf(bytes);
        const answer = await client.send(method, withQuery(location, { digest }));
        expect([400, 404], `${method} ${location}`).toContain(answer.status);
      }
    }
    expectEmpty(await client.finishUpload(first, digestOf(bytes)), 201);
  });

  test("S17: what is almost a digest is none", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const image = randomImage(random);
    await client.push(repository, "1", image);
    const bytes = image.config.bytes;
    const hex = digestOf(bytes).slice("sha256:".length);
    const sha512 = digestOf(bytes, "sha512").slice("sha512:".length);
    for (const digest of [
      `sha256:${hex.toUpperCase()}`,
      `SHA256:${hex}`,
      `sha256:${hex.slice(1)}`,
      `sha256:${hex}0`,
      `sha256:${sha512}`,
      `sha512:${hex}`,
      `md5:${hex.slice(0, 32)}`,
      `sha256+b64:${hex}`,
      `sha256:${hex}%20`,
      `sha256:${hex.replace(/.$/, "g")}`,
      `sha256%3a${hex.toUpperCase()}`,
      `sha256::${hex}`,
      `:${hex}`,
      hex,
    ]) {
      const blob = await client.get(blobPath(repository, digest));
      expectRefusal(blob, { status: 400, code: "DIGEST_INVALID" });
      const location = await client.startUpload(repository);
      const put = await client.send("PUT", `${location}?digest=${digest}`, { body: bytes });
      expectRefusal(put, { status: 400, code: "DIGEST_INVALID" });
      const mount = await client.send(
        "POST",
        `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${repository}`,
      );
      expectEmpty(mount, 202);
      const manifest = await client.send("PUT", manifestPath(repository, digest), {
        headers: { "content-type": OCI_MANIFEST },
        body: image.manifest.bytes,
      });
      // Without a colon in it, it may be read as a tag that is too long or not.
      if (digest.includes(":") || digest.includes("%")) expect(manifest.status).toBe(400);
    }
  });

  test("S27: ?ns= and forwarding headers steer nothing", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const image = randomImage(random);
    await client.push(repository, "1", image);
    const spoofed = {
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
      "x-forwarded-prefix": "/evil",
      forwarded: "host=evil.example;proto=https",
      "x-original-url": "/evil",
      "x-rewrite-url": "/evil",
    };
    const plain = await client.send("POST", `/v2/${repository}/blobs/uploads/`);
    for (const query of ["", "?ns=docker.io", "?ns=http://169.254.169.254/", "?ns=../.."]) {
      const upload = await client.send("POST", `/v2/${repository}/blobs/uploads/${query}`, {
        headers: spoofed,
      });
      expect(upload.status).toBe(202);
      expect(upload.headers.location).not.toMatch(/evil|169\.254/);
      expect(originOf(upload)).toBe(originOf(plain));
      const path = `${manifestPath(repository, "1")}${query}`;
      const manifest = await client.get(path, { ...spoofed, accept: OCI_MANIFEST });
      expect(manifest.body.equals(image.manifest.bytes)).toBe(true);
      const tags = await client.get(`/v2/${repository}/tags/list?n=1${query.replace("?", "&")}`);
      expect(tags.status).toBe(200);
    }
  });
});

describe("in a hub with passwords", () => {
  const target = hubForThisFile({ users: [ALICE, MALLORY] });

  test("S6: an upload belongs to the user who started it", async () => {
    const { hub, random } = target();
    await using alice = new RegistryClient(hub.url, { user: ALICE });
    await using mallory = new RegistryClient(hub.url, { user: MALLORY });
    const repository = newRepository(target());
    const bytes = random.bytes(100);
    const location = locationOf(await alice.patch(await alice.startUpload(repository), bytes));
    const refusal = { status: 404, code: "BLOB_UPLOAD_UNKNOWN" };
    expectRefusal(await mallory.get(location), refusal);
    expectRefusal(await mallory.patch(location, bytes), refusal);
    expectRefusal(await mallory.finishUpload(location, digestOf(bytes)), refusal);
    expectRefusal(await mallory.delete(location), refusal);
    expectEmpty(await alice.finishUpload(location, digestOf(bytes)), 201);
  });

  test("S27: the challenge names what the operator configured, whatever the request says", async () => {
    const { hub } = target();
    await using anonymous = new RegistryClient(hub.url);
    const plain = await anonymous.get("/v2/");
    const spoofed = await anonymous.get("/v2/", {
      host: "evil.example",
      "x-forwarded-host": "evil.example",
    });
    expect(plain.status).toBe(401);
    expect(spoofed.headers["www-authenticate"]).toBe(plain.headers["www-authenticate"]);
  });
});

describe("in a hub with deletion off", () => {
  const target = hubForThisFile({ settings: { "delete.enabled": "false" } });

  test("S8: tags, manifests and blobs all answer 405, and nothing is removed", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const image = randomImage(random);
    await client.push(repository, "1", image);
    for (const path of [
      manifestPath(repository, "1"),
      manifestPath(repository, image.manifest.digest),
      blobPath(repository, image.config.digest),
      manifestPath(repository, "missing"),
      blobPath(repository, digestOf(random.bytes(10))),
    ]) {
      expectRefusal(await client.delete(path), { status: 405, code: "UNSUPPORTED" });
    }
    await client.assertPullable(repository, "1", image);
  });

  test("X1: one switch turns all deletion off, but not the cancelling of uploads", async () => {
    const { client } = target();
    const location = await client.startUpload(newRepository(target()));
    expectEmpty(await client.delete(location), 204);
  });
});

function idOf(location: string): string {
  return /[0-9a-f-]{36}/.exec(location)?.[0] ?? "";
}

function originOf(answer: Answer): string | undefined {
  return /^https?:\/\/[^/]+/.exec(answer.headers.location ?? "")?.[0];
}

/** What of an answer must not depend on whether the bytes are known: everything but the date and the names in it. */
function shapeOf({ status, headers, body }: Answer) {
  return {
    status,
    headers: Object.keys(headers).sort(),
    text: body.toString().replace(/sha256:[0-9a-f]{64}/g, "<digest>"),
  };
}
