import { describe, expect } from "vitest";
import { type Algorithm, digestOf } from "../harness/images.ts";
import {
  type Answer,
  blobPath,
  locationOf,
  type RegistryClient,
  withQuery,
} from "../harness/registry-client.ts";
import { expectEmpty } from "./expectations.ts";
import type { Suite, Target } from "./target.ts";

type BlobStage = {
  readonly client: RegistryClient;
  readonly repository: string;
  /** Where mounts come from. */
  readonly other: string;
  readonly bytes: Buffer;
  readonly digest: string;
};

type Push = (stage: BlobStage) => Promise<Answer>;

const CHUNK = 1024;
const THREE_CHUNKS = 3 * CHUNK - 5;
const OCTETS = { "content-type": "application/octet-stream" };

/** Every way of the specification's own suite to push a blob: each has to store it, and refuse it under a wrong digest. */
const PUSHES: Readonly<Record<string, Push>> = {
  "one POST": pushByPost,
  "POST and PUT": pushByPut,
  "one chunk": (stage) => pushInChunks(stage, [stage.bytes.length]),
  "three chunks": (stage) => pushInChunks(stage, [CHUNK, CHUNK, CHUNK - 5]),
  "three chunks, the last with PUT": pushLastChunkWithPut,
  "three chunks after others out of order": pushOutOfOrder,
  "chunks out of order, the last with PUT": pushLastOutOfOrder,
  "a stream": pushStream,
};

export function describeUpstreamBlobs(suite: Suite): void {
  for (const algorithm of ["sha256", "sha512"] as const) {
    describe(`upstream: ${algorithm} blobs`, () => {
      for (const [way, push] of Object.entries(PUSHES))
        describePush(suite, { algorithm, way, push });
      describeMounts(suite, algorithm);
    });
  }
}

function describePush(
  { check, target }: Suite,
  { algorithm, way, push }: { algorithm: Algorithm; way: string; push: Push },
): void {
  check(`upstream: a ${algorithm} blob is pushed with ${way}, read and deleted`, async () => {
    const stage = stageOf(target(), algorithm);
    expectCreated(await push(stage), stage);
    await expectReadableAndDeletable(stage, stage.repository);
  });

  check(`upstream: a ${algorithm} blob pushed with ${way} has to have its digest`, async () => {
    const stage = stageOf(target(), algorithm);
    const corrupt = { ...stage, digest: digestOf(target().random.bytes(10), algorithm) };
    const answer = await push(corrupt);
    expect(answer.status).toBe(400);
    expectEmpty(await stage.client.headBlob(stage.repository, corrupt.digest), 404);
    expectEmpty(await stage.client.headBlob(stage.repository, stage.digest), 404);
  });
}

function describeMounts({ check, target }: Suite, algorithm: Algorithm): void {
  for (const isAnonymous of [false, true]) {
    const from = isAnonymous ? "nobody in particular" : "a repository";
    check(`upstream: a ${algorithm} blob is mounted from ${from}`, async () => {
      const stage = stageOf(target(), algorithm);
      const { client, other, bytes, digest } = stage;
      await client.pushBlob(other, bytes, digest);
      expectCreated(await mount(stage, isAnonymous ? undefined : other), stage);
      await expectReadableAndDeletable(stage, stage.repository);
      await expectReadableAndDeletable(stage, other);
    });
  }

  check(
    `upstream: a ${algorithm} blob that is missing is uploaded instead of mounted`,
    async () => {
      const stage = stageOf(target(), algorithm);
      const answer = await mount(stage, stage.other);
      expectEmpty(answer, 202);
      const put = await stage.client.finishUpload(locationOf(answer), stage.digest, {
        body: stage.bytes,
      });
      expectCreated(put, stage);
      await expectReadableAndDeletable(stage, stage.repository);
    },
  );

  check(`upstream: an upload of a ${algorithm} blob is cancelled`, async () => {
    const { client, repository } = stageOf(target(), algorithm);
    expectEmpty(await client.delete(await client.startUpload(repository)), 204);
  });
}

function stageOf({ client, random }: Target, algorithm: Algorithm): BlobStage {
  const bytes = random.bytes(THREE_CHUNKS);
  const digest = digestOf(bytes, algorithm);
  const repository = `conformance/upstream-${random.seed}`;
  return { client, repository, other: `${repository}-2`, bytes, digest };
}

async function pushByPost({ client, repository, bytes, digest }: BlobStage): Promise<Answer> {
  const path = withQuery(`/v2/${repository}/blobs/uploads/`, { digest });
  return client.send("POST", path, { headers: OCTETS, body: bytes });
}

async function pushByPut({ client, repository, bytes, digest }: BlobStage): Promise<Answer> {
  return client.finishUpload(await client.startUpload(repository), digest, { body: bytes });
}

async function pushInChunks(stage: BlobStage, sizes: readonly number[]): Promise<Answer> {
  const location = await sendChunks(stage, sizes);
  return stage.client.finishUpload(location, stage.digest);
}

async function pushLastChunkWithPut(stage: BlobStage): Promise<Answer> {
  const location = await sendChunks(stage, [CHUNK, CHUNK]);
  return putChunk(stage, location, 2 * CHUNK);
}

async function pushOutOfOrder(stage: BlobStage): Promise<Answer> {
  const { client, repository, bytes, digest } = stage;
  let location = await client.startUpload(repository);
  for (const [right, wrong] of [
    [0, CHUNK],
    [CHUNK, 2 * CHUNK],
    [2 * CHUNK, 0],
  ] as const) {
    const refused = await patchChunk(stage, location, wrong);
    expect(refused.status).toBe(416);
    location = await askProgress(client, location, right);
    const accepted = await patchChunk(stage, location, right);
    expectEmpty(accepted, 202);
    location = locationOf(accepted);
  }
  expect(bytes).toHaveLength(THREE_CHUNKS);
  return client.finishUpload(location, digest);
}

async function pushLastOutOfOrder(stage: BlobStage): Promise<Answer> {
  const { client, digest } = stage;
  let location = await sendChunks(stage, [CHUNK]);
  // The last chunk comes too early, in the PUT that closes; the session lives on at that address.
  const refused = await putChunk(stage, location, 2 * CHUNK);
  expect(refused.status).toBe(416);
  location = await askProgress(client, withQuery(location, { digest }), CHUNK);
  const accepted = await patchChunk(stage, location, CHUNK);
  expectEmpty(accepted, 202);
  return putChunk(stage, locationOf(accepted), 2 * CHUNK);
}

async function pushStream({ client, repository, bytes, digest }: BlobStage): Promise<Answer> {
  const patched = await client.send("PATCH", await client.startUpload(repository), {
    headers: OCTETS,
    body: [bytes.subarray(0, 1000), bytes.subarray(1000)],
  });
  expectEmpty(patched, 202);
  return client.finishUpload(locationOf(patched), digest);
}

async function mount(
  { client, repository, digest }: BlobStage,
  from: string | undefined,
): Promise<Answer> {
  const query = { mount: digest, ...(from && { from }) };
  return client.send("POST", withQuery(`/v2/${repository}/blobs/uploads/`, query));
}

async function sendChunks(stage: BlobStage, sizes: readonly number[]): Promise<string> {
  const { client, repository, bytes } = stage;
  let location = await client.startUpload(repository);
  let start = 0;
  for (const size of sizes) {
    const answer = await client.patch(location, bytes.subarray(start, start + size), {
      "content-range": `${start}-${start + size - 1}`,
    });
    expectEmpty(answer, 202);
    start += size;
    location = locationOf(answer);
  }
  return location;
}

async function patchChunk(stage: BlobStage, location: string, start: number): Promise<Answer> {
  const chunk = stage.bytes.subarray(start, start + CHUNK);
  return stage.client.patch(location, chunk, {
    "content-range": `${start}-${start + chunk.length - 1}`,
  });
}

async function putChunk(stage: BlobStage, location: string, start: number): Promise<Answer> {
  const chunk = stage.bytes.subarray(start, start + CHUNK);
  return stage.client.finishUpload(location, stage.digest, {
    headers: { "content-range": `${start}-${start + chunk.length - 1}` },
    body: chunk,
  });
}

async function askProgress(
  client: RegistryClient,
  location: string,
  received: number,
): Promise<string> {
  const answer = await client.get(location);
  expectEmpty(answer, 204);
  expect(answer.headers.range).toBe(`0-${Math.max(0, received - 1)}`);
  return locationOf(answer);
}

function expectCreated(answer: Answer, { digest }: BlobStage): void {
  expectEmpty(answer, 201);
  expect(answer.headers["docker-content-digest"]).toBe(digest);
  expect(answer.headers.location).toBeDefined();
}

async function expectReadableAndDeletable(stage: BlobStage, repository: string): Promise<void> {
  const { client, bytes, digest } = stage;
  const head = await client.headBlob(repository, digest);
  expectEmpty(head, 200);
  expect(head.headers["docker-content-digest"]).toBe(digest);
  const blob = await client.getBlob(repository, digest);
  expect(blob.status).toBe(200);
  expect(blob.headers["docker-content-digest"]).toBe(digest);
  expect(blob.body.equals(bytes)).toBe(true);
  expect((await client.delete(blobPath(repository, digest))).status).toBe(202);
  expectEmpty(await client.headBlob(repository, digest), 404);
}
