import { describe, expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { digestOf, type Image } from "../harness/images.ts";
import { chunked, RawConnection, requestHead } from "../harness/raw-http.ts";
import {
  type Answer,
  blobPath,
  manifestPath,
  type RegistryClient,
  withQuery,
} from "../harness/registry-client.ts";
import { expectEmpty, expectRefusal } from "./expectations.ts";
import { hubForThisFile } from "./hub-target.ts";
import { newRepository } from "./target.ts";
import { waitUntilReleased } from "./upload-progress.ts";

const ROUNDS = process.env.BERTH_TEST_SCALE === "soak" ? 1000 : 20;

describe("integrity and races", () => {
  const target = hubForThisFile();

  for (const coding of ["a Content-Length", "chunks"] as const) {
    test(`S48: an upload sent with ${coding} and cut at 99 % stores nothing`, async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const bytes = random.bytes(100_000);
      const digest = digestOf(bytes);
      const location = withQuery(await client.startUpload(repository), { digest });
      const isChunked = coding === "chunks";
      const body = isChunked ? chunked(bytes) : bytes;
      const length = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${bytes.length}`;
      {
        await using connection = await RawConnection.open(client.host);
        const head = requestHead(client.host, [`PUT ${location} HTTP/1.1`, length]);
        await connection.send(head, body.subarray(0, 99_000));
      }
      await waitUntilReleased(client, location);
      expectEmpty(await client.headBlob(repository, digest), 404);
      expectRefusal(await client.getBlob(repository, digest), { status: 404 });
    });
  }

  test("S49: one digest committed twice at once, right and wrong, is right", async () => {
    const { client, random } = target();
    for (let round = 0; round < ROUNDS; round += 1) {
      const repository = newRepository(target());
      const bytes = random.bytes(10_000);
      const wrong = Buffer.from(bytes);
      wrong[5000] = (wrong[5000] ?? 0) ^ 1;
      const digest = digestOf(bytes);
      const [good, bad] = await Promise.all(
        [bytes, wrong].map(async (body) =>
          client.finishUpload(await client.startUpload(repository), digest, { body }),
        ),
      );
      expect(good?.status).toBe(201);
      expect(bad?.status).toBe(400);
      const blob = await client.getBlob(repository, digest);
      expect(blob.body.equals(bytes)).toBe(true);
    }
  });

  test("S50: a push that races with the deletion of its layer is refused or whole", async () => {
    const { client, random } = target();
    const outcomes = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const repository = newRepository(target());
      const image = randomImage(random, [100]);
      const [layer] = image.layers;
      await pushBlobs(client, repository, image);
      const [push, deletion] = await Promise.all([
        client.putManifest(repository, "1", image.manifest),
        client.delete(blobPath(repository, layer?.digest ?? "")),
      ]);
      outcomes.add(`${push.status} and ${deletion.status}`);
      if (push.status === 201) await client.assertPullable(repository, "1", image);
      else expectRefusal(push, { status: 400, code: "MANIFEST_BLOB_UNKNOWN" });
    }
    for (const outcome of outcomes) expect(["201 and 405", "400 and 202"]).toContain(outcome);
  });

  test("S51: of fifty manifests pushed to one tag at once, the last one answered is complete", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const images = Array.from({ length: 50 }, () => randomImage(random, [10]));
    for (const image of images) await pushBlobs(client, repository, image);
    const answers = await Promise.all(
      images.map(({ manifest }) => client.putManifest(repository, "contested", manifest)),
    );
    for (const answer of answers) expectEmpty(answer, 201);
    const tagged = await client.getManifest(repository, "contested");
    const winner = images.find(
      ({ manifest }) => manifest.digest === tagged.headers["docker-content-digest"],
    );
    if (winner === undefined) throw new Error("the tag names a manifest that nobody pushed");
    await client.assertPullable(repository, "contested", winner);
    for (const image of images) {
      const pulled = await client.getManifest(repository, image.manifest.digest);
      expect(pulled.status).toBe(200);
    }
  });

  test("S52: If-None-Match: * pushes only a tag that is new", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const [first, second] = [randomImage(random), randomImage(random)];
    for (const image of [first, second]) await pushBlobs(client, repository, image);
    const onlyNew = { "if-none-match": "*" };
    expectEmpty(await putWith(client, { repository, image: first, headers: onlyNew }), 201);
    const refused = await putWith(client, { repository, image: second, headers: onlyNew });
    expectRefusal(refused, { status: 412, code: "DENIED" });
    await client.assertPullable(repository, "1", first);
  });

  test("S52: If-Match pushes only a tag that is where the client saw it", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const [first, second, third] = [1, 2, 3].map(() => randomImage(random)) as [
      Image,
      Image,
      Image,
    ];
    for (const image of [first, second, third]) await pushBlobs(client, repository, image);
    const seen = { "if-match": `"${first.manifest.digest}"` };
    const early = await putWith(client, { repository, image: second, headers: seen });
    expectRefusal(early, { status: 412, code: "DENIED" });
    await client.pushManifest(repository, "1", first.manifest);
    expectEmpty(await putWith(client, { repository, image: second, headers: seen }), 201);
    const late = await putWith(client, { repository, image: third, headers: seen });
    expectRefusal(late, { status: 412, code: "DENIED" });
    await client.assertPullable(repository, "1", second);
  });

  test("S52: of many conditional pushes at once exactly one wins", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const images = Array.from({ length: 10 }, () => randomImage(random, [10]));
    for (const image of images) await pushBlobs(client, repository, image);
    const headers = { "if-none-match": "*" };
    const answers = await Promise.all(
      images.map((image) => putWith(client, { repository, image, headers })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 412)]);
  });
});

function putWith(
  client: RegistryClient,
  push: { repository: string; image: Image; headers: Readonly<Record<string, string>> },
): Promise<Answer> {
  const { mediaType, bytes } = push.image.manifest;
  return client.send("PUT", manifestPath(push.repository, "1"), {
    headers: { "content-type": mediaType, ...push.headers },
    body: bytes,
  });
}

async function pushBlobs(client: RegistryClient, repository: string, image: Image): Promise<void> {
  for (const { bytes } of [image.config, ...image.layers]) {
    await client.pushBlob(repository, bytes);
  }
}
