import { describe, expect } from "vitest";
import type { Content } from "../harness/images.ts";
import {
  type Answer,
  blobPath,
  locationOf,
  manifestPath,
  type RegistryClient,
} from "../harness/registry-client.ts";
import { DataSet, type ReferrerEntry } from "./data-set.ts";
import { DATA_SETS, SPARSE_SETS, TAG_PARAMETER_SETS } from "./data-sets.ts";
import { expectEmpty } from "./expectations.ts";
import type { Check, Target } from "./target.ts";

export type UpstreamSuite = {
  readonly check: Check;
  readonly target: () => Target;
  /** As OCI_DATA_SPARSE: whether manifests may name what is not there. */
  readonly isSparse: boolean;
};

/** One repository with the data of one test in it; all tests of a run use the same two repositories, as upstream does. */
type Stage = {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly set: DataSet;
};

/** The life of every kind of data, as the specification's own suite runs it: push, list, head, pull, refer, delete. */
export function describeUpstreamData({ check, target, isSparse }: UpstreamSuite): void {
  describe("upstream: data", () => {
    for (const [kind, build] of Object.entries(DATA_SETS)) {
      check(`upstream: ${kind}, from its push to its deletion`, () =>
        expectLife(stageOf(target(), build), new Map()),
      );
    }
    for (const [kind, build] of Object.entries(TAG_PARAMETER_SETS)) {
      check(`upstream: ${kind}, from its push to its deletion`, () => {
        const stage = stageOf(target(), build);
        return expectLife(stage, stage.set.tags);
      });
    }
    for (const [kind, build] of Object.entries(isSparse ? SPARSE_SETS : {})) {
      check(`upstream: ${kind}, from its push to its deletion`, () =>
        expectLife(stageOf(target(), build), new Map()),
      );
    }

    check("upstream: a manifest with white space added no longer has its digest", async () => {
      const { client, repository, set } = stageOf(target(), (each) => each.addImage());
      await pushBlobs({ client, repository, set });
      for (const manifest of set.manifests) {
        const bytes = Buffer.concat([manifest.bytes, Buffer.from("  ")]);
        const answer = await client.putManifest(repository, manifest.digest, {
          ...manifest,
          bytes,
        });
        expect(answer.status).toBe(400);
      }
      await expectBlobsDeletable({ client, repository, set });
    });
  });
}

function stageOf(target: Target, build: (set: DataSet, random: Target["random"]) => void): Stage {
  const { client, random } = target;
  const set = new DataSet(random);
  build(set, random);
  return { client, repository: `conformance/upstream-${random.seed}`, set };
}

async function expectLife(stage: Stage, tagParameters: ReadonlyMap<string, string>): Promise<void> {
  await pushBlobs(stage);
  await pushManifests(stage, tagParameters);
  await expectListed(stage);
  await expectReadable(stage);
  await expectReferrers(stage);
  await expectDeletable(stage);
  await expectBlobsDeletable(stage);
}

async function pushBlobs({ client, repository, set }: Stage): Promise<void> {
  for (const { bytes, digest } of set.blobs.values()) {
    await client.pushBlob(repository, bytes, digest);
  }
}

async function pushManifests(
  { client, repository, set }: Stage,
  tagParameters: ReadonlyMap<string, string>,
): Promise<void> {
  for (const manifest of set.manifests) {
    const tags = [...tagParameters].filter(([, digest]) => digest === manifest.digest);
    const query = new URLSearchParams(tags.map(([tag]): [string, string] => ["tag", tag]));
    const reference = `${manifest.digest}${tags.length > 0 ? `?${query}` : ""}`;
    const answer = await client.pushManifest(repository, reference, manifest);
    await expectPushed(client, manifest, answer);
    const set = answer.headers["oci-tag"]?.split(/,\s*/) ?? [];
    expect(set.sort()).toEqual(tags.map(([tag]) => tag).sort());
  }
  for (const [tag, digest] of set.tags) {
    if (tagParameters.has(tag)) continue;
    const manifest = manifestOf(set, digest);
    const answer = await client.pushManifest(repository, tag, manifest);
    await expectPushed(client, manifest, answer);
  }
}

async function expectPushed(
  client: RegistryClient,
  manifest: Content,
  answer: Answer,
): Promise<void> {
  expect(answer.headers["docker-content-digest"]).toBe(manifest.digest);
  const { subject } = JSON.parse(manifest.bytes.toString());
  expect(answer.headers["oci-subject"]).toBe(subject?.digest);
  expectManifest(await client.get(locationOf(answer), { accept: manifest.mediaType }), manifest);
}

async function expectListed({ client, repository, set }: Stage): Promise<void> {
  const all = await tagsOf(client, `/v2/${repository}/tags/list`);
  expect(all).toEqual(expect.arrayContaining([...set.tags.keys()]));
  const sorted = [...all].sort();
  const middle = Math.floor(sorted.length / 2);
  const last = sorted[middle - 1];
  if (last === undefined) return;
  const rest = await tagsOf(client, `/v2/${repository}/tags/list?last=${last}`);
  expect(rest).toEqual(sorted.slice(middle));
}

async function tagsOf(client: RegistryClient, path: string): Promise<readonly string[]> {
  const answer = await client.get(path);
  // A repository in which nothing was tagged yet may be unknown.
  if (answer.status === 404) return [];
  expect(answer.status).toBe(200);
  return JSON.parse(answer.body.toString()).tags;
}

async function expectReadable({ client, repository, set }: Stage): Promise<void> {
  const byTag = [...set.tags].map(([tag, digest]) => [tag, manifestOf(set, digest)] as const);
  const byDigest = set.manifests.map((manifest) => [manifest.digest, manifest] as const);
  for (const [reference, manifest] of [...byTag, ...byDigest]) {
    const head = await client.headManifest(repository, reference);
    expectEmpty(head, 200);
    expect(head.headers).toMatchObject(headersOf(manifest));
    expectManifest(await client.getManifest(repository, reference), manifest);
  }
  for (const { digest, bytes } of set.blobs.values()) {
    const headers = { "content-length": String(bytes.length), "docker-content-digest": digest };
    const head = await client.headBlob(repository, digest);
    expectEmpty(head, 200);
    expect(head.headers).toMatchObject(headers);
    const blob = await client.getBlob(repository, digest);
    expect(blob.status).toBe(200);
    expect(blob.headers).toMatchObject(headers);
    expect(blob.body.equals(bytes)).toBe(true);
  }
}

async function expectReferrers({ client, repository, set }: Stage): Promise<void> {
  for (const [subject, entries] of set.referrers) {
    const path = `/v2/${repository}/referrers/${subject}`;
    expect(await referrersAt(client, path)).toEqual(byDigest(entries));
    for (const type of new Set(entries.map(({ artifactType }) => artifactType))) {
      if (type === undefined) continue;
      const query = new URLSearchParams({ artifactType: type });
      const answer = await client.get(`${path}?${query}`);
      expect(answer.headers["oci-filters-applied"]).toBe("artifactType");
      expect(byDigest(JSON.parse(answer.body.toString()).manifests)).toEqual(
        byDigest(entries.filter(({ artifactType }) => artifactType === type)),
      );
    }
  }
}

async function referrersAt(client: RegistryClient, path: string) {
  const answer = await client.get(path);
  expect(answer.status).toBe(200);
  const index = JSON.parse(answer.body.toString());
  expect(index.schemaVersion).toBe(2);
  expect(answer.headers["content-type"]).toBe(index.mediaType);
  return byDigest(index.manifests);
}

/** Tags go first, then parents before their children: each is gone at once. */
async function expectDeletable({ client, repository, set }: Stage): Promise<void> {
  const digests = set.manifests.map(({ digest }) => digest).reverse();
  for (const reference of [...set.tags.keys(), ...digests]) {
    const path = manifestPath(repository, reference);
    expect((await client.delete(path)).status, path).toBe(202);
    expectEmpty(await client.headManifest(repository, reference), 404);
  }
}

async function expectBlobsDeletable({ client, repository, set }: Stage): Promise<void> {
  for (const digest of set.blobs.keys()) {
    expect((await client.delete(blobPath(repository, digest))).status, digest).toBe(202);
    expectEmpty(await client.headBlob(repository, digest), 404);
  }
}

function manifestOf(set: DataSet, digest: string): Content {
  const manifest = set.manifests.find((each) => each.digest === digest);
  if (manifest === undefined) throw new Error(`no manifest of the data set has digest ${digest}`);
  return manifest;
}

function expectManifest(answer: Answer, manifest: Content): void {
  expect(answer.status, answer.body.toString()).toBe(200);
  expect(answer.headers).toMatchObject(headersOf(manifest));
  expect(answer.body.equals(manifest.bytes)).toBe(true);
}

function headersOf({ mediaType, bytes, digest }: Content) {
  return {
    "content-type": mediaType,
    "content-length": String(bytes.length),
    "docker-content-digest": digest,
  };
}

function byDigest(entries: readonly ReferrerEntry[]): readonly ReferrerEntry[] {
  return [...entries].sort((one, other) => (one.digest < other.digest ? -1 : 1));
}
