import { expect } from "vitest";
import { buildArtifact, randomImage } from "../harness/artifacts.ts";
import {
  type Content,
  type Descriptor,
  descriptor,
  digestOf,
  type Image,
  json,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../harness/images.ts";
import { manifestPath, withQuery } from "../harness/registry-client.ts";
import { allPages, parsed } from "./answer-pages.ts";
import { expectRefusal } from "./expectations.ts";
import { newRepository, type Suite, type Target } from "./target.ts";

const TYPE_1 = "application/vnd.example.conformance.v1+json";
const TYPE_2 = "application/vnd.example.conformance.v2";

/** What belongs to an image: the list of it, its filters and pages, and the tags of before there was one. */
export function describeReferrerLists(suite: Suite): void {
  describeReferrers(suite);
  describeReferrerFilters(suite);
  describeFallbackTags(suite);
}

function describeReferrers({ check, target }: Suite): void {
  check("D7: the referrers of anything are an index, however unknown it is", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const image = randomImage(random);
    const path = `/v2/${repository}/referrers`;
    await expectReferrers(target(), `${path}/${image.manifest.digest}`, []);
    await client.push(repository, "1", image);
    await expectReferrers(target(), `${path}/${image.manifest.digest}`, []);
    await expectReferrers(target(), `${path}/${digestOf(random.bytes(10))}`, []);
    await expectReferrers(target(), `${path}/${digestOf(random.bytes(10), "sha512")}`, []);
  });

  check("D8: a malformed digest answers 400", async () => {
    const { client } = target();
    for (const digest of ["sha256:baddigeststring", "sha256", "latest", "md5:0123"]) {
      const answer = await client.get(`/v2/${newRepository(target())}/referrers/${digest}`);
      expectRefusal(answer, { status: 400 });
    }
  });

  check("D9: an entry has type, size, digest, artifact type and annotations", async () => {
    const { client } = target();
    const { repository, path, subject } = await pushedSubject(target());
    const artifact = await pushArtifact(target(), repository, { type: TYPE_1, subject });
    const plain = await pushImageWithSubject(target(), repository, subject);
    const index = json(OCI_INDEX, {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [],
      subject,
      annotations: { "org.example.kind": "index" },
    });
    await client.pushManifest(repository, index.digest, index);
    await expectReferrers(target(), path, [
      { ...artifact, artifactType: TYPE_1 },
      { ...plain, artifactType: "application/vnd.oci.image.config.v1+json" },
      { ...descriptor(index), annotations: { "org.example.kind": "index" } },
    ]);
  });

  check("D9: an index with an artifactType of its own is listed with it", async () => {
    const { client } = target();
    const { repository, path, subject } = await pushedSubject(target());
    const index = json(OCI_INDEX, {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      artifactType: TYPE_2,
      manifests: [],
      subject,
    });
    await client.pushManifest(repository, "attached", index);
    await expectReferrers(target(), path, [{ ...descriptor(index), artifactType: TYPE_2 }]);
  });

  check("D9: a referrer that came before its subject is listed too", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const image = randomImage(random);
    const subject = descriptor(image.manifest);
    const artifact = await pushArtifact(target(), repository, { type: TYPE_1, subject });
    const path = `/v2/${repository}/referrers/${subject.digest}`;
    await expectReferrers(target(), path, [{ ...artifact, artifactType: TYPE_1 }]);
    await client.push(repository, "1", image);
    await expectReferrers(target(), path, [{ ...artifact, artifactType: TYPE_1 }]);
  });

  check("D9: a referrer in another repository is not listed here", async () => {
    const { repository, path, subject } = await pushedSubject(target());
    await pushArtifact(target(), newRepository(target()), { type: TYPE_1, subject });
    await expectReferrers(target(), path, []);
    expect(repository).toBeDefined();
  });
}

function describeReferrerFilters({ check, target }: Suite): void {
  check("D10: artifactType lists only that type and says so", async () => {
    const { client } = target();
    const { repository, path, subject } = await pushedSubject(target());
    const first = await pushArtifact(target(), repository, { type: TYPE_1, subject });
    const second = await pushArtifact(target(), repository, { type: TYPE_2, subject });
    for (const [type, entry] of [
      [TYPE_1, first],
      [TYPE_2, second],
    ] as const) {
      const filtered = withQuery(path, { artifactType: type });
      await expectReferrers(target(), filtered, [{ ...entry, artifactType: type }]);
      const answer = await client.get(filtered);
      expect(answer.headers["oci-filters-applied"]).toBe("artifactType");
    }
    await expectReferrers(target(), withQuery(path, { artifactType: "application/none" }), []);
    expect((await client.get(path)).headers["oci-filters-applied"]).toBeUndefined();
  });

  check("D10: the config's type is what an image without artifactType is found by", async () => {
    const { repository, path, subject } = await pushedSubject(target());
    const entry = await pushImageWithSubject(target(), repository, subject);
    const artifactType = "application/vnd.oci.image.config.v1+json";
    const filtered = withQuery(path, { artifactType });
    await expectReferrers(target(), filtered, [{ ...entry, artifactType }]);
  });

  check("D11: more referrers than one answer holds come in pages", async () => {
    const { client } = target();
    const { repository, path, subject } = await pushedSubject(target());
    await client.pushBlob(repository, Buffer.from("{}"));
    // Annotations are copied into the list: six of these are more than the 4 MiB clients read.
    const annotations = { large: "A".repeat(900_000) };
    const digests: string[] = [];
    for (let number = 0; number < 6; number += 1) {
      const artifact = buildArtifact({
        artifactType: TYPE_1,
        subject,
        annotations: { ...annotations, number: String(number) },
      });
      await client.pushManifest(repository, artifact.manifest.digest, artifact.manifest);
      digests.push(artifact.manifest.digest);
    }
    const pages = await allPages(target(), path);
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(page.body.length).toBeLessThanOrEqual(4 * 1024 * 1024);
    const listed = pages.flatMap((page) => (parsed(page) as ReferrersIndex).manifests);
    expect(listed.map(({ digest }) => digest).sort()).toEqual(digests.sort());
  });
}

function describeFallbackTags({ check, target }: Suite): void {
  check("D12: what an older client kept under a fallback tag is listed", async () => {
    const { client } = target();
    const { repository, path, subject } = await pushedSubject(target());
    const old = await pushArtifact(target(), repository, { type: TYPE_1, subject });
    // A client of a registry without the referrers API keeps the list itself, in an index under this tag.
    const fallback = json(OCI_INDEX, {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ ...old, artifactType: TYPE_1 }],
    });
    await client.pushManifest(repository, subject.digest.replace(":", "-"), fallback);
    const recent = await pushArtifact(target(), repository, { type: TYPE_2, subject });
    await expectReferrers(target(), path, [
      { ...old, artifactType: TYPE_1 },
      { ...recent, artifactType: TYPE_2 },
    ]);
  });

  check("D12: a fallback tag alone is enough, for manifests that name no subject", async () => {
    const { client, random } = target();
    const { repository, path, subject } = await pushedSubject(target());
    const attached = randomImage(random);
    await client.push(repository, attached.manifest.digest, attached);
    const entry = { ...descriptor(attached.manifest), artifactType: TYPE_1 };
    const fallback = json(OCI_INDEX, {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [entry],
    });
    await client.pushManifest(repository, subject.digest.replace(":", "-"), fallback);
    await expectReferrers(target(), path, [entry]);
  });

  check("D12: a deleted referrer leaves the list at once", async () => {
    const { client } = target();
    const { repository, path, subject } = await pushedSubject(target());
    const gone = await pushArtifact(target(), repository, { type: TYPE_1, subject });
    const kept = await pushArtifact(target(), repository, { type: TYPE_2, subject });
    expect((await client.delete(manifestPath(repository, gone.digest))).status).toBe(202);
    await expectReferrers(target(), path, [{ ...kept, artifactType: TYPE_2 }]);
  });

  check(
    "D12: a deleted referrer leaves the list, though a fallback tag still names it",
    async () => {
      const { client } = target();
      const { repository, path, subject } = await pushedSubject(target());
      const gone = await pushArtifact(target(), repository, { type: TYPE_1, subject });
      const fallback = json(OCI_INDEX, {
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [{ ...gone, artifactType: TYPE_1 }],
      });
      await client.pushManifest(repository, subject.digest.replace(":", "-"), fallback);
      expect((await client.delete(manifestPath(repository, gone.digest))).status).toBe(202);
      await expectReferrers(target(), path, []);
    },
  );

  check("D12: the referrers of a deleted subject can still be asked for", async () => {
    const { client } = target();
    const { repository, path, subject } = await pushedSubject(target());
    const entry = await pushArtifact(target(), repository, { type: TYPE_1, subject });
    expect((await client.delete(manifestPath(repository, subject.digest))).status).toBe(202);
    await expectReferrers(target(), path, [{ ...entry, artifactType: TYPE_1 }]);
  });
}

type ReferrerEntry = Descriptor & {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

type ReferrersIndex = { readonly manifests: readonly ReferrerEntry[] };

async function expectReferrers(
  target: Target,
  path: string,
  entries: readonly ReferrerEntry[],
): Promise<void> {
  const answer = await target.client.get(path);
  expect(answer.status, answer.body.toString()).toBe(200);
  expect(answer.headers["content-type"]).toBe(OCI_INDEX);
  const index = parsed(answer) as ReferrersIndex;
  expect(index).toMatchObject({ schemaVersion: 2, mediaType: OCI_INDEX });
  const byDigest = (one: ReferrerEntry, other: ReferrerEntry) =>
    one.digest < other.digest ? -1 : 1;
  expect([...index.manifests].sort(byDigest)).toEqual([...entries].sort(byDigest));
}

async function pushedSubject(target: Target) {
  const { client, random } = target;
  const repository = newRepository(target);
  const image = randomImage(random, [100]);
  await client.push(repository, "1", image);
  const subject = descriptor(image.manifest);
  return { repository, subject, path: `/v2/${repository}/referrers/${subject.digest}` };
}

/** Attaches an artifact to a subject; gives what the referrers list has to say about it. */
async function pushArtifact(
  { client, random }: Target,
  repository: string,
  { type, subject }: { type: string; subject: Descriptor },
): Promise<ReferrerEntry> {
  const annotations = { "org.example.unique": random.word(), "org.example.kind": "test" };
  const artifact = buildArtifact({ artifactType: type, subject, annotations });
  await client.push(repository, artifact.manifest.digest, artifact);
  return { ...descriptor(artifact.manifest), annotations };
}

async function pushImageWithSubject(
  { client, random }: Target,
  repository: string,
  subject: Descriptor,
): Promise<ReferrerEntry> {
  const image: Image = randomImage(random, [100]);
  const fields = JSON.parse(image.manifest.bytes.toString());
  const manifest: Content = json(OCI_MANIFEST, { ...fields, subject });
  await client.push(repository, manifest.digest, { ...image, manifest });
  return descriptor(manifest);
}
