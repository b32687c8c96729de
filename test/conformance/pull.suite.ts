import { describe, expect } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import {
  buildIndex,
  type Content,
  content,
  DOCKER_MANIFEST,
  digestOf,
  type Image,
  json,
  OCI_MANIFEST,
} from "../harness/images.ts";
import { blobPath, manifestPath } from "../harness/registry-client.ts";
import { expectEmpty, expectRefusal } from "./expectations.ts";
import { newRepository, type Suite, type Target } from "./target.ts";

export function describePull(suite: Suite): void {
  describe("pull", () => {
    describeManifestPull(suite);
    describeUnknownManifests(suite);
    describeBlobPull(suite);
    describeRanges(suite);
    describeConditions(suite);
  });
}

function describeManifestPull({ check, target }: Suite): void {
  check("L1: a manifest comes back by tag with its bytes, type, length and digest", async () => {
    const { repository, image } = await pushedImage(target());
    const answer = await target().client.getManifest(repository, "1");
    expect(answer.status).toBe(200);
    expect(answer.body.equals(image.manifest.bytes)).toBe(true);
    expect(answer.headers).toMatchObject(manifestHeaders(image.manifest));
  });

  check(
    "L1: a manifest type carries no parameters back, even when it was pushed with some",
    async () => {
      const { client } = target();
      const { repository, image } = await pushedImage(target());
      await client.send("PUT", manifestPath(repository, "2"), {
        headers: { "content-type": `${OCI_MANIFEST}; charset=utf-8` },
        body: image.manifest.bytes,
      });
      const answer = await client.getManifest(repository, "2");
      expect(answer.headers["content-type"]).toBe(OCI_MANIFEST);
    },
  );

  check("L1: an index and a Docker manifest come back as what they were pushed as", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const index = buildIndex([randomImage(random), randomImage(random)]);
    await client.push(repository, "index", index);
    const listed = await client.getManifest(repository, "index");
    expect(listed.headers).toMatchObject(manifestHeaders(index.manifest));

    const docker = dockerImage(randomImage(random));
    await client.push(repository, "docker", docker);
    const pulled = await client.getManifest(repository, "docker");
    expect(pulled.headers).toMatchObject(manifestHeaders(docker.manifest));
    expect(pulled.body.equals(docker.manifest.bytes)).toBe(true);
  });

  check("L2: a manifest comes back by its sha256 digest", async () => {
    const { repository, image } = await pushedImage(target());
    const answer = await target().client.getManifest(repository, image.manifest.digest);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(image.manifest.bytes)).toBe(true);
    expect(answer.headers).toMatchObject(manifestHeaders(image.manifest));
  });

  check("L2: a manifest comes back by its sha512 digest, which the answer names", async () => {
    const { client } = target();
    const { repository, image } = await pushedImage(target());
    const sha512 = content(OCI_MANIFEST, image.manifest.bytes, "sha512");
    await client.pushManifest(repository, sha512.digest, sha512);
    const answer = await client.getManifest(repository, sha512.digest);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject(manifestHeaders(sha512));
  });

  check("L5: HEAD of a manifest answers as GET does, without the body", async () => {
    const { client } = target();
    const { repository, image } = await pushedImage(target());
    for (const reference of ["1", image.manifest.digest]) {
      const answer = await client.headManifest(repository, reference);
      expectEmpty(answer, 200);
      expect(answer.headers).toMatchObject(manifestHeaders(image.manifest));
    }
  });
}

function describeUnknownManifests({ check, target }: Suite): void {
  check("L3: an unknown tag, digest or repository answers 404", async () => {
    const { client, random } = target();
    const { repository } = await pushedImage(target());
    const digest = digestOf(random.bytes(10));
    const code = ["MANIFEST_UNKNOWN", "NAME_UNKNOWN"];
    for (const path of [
      manifestPath(repository, "missing"),
      manifestPath(repository, digest),
      manifestPath(newRepository(target()), "1"),
      manifestPath(newRepository(target()), digest),
    ]) {
      expectRefusal(await client.get(path), { status: 404, code });
      expectEmpty(await client.head(path), 404);
    }
  });

  check("L3: a manifest of another repository is unknown in this one", async () => {
    const { client } = target();
    const { image } = await pushedImage(target());
    const { repository } = await pushedImage(target());
    const answer = await client.getManifest(repository, image.manifest.digest);
    expectRefusal(answer, { status: 404, code: "MANIFEST_UNKNOWN" });
  });

  check("L4: a malformed digest answers 400 or 404", async () => {
    const { client } = target();
    const { repository } = await pushedImage(target());
    for (const digest of ["sha256:baddigeststring", "sha256:", "sha256", "md5:abc", "sha256:A"]) {
      for (const path of [manifestPath(repository, digest), blobPath(repository, digest)]) {
        expect([400, 404], path).toContain((await client.get(path)).status);
        expect([400, 404], path).toContain((await client.head(path)).status);
      }
    }
  });
}

function describeBlobPull({ check, target }: Suite): void {
  check("L6: a blob comes back with its bytes, length, digest and type", async () => {
    const { repository, blob, digest } = await pushedBlob(target(), 2048);
    const answer = await target().client.getBlob(repository, digest);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(blob)).toBe(true);
    expect(answer.headers).toMatchObject({
      "content-length": "2048",
      "content-type": "application/octet-stream",
      "docker-content-digest": digest,
    });
  });

  check("L6: a blob is not compressed on the way, whatever the client would accept", async () => {
    const { client } = target();
    const repository = newRepository(target());
    const blob = Buffer.alloc(8192, "compressible");
    const digest = await client.pushBlob(repository, blob);
    const answer = await client.getBlob(repository, digest, {
      "accept-encoding": "gzip, deflate, br, zstd",
    });
    expect(answer.headers["content-encoding"]).toBeUndefined();
    expect(answer.body.equals(blob)).toBe(true);
  });

  check("L7: HEAD of a blob answers its length, or 404, and never a body", async () => {
    const { client } = target();
    const { repository, digest } = await pushedBlob(target(), 2048);
    const answer = await client.headBlob(repository, digest);
    expectEmpty(answer, 200);
    expect(answer.headers).toMatchObject({
      "content-length": "2048",
      "docker-content-digest": digest,
    });
    expectEmpty(await client.headBlob(repository, digestOf(Buffer.from("missing"))), 404);
    expectEmpty(await client.headBlob(newRepository(target()), digest), 404);
  });

  check("L8: a blob of another repository is unknown in this one", async () => {
    const { client } = target();
    const { digest } = await pushedBlob(target(), 100);
    const { repository } = await pushedBlob(target(), 100);
    expectRefusal(await client.getBlob(repository, digest), { status: 404, code: "BLOB_UNKNOWN" });
    expectEmpty(await client.headBlob(repository, digest), 404);
  });

  for (const [title, text] of [
    ["an empty blob", ""],
    ["the blob {}", "{}"],
  ] as const) {
    check(`L12: ${title} can be pushed, read and deleted`, async () => {
      const { client } = target();
      const repository = newRepository(target());
      const bytes = Buffer.from(text);
      const digest = await client.pushBlob(repository, bytes);
      const length = String(bytes.length);
      const head = await client.headBlob(repository, digest);
      expectEmpty(head, 200);
      expect(head.headers["content-length"]).toBe(length);
      const got = await client.getBlob(repository, digest);
      expect(got.status).toBe(200);
      expect(got.headers["content-length"]).toBe(length);
      expect(got.body.equals(bytes)).toBe(true);
      expect((await client.delete(blobPath(repository, digest))).status).toBe(202);
      expectEmpty(await client.headBlob(repository, digest), 404);
    });
  }

  check(
    "L15: a blob answer or the address it redirects to needs no credentials and has ranges",
    async () => {
      const { client } = target();
      const { repository, blob, digest } = await pushedBlob(target(), 2048);
      const answer = await client.getBlob(repository, digest, { range: "bytes=10-19" });
      if (answer.status === 206) {
        expect(answer.body.equals(blob.subarray(10, 20))).toBe(true);
        return;
      }
      expect([302, 307]).toContain(answer.status);
      const stored = await fetch(String(answer.headers.location), {
        headers: { range: "bytes=10-19" },
      });
      expect(Buffer.from(await stored.arrayBuffer()).equals(blob.subarray(10, 20))).toBe(true);
    },
  );
}

function describeRanges({ check, target }: Suite): void {
  const slices: readonly (readonly [string, number, number])[] = [
    ["bytes=500-1499", 500, 1499],
    ["bytes=500-", 500, 2047],
    ["bytes=-500", 1548, 2047],
    ["bytes=2000-5000", 2000, 2047],
    ["bytes=0-0", 0, 0],
    ["bytes=2047-2047", 2047, 2047],
    ["bytes=-5000", 0, 2047],
  ];
  for (const [range, start, end] of slices) {
    check(`L9: ${range} of 2048 bytes answers exactly that part`, async () => {
      const { repository, blob, digest } = await pushedBlob(target(), 2048);
      const answer = await target().client.getBlob(repository, digest, { range });
      expect(answer.status).toBe(206);
      expect(answer.headers).toMatchObject({
        "content-length": String(end - start + 1),
        "content-range": `bytes ${start}-${end}/2048`,
      });
      expect(answer.body.equals(blob.subarray(start, end + 1))).toBe(true);
    });
  }

  for (const range of ["bytes=500-0", "bytes=5000-10000", "bytes=2048-", "bytes=-0"]) {
    check(`L10: ${range} of 2048 bytes answers 416`, async () => {
      const { client } = target();
      const { repository, digest } = await pushedBlob(target(), 2048);
      const answer = await client.getBlob(repository, digest, { range });
      expectRefusal(answer, { status: 416 });
      expect(answer.headers["content-range"]).toBe("bytes */2048");
    });
  }

  check("L11: several ranges, other units and nonsense answer the whole blob", async () => {
    const { client } = target();
    const { repository, blob, digest } = await pushedBlob(target(), 2048);
    for (const range of ["bytes=0-1,5-6", "items=0-1", "bytes=a-b", "bytes"]) {
      const answer = await client.getBlob(repository, digest, { range });
      expect(answer.status, range).toBe(200);
      expect(answer.body.equals(blob)).toBe(true);
    }
  });

  check("L11: a range of an empty blob is answered with 416 or with nothing", async () => {
    const { client } = target();
    const repository = newRepository(target());
    const digest = await client.pushBlob(repository, Buffer.alloc(0));
    const answer = await client.getBlob(repository, digest, { range: "bytes=0-" });
    expect([200, 416]).toContain(answer.status);
    if (answer.status === 200) expect(answer.body).toHaveLength(0);
  });

  check("L11: HEAD with a range has no body and tells the truth about the length", async () => {
    const { client } = target();
    const { repository, digest } = await pushedBlob(target(), 2048);
    const answer = await client.head(blobPath(repository, digest), { range: "bytes=0-9" });
    expect(answer.body).toHaveLength(0);
    expect([
      [200, "2048"],
      [206, "10"],
    ]).toContainEqual([answer.status, answer.headers["content-length"]]);
  });

  check("L11: If-Range decides between the part and the whole", async () => {
    const { client } = target();
    const { repository, blob, digest } = await pushedBlob(target(), 2048);
    const range = "bytes=0-9";
    const same = await client.getBlob(repository, digest, { range, "if-range": `"${digest}"` });
    expect(same.status).toBe(206);
    const other = await client.getBlob(repository, digest, { range, "if-range": '"other"' });
    expect(other.status).toBe(200);
    expect(other.body.equals(blob)).toBe(true);
  });
}

function describeConditions({ check, target }: Suite): void {
  check("L13: manifests and blobs carry their digest as ETag", async () => {
    const { client } = target();
    const { repository, image } = await pushedImage(target());
    const manifest = await client.getManifest(repository, "1");
    expect(manifest.headers.etag).toBe(`"${image.manifest.digest}"`);
    const blob = await client.getBlob(repository, image.config.digest);
    expect(blob.headers.etag).toBe(`"${image.config.digest}"`);
  });

  check("L13: If-None-Match answers 304 without a body, in every way it is written", async () => {
    const { client } = target();
    const { repository, image } = await pushedImage(target());
    for (const [path, digest] of [
      [manifestPath(repository, "1"), image.manifest.digest],
      [blobPath(repository, image.config.digest), image.config.digest],
    ] as const) {
      for (const tag of [`"${digest}"`, digest, `W/"${digest}"`, `"other", "${digest}"`, "*"]) {
        const answer = await client.get(path, { accept: OCI_MANIFEST, "if-none-match": tag });
        expectEmpty(answer, 304);
        expect(answer.headers.etag).toBe(`"${digest}"`);
      }
      const other = await client.get(path, { accept: OCI_MANIFEST, "if-none-match": '"other"' });
      expect(other.status).toBe(200);
    }
  });

  check("L14: a manifest whose mediaType is not its Content-Type is refused", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const image = randomImage(random);
    await client.push(repository, "1", image);
    const disguised = { ...image.manifest, mediaType: DOCKER_MANIFEST };
    const answer = await client.putManifest(repository, "2", disguised);
    expectRefusal(answer, { status: 400, code: "MANIFEST_INVALID" });
    expectRefusal(await client.getManifest(repository, "2"), { status: 404 });
  });

  check("L14: a manifest that is an image and an index at once is refused", async () => {
    const { client, random } = target();
    const { repository, image } = await pushedImage(target());
    const parsed = JSON.parse(image.manifest.bytes.toString());
    const both = json(OCI_MANIFEST, { ...parsed, manifests: [] });
    const answer = await client.putManifest(repository, random.word(), both);
    expectRefusal(answer, { status: 400, code: "MANIFEST_INVALID" });
  });
}

function manifestHeaders({ mediaType, bytes, digest }: Content) {
  return {
    "content-type": mediaType,
    "content-length": String(bytes.length),
    "docker-content-digest": digest,
  };
}

async function pushedImage(target: Target): Promise<{ repository: string; image: Image }> {
  const repository = newRepository(target);
  const image = randomImage(target.random, [200]);
  await target.client.push(repository, "1", image);
  return { repository, image };
}

async function pushedBlob(target: Target, size: number) {
  const repository = newRepository(target);
  const blob = target.random.bytes(size);
  const digest = await target.client.pushBlob(repository, blob);
  return { repository, blob, digest };
}

/** The same image in the media types that docker push uses. */
function dockerImage(image: Image): Image {
  const text = image.manifest.bytes
    .toString()
    .replaceAll(OCI_MANIFEST, DOCKER_MANIFEST)
    .replaceAll("oci.image.config.v1", "docker.container.image.v1")
    .replaceAll("oci.image.layer.v1.tar+gzip", "docker.image.rootfs.diff.tar.gzip");
  return { ...image, manifest: content(DOCKER_MANIFEST, Buffer.from(text)) };
}
