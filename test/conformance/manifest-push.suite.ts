import { describe, expect } from "vitest";
import { buildArtifact, randomImage } from "../harness/artifacts.ts";
import {
  buildIndex,
  type Content,
  content,
  type Descriptor,
  descriptor,
  digestOf,
  type Image,
  json,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../harness/images.ts";
import { locationOf, manifestPath, withQuery } from "../harness/registry-client.ts";
import { errorsOf, expectEmpty, expectRefusal } from "./expectations.ts";
import { newRepository, type Suite, type Target } from "./target.ts";

const FOREIGN_LAYER = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
const DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
const SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+json";
const SIGNED_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";

export function describeManifestPush(suite: Suite): void {
  describe("manifest push", () => {
    describeReferences(suite);
    describeContent(suite);
    describeSubjects(suite);
    describeMissingContent(suite);
    describeTagParameters(suite);
    describeContentTypes(suite);
  });
}

function describeReferences({ check, target }: Suite): void {
  check("W1: PUT by tag answers 201, the digest, and where the manifest is", async () => {
    const { client } = target();
    const { repository, image } = await pushedBlobs(target());
    const answer = await client.putManifest(repository, "1", image.manifest);
    expectEmpty(answer, 201);
    expect(answer.headers["docker-content-digest"]).toBe(image.manifest.digest);
    const pulled = await client.get(locationOf(answer), { accept: OCI_MANIFEST });
    expect(pulled.body.equals(image.manifest.bytes)).toBe(true);
  });

  check("W2: PUT by digest answers 201, the digest, and where the manifest is", async () => {
    const { client } = target();
    const { repository, image } = await pushedBlobs(target());
    const { manifest } = image;
    const answer = await client.putManifest(repository, manifest.digest, manifest);
    expectEmpty(answer, 201);
    expect(answer.headers["docker-content-digest"]).toBe(manifest.digest);
    const pulled = await client.get(locationOf(answer), { accept: OCI_MANIFEST });
    expect(pulled.body.equals(manifest.bytes)).toBe(true);
  });

  check("W2: PUT by a digest that is not the body's answers 400", async () => {
    const { client } = target();
    const { repository, image } = await pushedBlobs(target());
    const bytes = Buffer.concat([image.manifest.bytes, Buffer.from("  ")]);
    const { digest } = image.manifest;
    const answer = await client.putManifest(repository, digest, { ...image.manifest, bytes });
    expectRefusal(answer, { status: 400, code: ["DIGEST_INVALID", "MANIFEST_INVALID"] });
    expect((await client.getManifest(repository, digest)).status).toBe(404);
  });

  check("W3: PUT to a malformed digest answers 400", async () => {
    const { client } = target();
    const { repository, image } = await pushedBlobs(target());
    for (const digest of ["sha256:baddigeststring", "sha256:", "md5:0123", "sha512:0"]) {
      const answer = await client.putManifest(repository, digest, image.manifest);
      const code = ["DIGEST_INVALID", "MANIFEST_INVALID", "TAG_INVALID"];
      expectRefusal(answer, { status: 400, code });
    }
  });

  check("W11: the same manifest can be pushed again, under one tag or several", async () => {
    const { client } = target();
    const { repository, image } = await pushedBlobs(target());
    for (const reference of ["1", "1", "2", image.manifest.digest, "1"]) {
      const answer = await client.putManifest(repository, reference, image.manifest);
      expectEmpty(answer, 201);
      expect(answer.headers["docker-content-digest"]).toBe(image.manifest.digest);
    }
    for (const tag of ["1", "2"]) await client.assertPullable(repository, tag, image);
  });

  check("W11: a tag moves to what was pushed last, and the manifest before stays", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const [before, after] = [randomImage(random), randomImage(random)];
    await client.push(repository, "1", before);
    await client.push(repository, "1", after);
    await client.assertPullable(repository, "1", after);
    await client.assertPullable(repository, before.manifest.digest, before);
  });

  check("W15: a sha512 manifest is pushed by digest, tagged, and pulled by either", async () => {
    const { client } = target();
    const { repository, image } = await pushedBlobs(target());
    const manifest = content(OCI_MANIFEST, image.manifest.bytes, "sha512");
    const path = withQuery(manifestPath(repository, manifest.digest), { tag: "sha512" });
    const answer = await client.send("PUT", path, {
      headers: { "content-type": OCI_MANIFEST },
      body: manifest.bytes,
    });
    expectEmpty(answer, 201);
    expect(answer.headers["docker-content-digest"]).toBe(manifest.digest);
    for (const reference of ["sha512", manifest.digest]) {
      const pulled = await client.getManifest(repository, reference);
      expect(pulled.headers["docker-content-digest"]).toBe(manifest.digest);
      expect(pulled.body.equals(manifest.bytes)).toBe(true);
    }
  });
}

function describeContent({ check, target }: Suite): void {
  check("W4: bytes come back exactly, with fields nobody knows and odd white space", async () => {
    const { random } = target();
    const { repository, image } = await pushedBlobs(target());
    const parsed = JSON.parse(image.manifest.bytes.toString());
    const odd = { [`org.${random.word()}`]: random.word(), ...parsed, "x-\u00e4": [1.0, null] };
    const bytes = Buffer.from(`\n${JSON.stringify(odd, null, 3)}\n\n`);
    await expectRoundTrip(target(), repository, content(OCI_MANIFEST, bytes));
  });

  check("W4: 3.9 MB of annotations are accepted", async () => {
    const { repository, image } = await pushedBlobs(target());
    const annotations = Object.fromEntries(
      Array.from({ length: 390 }, (_, index) => [`large-${index}`, "A".repeat(10_000)]),
    );
    const parsed = JSON.parse(image.manifest.bytes.toString());
    const large = json(OCI_MANIFEST, { ...parsed, annotations });
    await expectRoundTrip(target(), repository, large);
  });

  check("W9: foreign layers need not be here", async () => {
    const { random } = target();
    const { repository, image } = await pushedBlobs(target());
    const foreign = [FOREIGN_LAYER, DOCKER_FOREIGN_LAYER].map((mediaType) => {
      const digest = digestOf(random.bytes(10));
      const urls = [`https://store.example.com/blobs/${digest}`];
      return { mediaType, digest, size: 123_456, urls };
    });
    const layers = [...foreign, ...image.layers.map(descriptor)];
    await expectRoundTrip(target(), repository, imageManifest(image.config, layers));
  });

  check("W10: an image without layers is an image", async () => {
    const { repository, image } = await pushedBlobs(target());
    await expectRoundTrip(target(), repository, imageManifest(image.config, []));
  });

  check("W10: an index without children is an index", async () => {
    await expectRoundTrip(target(), newRepository(target()), indexOf([]));
  });

  check("W10: an artifact with an empty config is pushed, with and without layers", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const layer = content("application/vnd.example.v1", random.bytes(100));
    for (const layers of [[layer], []]) {
      const artifact = buildArtifact({
        artifactType: "application/vnd.example.v1",
        ...(layers.length > 0 && { layers }),
      });
      await client.push(repository, random.word(), artifact);
      await client.assertPullable(repository, artifact.manifest.digest, artifact);
    }
  });

  check("W10: an index may hold indexes", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const children = [buildIndex([randomImage(random)]), buildIndex([randomImage(random)])];
    for (const child of children) await client.push(repository, child.manifest.digest, child);
    const manifests = children.map(({ manifest }) => descriptor(manifest));
    await expectRoundTrip(target(), repository, indexOf(manifests));
  });

  check("W10: descriptors may carry their data", async () => {
    const { repository, image } = await pushedBlobs(target());
    const withData = (each: Content) => ({
      ...descriptor(each),
      data: each.bytes.toString("base64"),
    });
    const manifest = json(OCI_MANIFEST, {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: withData(image.config),
      layers: image.layers.map(withData),
    });
    await expectRoundTrip(target(), repository, manifest);
  });
}

function describeSubjects({ check, target }: Suite): void {
  check("W6: a subject that is not there is accepted and named in OCI-Subject", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const subject = { mediaType: OCI_MANIFEST, digest: digestOf(random.bytes(10)), size: 123 };
    const artifact = buildArtifact({ artifactType: "application/vnd.example.v1", subject });
    const answer = await client.push(repository, "signature", artifact);
    expect(answer.headers["oci-subject"]).toBe(subject.digest);
  });

  check(
    "W7: OCI-Subject answers a push by tag and by digest, of an image and of an index",
    async () => {
      const { client } = target();
      const { repository, image } = await pushedBlobs(target());
      await client.pushManifest(repository, "1", image.manifest);
      const subject = descriptor(image.manifest);
      const artifact = buildArtifact({ artifactType: "application/vnd.example.v1", subject });
      await client.push(repository, artifact.manifest.digest, artifact);
      const index = json(OCI_INDEX, {
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [],
        subject,
      });
      for (const manifest of [artifact.manifest, index]) {
        for (const reference of ["tagged", manifest.digest]) {
          const answer = await client.pushManifest(repository, reference, manifest);
          expect(answer.headers["oci-subject"]).toBe(subject.digest);
        }
      }
      const plain = await client.pushManifest(repository, "1", image.manifest);
      expect(plain.headers["oci-subject"]).toBeUndefined();
    },
  );
}

function describeMissingContent({ check, target }: Suite): void {
  check("W8: each blob that is missing is named in an error of its own", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const image = randomImage(random, [100, 200]);
    await client.pushBlob(repository, random.bytes(10));
    const answer = await client.putManifest(repository, "1", image.manifest);
    expectRefusal(answer, { status: 400, code: "MANIFEST_BLOB_UNKNOWN" });
    const text = JSON.stringify(errorsOf(answer).map(({ detail }) => detail));
    const missing = [image.config, ...image.layers];
    expect(errorsOf(answer)).toHaveLength(missing.length);
    for (const { digest } of missing) expect(text).toContain(digest);
    expect((await client.getManifest(repository, "1")).status).toBe(404);
  });

  check("W8: a blob that only another repository has is missing too", async () => {
    const { client } = target();
    const { image } = await pushedBlobs(target());
    const repository = newRepository(target());
    const answer = await client.putManifest(repository, "1", image.manifest);
    expectRefusal(answer, { status: 400, code: "MANIFEST_BLOB_UNKNOWN" });
  });
}

function describeTagParameters({ check, target }: Suite): void {
  check("W12: a push by digest sets the tags it names, all at once", async () => {
    const { client } = target();
    const { repository, image } = await pushedBlobs(target());
    const { manifest } = image;
    const path = `${manifestPath(repository, manifest.digest)}?tag=a&tag=b`;
    const headers = { "content-type": manifest.mediaType };
    const answer = await client.send("PUT", path, { headers, body: manifest.bytes });
    expectEmpty(answer, 201);
    expect(answer.headers["oci-tag"]?.split(/,\s*/).sort()).toEqual(["a", "b"]);
    for (const tag of ["a", "b"]) await client.assertPullable(repository, tag, image);
  });

  check("W12: one invalid tag refuses the push, and no tag is set", async () => {
    const { client } = target();
    const { repository, image } = await pushedBlobs(target());
    const { manifest } = image;
    const path = `${manifestPath(repository, manifest.digest)}?tag=good&tag=-bad`;
    const headers = { "content-type": manifest.mediaType };
    const answer = await client.send("PUT", path, { headers, body: manifest.bytes });
    expectRefusal(answer, { status: 400, code: ["TAG_INVALID", "MANIFEST_INVALID"] });
    expect((await client.getManifest(repository, "good")).status).toBe(404);
    expect((await client.getManifest(repository, manifest.digest)).status).toBe(404);
  });
}

function describeContentTypes({ check, target }: Suite): void {
  for (const type of [
    `${OCI_MANIFEST}; charset=utf-8`,
    `${OCI_MANIFEST};charset="utf-8"`,
    OCI_MANIFEST.toUpperCase(),
  ]) {
    check(`W13: a manifest is accepted as ${type}`, async () => {
      const { client } = target();
      const { repository, image } = await pushedBlobs(target());
      const answer = await client.send("PUT", manifestPath(repository, "1"), {
        headers: { "content-type": type },
        body: image.manifest.bytes,
      });
      expectEmpty(answer, 201);
      const pulled = await client.getManifest(repository, "1");
      expect(pulled.headers["content-type"]).toBe(OCI_MANIFEST);
    });
  }

  check("W14: without a Content-Type the mediaType in the manifest counts", async () => {
    const { client } = target();
    const { repository, image } = await pushedBlobs(target());
    const index = indexOf([]);
    for (const manifest of [image.manifest, index]) {
      const path = manifestPath(repository, manifest.digest);
      expectEmpty(await client.send("PUT", path, { body: manifest.bytes }), 201);
      const pulled = await client.getManifest(repository, manifest.digest);
      expect(pulled.headers["content-type"]).toBe(manifest.mediaType);
    }
  });

  check("W14: without either, an OCI manifest is recognised or refused with 400", async () => {
    const { client } = target();
    const { repository, image } = await pushedBlobs(target());
    const { mediaType: _, ...rest } = JSON.parse(image.manifest.bytes.toString());
    const answer = await client.send("PUT", manifestPath(repository, "1"), {
      body: JSON.stringify(rest),
    });
    expect([201, 400]).toContain(answer.status);
  });

  for (const type of [SCHEMA_1, SIGNED_SCHEMA_1]) {
    check(`W14: schema 1 is refused as ${type}`, async () => {
      const { client } = target();
      const repository = newRepository(target());
      const old = { schemaVersion: 1, name: repository, tag: "1", fsLayers: [], history: [] };
      const answer = await client.putManifest(repository, "1", json(type, old));
      expectRefusal(answer, { status: 400, code: "MANIFEST_INVALID" });
    });
  }

  for (const [title, type, text] of [
    ["what is not JSON", OCI_MANIFEST, "{"],
    ["an empty body", OCI_MANIFEST, ""],
    ["a list", OCI_MANIFEST, "[]"],
    ["null", OCI_MANIFEST, "null"],
    ["bytes that are not UTF-8", OCI_MANIFEST, Buffer.from([0x7b, 0xff, 0x7d])],
    ["an unknown type", "application/vnd.example.v1+json", "{}"],
    ["an HTML page", "text/html", "<p>"],
    ["schemaVersion 3", OCI_MANIFEST, '{"schemaVersion":3}'],
    ["layers that are no list", OCI_MANIFEST, '{"schemaVersion":2,"layers":{}}'],
    ["children that are no list", OCI_INDEX, '{"schemaVersion":2,"manifests":"x"}'],
  ] as const) {
    check(`W14: ${title} is no manifest and answers 400`, async () => {
      const answer = await target().client.send("PUT", manifestPath(newRepository(target()), "1"), {
        headers: { "content-type": type },
        body: text,
      });
      expectRefusal(answer, { status: 400, code: "MANIFEST_INVALID" });
    });
  }
}

async function expectRoundTrip(
  { client }: Target,
  repository: string,
  manifest: Content,
): Promise<void> {
  for (const reference of ["round-trip", manifest.digest]) {
    const answer = await client.pushManifest(repository, reference, manifest);
    expect(answer.headers["docker-content-digest"]).toBe(manifest.digest);
    const pulled = await client.getManifest(repository, reference);
    expect(pulled.status).toBe(200);
    expect(pulled.headers["content-type"]).toBe(manifest.mediaType);
    expect(pulled.body.equals(manifest.bytes)).toBe(true);
  }
}

/** A repository that has an image's blobs, but not yet its manifest. */
async function pushedBlobs(target: Target): Promise<{ repository: string; image: Image }> {
  const repository = newRepository(target);
  const image = randomImage(target.random, [100, 200]);
  for (const { bytes } of [image.config, ...image.layers]) {
    await target.client.pushBlob(repository, bytes);
  }
  await target.client.pushBlob(repository, Buffer.from("{}"));
  return { repository, image };
}

function imageManifest(config: Content, layers: readonly Descriptor[]): Content {
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptor(config),
    layers,
  };
  return json(OCI_MANIFEST, manifest);
}

function indexOf(manifests: readonly Descriptor[]): Content {
  return json(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests });
}
