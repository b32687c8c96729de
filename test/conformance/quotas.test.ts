import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { findDamage } from "../faults/store-check.ts";
import { randomImage } from "../harness/artifacts.ts";
import { done, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { digestOf, type Image } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { type Answer, RegistryClient } from "../harness/registry-client.ts";

const OLAF = { name: "olaf", password: SENTENCE };
const random = new Randomness();
const KIB = 1024;

async function startAcme() {
  const hub = await startWithTerminal();
  await hub.addUsers("olaf");
  await hub.addOrganization("acme", { olaf: "owner" });
  await hub.addOrganization("beta", { olaf: "owner" });
  const client = new RegistryClient(hub.url, { user: OLAF });
  return {
    ...hub,
    client,
    olaf: hub.as("olaf"),
    quotaOf: async (scope: string) => (await done(hub.root(`GET /api/v1/quotas/${scope}`))).body,
    setQuota: (scope: string, quota: unknown) =>
      done(hub.root(`PATCH /api/v1/quotas/${scope}`, quota)),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

function bytesOf(...images: readonly Image[]): number {
  const sizes = new Map<string, number>();
  for (const { config, layers, manifest } of images)
    for (const { digest, bytes } of [config, ...layers, manifest]) sizes.set(digest, bytes.length);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function sayOf(answer: Answer): { status: number; code?: string; message?: string } {
  const { errors } = JSON.parse(answer.body.toString() || "{}");
  return { status: answer.status, code: errors?.[0].code, message: errors?.[0].message };
}

test("bytes are counted once in each scope, over repositories, mounts and tags", async () => {
  await using hub = await startAcme();
  const { client, quotaOf } = hub;
  const [image, other] = [randomImage(random), randomImage(random)];
  await client.push("acme/api", "1", image);
  await client.push("acme/api", "2", image);
  await client.push("acme/web", "1", image);
  await client.push("beta/api", "1", image);
  await client.push("beta/api", "2", other);
  expect((await quotaOf("namespaces/acme")).bytes.held).toBe(0);
  const layer = image.layers[0]?.digest ?? "";
  const mount = await client.send(
    "POST",
    `/v2/acme/mounted/blobs/uploads/?mount=${layer}&from=acme/api`,
  );
  expect(mount.status).toBe(201);

  expect(await quotaOf("repositories/acme/api")).toMatchObject({
    scope: { kind: "repository", name: "acme/api" },
    bytes: { used: bytesOf(image), limit: null, from: "default", arriving: 0 },
    tags: { used: 2 },
  });
  expect(await quotaOf("repositories/acme/mounted")).toMatchObject({
    bytes: { used: image.layers[0]?.bytes.length },
  });
  expect(await quotaOf("namespaces/acme")).toMatchObject({
    bytes: { used: bytesOf(image) },
    tags: { used: 3 },
    repositories: { used: 3 },
  });
  expect(await quotaOf("namespaces/beta")).toMatchObject({
    bytes: { used: bytesOf(image, other) },
  });
  expect(await quotaOf("hub")).toMatchObject({
    bytes: { used: bytesOf(image, other), held: 0 },
    tags: { used: 5 },
    repositories: { used: 4 },
  });
  // What is deleted counts until collection takes it, and is told apart until then.
  await client.delete(`/v2/beta/api/manifests/${other.manifest.digest}`);
  const held = bytesOf(other) - other.manifest.bytes.length;
  for (const scope of ["hub", "namespaces/beta", "repositories/beta/api"])
    expect((await quotaOf(scope)).bytes).toMatchObject({ held });
  await client.delete(`/v2/acme/api/manifests/${image.manifest.digest}`);
  const inApi = bytesOf(image) - image.manifest.bytes.length;
  expect((await quotaOf("repositories/acme/api")).bytes.held).toBe(inApi);
  // Another repository of the namespace still has it in an image.
  expect((await quotaOf("namespaces/acme")).bytes.held).toBe(0);
  expect(await hub.type("quota show beta")).toContain("are held until collection");
});

test("a push beyond a quota of bytes is refused with the reason, and leaves nothing", async () => {
  await using hub = await startAcme();
  const { client, quotaOf, setQuota } = hub;
  const image = randomImage(random, [20 * KIB]);
  const used = bytesOf(image);
  await client.push("acme/api", "1", image);
  await setQuota("namespaces/acme", { bytes: used + 10 * KIB });

  const big = random.bytes(10 * KIB + 1);
  const location = await client.startUpload("acme/web");
  const refused = await client.patch(location, big);
  expect(sayOf(refused)).toMatchObject({ status: 403, code: "DENIED" });
  expect(sayOf(refused).message).toMatch(
    /^the quota of organization acme is 30\.\d KiB, 20\.\d KiB are used: this does not fit\. Delete images .*, or ask an administrator of the hub to raise the quota$/,
  );
  expect((await client.get(location)).status).toBe(404);
  expect(await quotaOf("namespaces/acme")).toMatchObject({ bytes: { used, arriving: 0 } });
  // What fits to the byte is taken, also as it comes in pieces, and a refused chunk frees its room at once.
  const fits = random.bytes(10 * KIB);
  await client.pushBlob("acme/web", fits);
  expect((await quotaOf("namespaces/acme")).bytes.used).toBe(used + 10 * KIB);
  // Nothing fits any more, but what is there can be pushed again, mounted, pulled and tagged.
  expect((await client.push("acme/api", "2", image)).status).toBe(201);
  await client.assertPullable("acme/api", "2", image);
  const one = await client.send(
    "POST",
    `/v2/acme/web/blobs/uploads/?digest=${digestOf(Buffer.from("x"))}`,
    { body: "x" },
  );
  expect(sayOf(one)).toMatchObject({ status: 403, code: "DENIED" });
  const manifest = await client.putManifest("acme/api", "3", randomManifestOf(image));
  expect(sayOf(manifest)).toMatchObject({ status: 403, code: "DENIED" });
  expect((await client.headManifest("acme/api", "3")).status).toBe(404);
  // Other namespaces are not concerned.
  await client.pushBlob("beta/api", big);
  await setQuota("namespaces/acme", { bytes: "unlimited" });
  await client.pushBlob("acme/web", big);
});

function randomManifestOf({ manifest }: Image) {
  const text = JSON.stringify({
    ...JSON.parse(manifest.bytes.toString()),
    annotations: { a: "b" },
  });
  return {
    mediaType: manifest.mediaType,
    bytes: Buffer.from(text),
    digest: digestOf(Buffer.from(text)),
  };
}

test("a stream without a length is stopped where the quota ends", async () => {
  await using hub = await startAcme();
  const { client, quotaOf, setQuota } = hub;
  await setQuota("namespaces/acme", { bytes: 100 * KIB });
  let sent = 0;
  async function* endless() {
    for (; sent < 512 * 1024 * KIB; sent += 16 * KIB) yield random.bytes(16 * KIB);
  }
  const location = await client.startUpload("acme/api");
  const answer = await client
    .send("PATCH", location, { body: endless() })
    .catch((cause: Error) => cause);
  if (!(answer instanceof Error)) expect(sayOf(answer)).toMatchObject({ status: 403 });
  expect(sent).toBeLessThan(64 * 1024 * KIB);
  expect(await quotaOf("namespaces/acme")).toMatchObject({ bytes: { used: 0, arriving: 0 } });
  expect((await client.get(location)).status).toBe(404);
});

test("each scope has its own quota, and quotas of tags and repositories hold", async () => {
  await using hub = await startAcme();
  const { client, setQuota, olaf } = hub;
  const image = randomImage(random);
  await client.push("acme/api", "1", image);
  await done(olaf("PATCH /api/v1/quotas/repositories/acme/api", { tags: 2 }));
  await client.push("acme/api", "2", image);
  const third = await client.putManifest("acme/api", "3", image.manifest);
  expect(sayOf(third)).toEqual({
    status: 403,
    code: "DENIED",
    message:
      "the quota of repository acme/api is 2 tags, 2 are used: this does not fit. Delete tags that are not needed, or ask an owner of acme to raise the quota",
  });
  // A tag that is there may move, and one that goes makes room.
  const moved = randomImage(random);
  expect((await client.push("acme/api", "2", moved)).status).toBe(201);
  expect((await client.delete("/v2/acme/api/manifests/1")).status).toBe(202);
  expect((await client.push("acme/api", "3", image)).status).toBe(201);

  await setQuota("namespaces/acme", { repositories: 1 });
  const another = await client.startUpload("acme/web");
  const bytes = random.bytes(10);
  const refused = await client.finishUpload(another, digestOf(bytes), { body: bytes });
  expect(sayOf(refused).message).toContain("the quota of organization acme is 1 repositories");
  expect((await olaf("GET /api/v1/repositories/acme/web")).status).toBe(404);

  await setQuota("hub", { bytes: 1 });
  const full = await client.startUpload("beta/api");
  expect(sayOf(await client.patch(full, bytes)).message).toContain("the quota of this hub is 1 B");
  await setQuota("hub", { bytes: null });
  await client.pushBlob("beta/api", bytes);
  const own = await hub.quotaOf("namespaces/olaf");
  expect(own).toMatchObject({ scope: { name: "olaf" }, repositories: { used: 0 } });
});

test("berth quota shows and sets quotas", async () => {
  await using hub = await startAcme();
  const { client, type, typeAs } = hub;
  const image = randomImage(random);
  await client.push("acme/api", "1", image);
  expect(await type("quota set acme --bytes 10GiB --tags 100")).toMatch(
    /^namespace acme\n {2}bytes {8}\d\.\d KiB of 10\.0 GiB \(0 %\), set here\n {2}tags {9}1 of 100 \(1 %\), set here\n {2}repositories 1 no limit, by default$/,
  );
  expect(await typeAs(OLAF, "quota show acme")).toContain("of 10.0 GiB (0 %), set here");
  expect(await typeAs(OLAF, "quota set acme --bytes unlimited")).toContain("only an administrator");
  expect(await typeAs(OLAF, "quota set acme/api --tags 5")).toContain("1 of 5 (20 %), set here");
  expect(await type("quota set acme --bytes default")).toContain("no limit, by default");
  expect(await type("quota show")).toContain("the whole hub");
  expect(await type("quota set acme")).toContain("say one of --bytes");
  expect(await type("quota set acme --bytes lots")).toContain("--bytes takes a number such as");
  const trail = await done(hub.root("GET /api/v1/audit?action=quota.set&limit=10"));
  const entry = {
    name: "acme",
    before: '{"bytes":"default","tags":"default","repositories":"default"}',
  };
  expect(trail.body.items).toContainEqual(expect.objectContaining(entry));
});

test("of pushes that run at once, as many fit as there is room for, to the byte", async () => {
  await using hub = await startAcme();
  const { client, quotaOf, setQuota } = hub;
  const [uploads, room, size] = [64, 40, 40 * KIB];
  await setQuota("namespaces/acme", { bytes: room * size + size - 1 });
  const statuses = await Promise.all(
    Array.from({ length: uploads }, async (_, index) => {
      const bytes = random.bytes(size);
      const location = await client.startUpload(`acme/r${index % 8}`);
      const first = await client.patch(location, bytes.subarray(0, size / 2));
      if (first.status !== 202) return first.status;
      const rest = await client.finishUpload(first.headers.location ?? "", digestOf(bytes), {
        body: bytes.subarray(size / 2),
      });
      return rest.status;
    }),
  );
  expect(statuses.filter((status) => status === 201)).toHaveLength(room);
  expect(statuses.filter((status) => status === 403)).toHaveLength(uploads - room);
  expect(await quotaOf("namespaces/acme")).toMatchObject({
    bytes: { used: room * size, arriving: 0 },
  });
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("what is cancelled or breaks off gives its room back at once, and may go on", async () => {
  await using hub = await startAcme();
  const { client, quotaOf, setQuota } = hub;
  await setQuota("namespaces/acme", { bytes: 100 * KIB });
  const half = random.bytes(60 * KIB);
  const location = await client.startUpload("acme/api");
  expect((await client.patch(location, half)).status).toBe(202);
  expect((await quotaOf("namespaces/acme")).bytes.arriving).toBe(60 * KIB);
  const other = await client.startUpload("acme/api");
  expect((await client.patch(other, half)).status).toBe(403);
  expect((await client.delete(location)).status).toBe(204);
  expect((await quotaOf("namespaces/acme")).bytes.arriving).toBe(0);

  const broken = await client.startUpload("acme/api");
  async function* breaks() {
    yield half;
    throw new Error("the cable was cut");
  }
  await expect(client.send("PATCH", broken, { body: breaks() })).rejects.toThrow();
  const isFree = async () => (await quotaOf("namespaces/acme")).bytes.arriving === 0;
  const sizeOf = async () => Number((await client.get(broken)).headers.range?.split("-")[1]) + 1;
  // Nothing arrives at first either: it is over once nothing more comes.
  let size = -1;
  const isOver = async () => {
    const before = size;
    size = await sizeOf();
    return size === before && (await isFree());
  };
  await expect.poll(isOver, { timeout: 5000, interval: 250 }).toBe(true);
  const rest = half.subarray(size > 1 ? size : 0);
  const finished = await client.finishUpload(broken, digestOf(half), { body: rest });
  expect(finished.status).toBe(201);
  expect(await quotaOf("namespaces/acme")).toMatchObject({
    bytes: { used: 60 * KIB, arriving: 0 },
  });
});

test("who comes close to a quota is warned, once for each level that is crossed", async () => {
  await using hub = await startAcme();
  const { client, setQuota } = hub;
  await client.push("acme/api", "1", randomImage(random));
  await setQuota("namespaces/acme", { tags: 20 });
  const image = randomImage(random);
  for (let tag = 2; tag <= 20; tag += 1) {
    const answer = await client.push("acme/api", String(tag), image);
    const warning = `299 - "${Math.floor((tag / 20) * 100)} % of the tags quota of organization acme are used (${tag} are of 20 tags): pushes that go beyond it are refused"`;
    expect(answer.headers.warning).toBe(tag < 16 ? undefined : warning);
  }
  await hub.close();
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { readOnly: true });
  const events = database
    .prepare("select payload from outbox where topic = 'quota.warning' order by id")
    .all()
    .map(({ payload }) => JSON.parse(String(payload)));
  expect(events.map(({ percent, used }) => [percent, used])).toEqual([
    [80, 16],
    [90, 18],
    [95, 19],
  ]);
  expect(events[0]).toMatchObject({ scope: "acme", unit: "tags", limit: 20, actor: "olaf" });
});

test("repositories that are made or given away by the HTTP API are held to quotas, too", async () => {
  await using hub = await startAcme();
  const { client, olaf, setQuota, quotaOf } = hub;
  const image = randomImage(random, [20 * KIB]);
  await client.push("acme/api", "1", image);
  await client.push("acme/web", "1", image);
  const move = (from: string, to: string) => olaf("POST /api/v1/repository-moves", { from, to });
  await setQuota("namespaces/beta", { bytes: 10 * KIB });
  const refused = await move("acme/api", "beta/api");
  expect(refused).toMatchObject({
    status: 403,
    body: { type: "urn:berth:problem:QUOTA_EXCEEDED" },
  });
  await setQuota("namespaces/beta", { bytes: bytesOf(image), repositories: 1 });
  await done(move("acme/api", "beta/api"));
  expect(await quotaOf("namespaces/acme")).toMatchObject({
    bytes: { used: bytesOf(image) },
    repositories: { used: 1 },
  });
  const made = await olaf("POST /api/v1/repositories", { name: "beta/second" });
  expect(made.body.detail).toContain("the quota of organization beta is 1 repositories");
  // Its new name within the namespace takes no more of it.
  await done(move("beta/api", "beta/backend"));
  await done(olaf("DELETE /api/v1/repositories/beta/backend"));
  await done(olaf("POST /api/v1/repositories", { name: "beta/second" }));
  await expect
    .poll(async () => (await quotaOf("namespaces/beta")).bytes.used, { timeout: 9000 })
    .toBe(0);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});
