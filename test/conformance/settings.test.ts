import { describe, expect, test } from "vitest";
import { RESERVED_FIRST_COMPONENTS } from "../../src/oci/name.ts";
import { randomImage } from "../harness/artifacts.ts";
import { buildIndex, digestOf, json, OCI_MANIFEST } from "../harness/images.ts";
import { blobPath, manifestPath } from "../harness/registry-client.ts";
import { errorsOf, expectEmpty, expectRefusal } from "./expectations.ts";
import { hubForThisFile } from "./hub-target.ts";
import { newRepository } from "./target.ts";

describe("as it comes", () => {
  const target = hubForThisFile();

  test("N2: what belongs to the hub's own API cannot be the first part of a name", async () => {
    const { client } = target();
    for (const first of RESERVED_FIRST_COMPONENTS) {
      const upload = await client.send("POST", `/v2/${first}/app/blobs/uploads/`);
      expectRefusal(upload, { status: [400, 403, 404] });
      expect((await client.send("POST", `/v2/team/${first}/blobs/uploads/`)).status).toBe(202);
    }
  });

  test("W8: an index may name platforms that were not pushed", async () => {
    const { client, random } = target();
    const index = buildIndex([randomImage(random)]);
    const answer = await client.putManifest(newRepository(target()), "1", index.manifest);
    expectEmpty(answer, 201);
  });
});

describe("with missing children refused", () => {
  const target = hubForThisFile({ settings: { "manifests.missingChildren": "refuse" } });

  test("W8: each platform that was not pushed is named in an error of its own", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const [here, missing, alsoMissing] = [1, 2, 3].map(() => randomImage(random));
    if (!here || !missing || !alsoMissing) throw new Error("three images were asked for");
    await client.push(repository, here.manifest.digest, here);
    const index = buildIndex([here, missing, alsoMissing]);
    const answer = await client.putManifest(repository, "1", index.manifest);
    expectRefusal(answer, { status: 400, code: "MANIFEST_BLOB_UNKNOWN" });
    const text = JSON.stringify(errorsOf(answer));
    expect(errorsOf(answer)).toHaveLength(2);
    for (const { manifest } of [missing, alsoMissing]) expect(text).toContain(manifest.digest);
    await client.push(repository, "1", index);
    await client.assertPullable(repository, "1", index);
  });
});

describe("with foreign URLs refused", () => {
  const target = hubForThisFile({
    settings: { "manifests.foreignUrls.allow": "^https://mirror\\.example\\.com/" },
  });

  test("W9: a layer may live only where the operator allows", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const config = await client.pushBlob(repository, Buffer.from("{}"));
    for (const [url, status] of [
      ["https://mirror.example.com/layer", 201],
      ["https://elsewhere.example.com/layer", 400],
    ] as const) {
      const digest = digestOf(random.bytes(10));
      const manifest = json(OCI_MANIFEST, {
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: config, size: 2 },
        layers: [
          {
            mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            digest,
            size: 10,
            urls: [url],
          },
        ],
      });
      const answer = await client.putManifest(repository, "1", manifest);
      expect(answer.status, answer.body.toString()).toBe(status);
    }
  });
});

describe("with small pages", () => {
  const target = hubForThisFile({
    settings: { "limits.tagsPage": "2", "limits.catalogPage": "3" },
  });

  test("B7: the operator decides how large a page may be", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    for (const tag of ["a", "b", "c"])
      await client.push(repository, tag, randomImage(random, [10]));
    for (const name of ["x", "y", "z"]) {
      await client.push(`${repository}/${name}`, "1", randomImage(random, [10]));
    }
    for (const query of ["", "?n=100"]) {
      const tags = await client.get(`/v2/${repository}/tags/list${query}`);
      expect(JSON.parse(tags.body.toString()).tags).toEqual(["a", "b"]);
      expect(tags.headers.link).toMatch(/last=b.*rel="next"/);
      const catalog = await client.get(`/v2/_catalog${query}`);
      expect(JSON.parse(catalog.body.toString()).repositories).toHaveLength(3);
    }
  });
});

describe("read-only", () => {
  const target = hubForThisFile({ settings: { "storage.readOnly": "true" } });

  test("X1: everything that would write is refused, and reading goes on", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const image = randomImage(random);
    const { digest } = image.config;
    const refusal = { status: 405, code: "UNSUPPORTED" };
    expectRefusal(await client.send("POST", `/v2/${repository}/blobs/uploads/`), refusal);
    expectRefusal(await client.putManifest(repository, "1", image.manifest), refusal);
    expectRefusal(await client.delete(manifestPath(repository, "1")), refusal);
    expectRefusal(await client.delete(blobPath(repository, digest)), refusal);
    expect((await client.get("/v2/")).status).toBe(200);
    expect((await client.get("/v2/_catalog")).status).toBe(200);
    expectEmpty(await client.headBlob(repository, digest), 404);
  });
});
