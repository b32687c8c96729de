import { expect, test } from "vitest";
import { buildArtifact, randomImage } from "../harness/artifacts.ts";
import { startHub } from "../harness/hub.ts";
import { callerOf, done, ROOT, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { buildImage, buildIndex, descriptor } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";

const HOUR = 3_600_000;
const KIB = 1024;
const random = new Randomness();
const OLAF = { name: "olaf", password: SENTENCE };

async function startAcme(settings: Record<string, string> = {}) {
  let now = Date.parse("2026-06-01T12:00:00Z");
  const hub = await startWithTerminal({ settings, clock: () => new Date(now) });
  await hub.addUsers("olaf", "stranger");
  await hub.addOrganization("acme", { olaf: "owner" });
  await hub.addOrganization("beta");
  const client = new RegistryClient(hub.url, { user: ROOT });
  let freedEver = 0;
  const used = async (scope: string) =>
    (await done(hub.root(`GET /api/v1/quotas/${scope}`))).body.bytes.used;
  return {
    ...hub,
    client,
    olaf: hub.as("olaf"),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    async usedEverywhere() {
      const repository = await hub.root("GET /api/v1/quotas/repositories/acme/api");
      return {
        repository: repository.status === 404 ? 0 : repository.body.bytes.used,
        namespace: await used("namespaces/acme"),
        hub: await used("hub"),
      };
    },
    freedBy: async (query: string) =>
      (await done(hub.root(`GET /api/v1/usage/freed/${query}`))).body,
    /** Lets collection do all that is due. */
    async settle() {
      let freed = 0;
      for (let round = 0; round < 5; round += 1) {
        now += 25 * HOUR;
        const signal = AbortSignal.timeout(60_000);
        for await (const event of hub.registry.collector.run({ dryRun: false, signal }))
          if (event.type === "report") freed += event.freedBytes;
      }
      freedEver += freed;
      return freed;
    },
    /** As the collections counted it, and as the days tell it. */
    async freedEver() {
      const { body } = await done(hub.root("GET /api/v1/usage/freed-days?days=731"));
      const days: readonly { readonly bytes: number }[] = body.items;
      return { counted: freedEver, told: days.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

type Acme = Awaited<ReturnType<typeof startAcme>>;

/** Images that share in every way there is: layers, manifests, tags, indexes, referrers, other repositories. */
async function fill({ client }: Acme) {
  const shared = random.bytes(9 * KIB);
  const own = () => random.bytes(5 * KIB + random.below(KIB));
  const image = (...layers: Buffer[]) => buildImage({ layers });
  const plain = image(shared, own());
  const second = image(shared, own());
  const inBeta = image(own(), own());
  const inWeb = image(own(), own());
  const index = buildIndex([image(shared, own()), image(own())]);
  const mixed = buildIndex([plain, image(own())]);
  await client.push("acme/api", "plain", plain);
  await client.push("acme/api", "second", second);
  await client.push("acme/api", "again", second);
  for (const name of ["acme/api", "beta/api"]) await client.push(name, "beta", inBeta);
  for (const name of ["acme/api", "acme/web"]) await client.push(name, "web", inWeb);
  await client.push("acme/api", "index", index);
  await client.push("acme/api", "mixed", mixed);
  const signature = buildArtifact({
    artifactType: "application/vnd.test.sbom",
    subject: descriptor(index.manifest),
    layers: randomImage(random, [3 * KIB]).layers,
  });
  await client.push("acme/api", signature.manifest.digest, signature);
  return { plain, second, inBeta, inWeb, index, mixed, signature };
}

const WISHES = ["plain", "second", "beta", "web", "index", "mixed"] as const;

test.each(["remove", "keep"])(
  "what is said to be freed is what collection frees, with collection.untagged: %s",
  async (untagged) => {
    await using hub = await startAcme({ "collection.untagged": untagged });
    const images = await fill(hub);
    await hub.settle();
    for (const tag of WISHES) {
      const before = await hub.usedEverywhere();
      const said = await hub.freedBy(`acme/api?tag=${tag}`);
      expect(said).toMatchObject({ repository: "acme/api", tag, untagged });
      expect(said.otherTags).toEqual(tag === "second" ? ["again"] : []);
      await done(hub.root(`DELETE /v2/acme/api/manifests/${tag}`));
      expect(await hub.settle(), tag).toBe(said.freed.hub);
      expect(difference(before, await hub.usedEverywhere()), tag).toEqual(said.freed);
      if (untagged === "keep") expect(said.freed).toEqual({ repository: 0, namespace: 0, hub: 0 });
    }
    const digests = [images.second, images.index, images.mixed, images.plain];
    const left = untagged === "keep" ? digests : [images.second];
    for (const {
      manifest: { digest },
    } of left) {
      const before = await hub.usedEverywhere();
      const said = await hub.freedBy(`acme/api?digest=${digest}`);
      await done(hub.root(`DELETE /v2/acme/api/manifests/${digest}`));
      expect(await hub.settle()).toBe(said.freed.hub);
      expect(difference(before, await hub.usedEverywhere())).toEqual(said.freed);
      expect(said.withUntagged.hub).toBeGreaterThanOrEqual(said.freed.hub);
    }
    await fill(hub);
    await hub.settle();
    const before = await hub.usedEverywhere();
    const said = await hub.freedBy("acme/api");
    expect(said.freed.repository).toBe(before.repository);
    await done(hub.root("DELETE /api/v1/repositories/acme/api"));
    await expect
      .poll(async () => (await hub.usedEverywhere()).namespace, { timeout: 9000 })
      .toBe(before.namespace - said.freed.namespace);
    expect(await hub.settle()).toBe(said.freed.hub);
    expect(difference(before, await hub.usedEverywhere())).toEqual(said.freed);
    const { counted, told } = await hub.freedEver();
    expect(counted).toBeGreaterThan(0);
    expect(told).toBe(counted);
  },
);

test("of tags that are deleted together it is said what they free together, and collection frees that", async () => {
  await using hub = await startAcme({ "collection.untagged": "remove" });
  await fill(hub);
  await hub.settle();
  const freedBy = async (tags: readonly string[]) =>
    (await done(hub.root("POST /api/v1/usage/freed/acme/api", { tags }))).body;
  const before = await hub.usedEverywhere();
  const tags = ["plain", "second", "again", "mixed", "beta"];
  const said = await freedBy([...tags, "plain", "gone"]);
  expect(said).toMatchObject({ repository: "acme/api", untagged: "remove", unknown: ["gone"] });
  let apart = 0;
  for (const tag of tags) apart += (await hub.freedBy(`acme/api?tag=${tag}`)).freed.repository;
  expect(apart).toBeLessThan(said.freed.repository);
  for (const tag of tags) await done(hub.root(`DELETE /v2/acme/api/manifests/${tag}`));
  expect(await hub.settle()).toBe(said.freed.hub);
  expect(difference(before, await hub.usedEverywhere())).toEqual(said.freed);
  // The layer that all of them share goes with the last, and an index takes what belongs to it.
  const left = await freedBy(["web", "index"]);
  expect(left.freed.repository).toBe((await hub.usedEverywhere()).repository);
});

test("what tags free together is asked of 500 at most, and told to whoever may pull", async () => {
  await using hub = await startAcme();
  await hub.client.push("acme/api", "1", randomImage(random));
  const path = "POST /api/v1/usage/freed/acme/api";
  const many = Array.from({ length: 501 }, (_, at) => `t${at}`);
  for (const tags of [[], many, ["x".repeat(129)]])
    expect(await hub.root(path, { tags })).toMatchObject({
      status: 400,
      body: { errors: [{ at: expect.stringMatching(/^body\/tags/) }] },
    });
  expect((await hub.as("stranger")(path, { tags: ["1"] })).status).toBe(404);
  const { body } = await done(hub.olaf(path, { tags: ["1", ...many.slice(2)] }));
  expect(Object.keys(body.freed)).toEqual(["repository", "namespace"]);
  expect(body.unknown).toEqual(many.slice(2));
  expect(body.freed.repository).toBe(0);
  expect(body.withUntagged.repository).toBe((await hub.usedEverywhere()).repository);
});

type Used = Awaited<ReturnType<Acme["usedEverywhere"]>>;

function difference(before: Used, after: Used): Used {
  return {
    repository: before.repository - after.repository,
    namespace: before.namespace - after.namespace,
    hub: before.hub - after.hub,
  };
}

test("what others hold is told to those alone who see what is stored there", async () => {
  await using hub = await startAcme();
  await hub.client.push("acme/api", "1", randomImage(random));
  await done(hub.root("PATCH /api/v1/repositories/acme/api", { visibility: "public" }));
  const path = "GET /api/v1/usage/freed/acme/api?tag=1";
  const scopesOf = async (ask: Acme["olaf"]) => Object.keys((await done(ask(path))).body.freed);
  expect(await scopesOf(hub.as("stranger"))).toEqual(["repository"]);
  expect(await scopesOf(hub.anonymous)).toEqual(["repository"]);
  expect(await scopesOf(hub.olaf)).toEqual(["repository", "namespace"]);
  expect(await scopesOf(hub.root)).toEqual(["repository", "namespace", "hub"]);
  const wrong = { tag: "nothing", digest: "sha256:x" };
  for (const [key, value] of Object.entries(wrong))
    expect((await hub.root(`GET /api/v1/usage/freed/acme/api?${key}=${value}`)).status).toBe(404);
  expect((await hub.root(`${path}&digest=sha256:x`)).status).toBe(400);
});

test("berth usage shows what was stored over time, and what a deletion would free", async () => {
  await using hub = await startAcme();
  await hub.client.push("acme/api", "1", randomImage(random, [20 * KIB]));
  const path = "GET /api/v1/usage/series/namespaces/acme";
  const { body } = await done(hub.olaf(`${path}?since=2026-06-01T00:00:00Z`));
  expect(body).toMatchObject({ scope: { kind: "namespace", name: "acme" }, step: "hour" });
  expect(body.items.at(-1)).toMatchObject({
    at: "2026-06-01T12:00:00.000Z",
    tags: 1,
    repositories: 1,
  });
  expect(body.items.at(-1).bytes).toBe((await hub.usedEverywhere()).namespace);
  expect((await hub.as("stranger")(path)).status).toBe(404);
  // Docker Hub's API has it from the same count.
  const info = await done(hub.olaf("GET /v2/repositories/acme/api/"));
  expect(info.body.storage_size).toBe((await hub.usedEverywhere()).repository);

  const shown = await hub.typeAs(OLAF, "usage acme --since 2026-06-01T00:00:00Z");
  expect(shown).toMatch(/^namespace acme, by the hour\nAT +BYTES +TAGS +REPOSITORIES\n/);
  expect(shown).toMatch(/^2026-06-01T12:00Z +#{40} +20\.\d KiB +1 +1$/m);
  expect(await hub.type("usage")).toContain("the whole hub, by the hour");
  expect(await hub.type("usage acme/api --step day")).toContain("repository acme/api, by the day");
  expect(await hub.type("usage --freed-by acme/api:1")).toMatch(
    /^deleting acme\/api:1 frees 0 B of the repository, 0 B of its namespace, 0 B of the hub, once collection's grace is over\nif its manifest is deleted, too: 20\.\d KiB of the repository, .* \(collection\.untagged is keep\)$/,
  );
  expect(await hub.typeAs(OLAF, "usage --freed-by acme/api")).toMatch(
    /^deleting acme\/api frees 20\.\d KiB of the repository, 20\.\d KiB of its namespace, once/,
  );
  expect(await hub.type("usage acme --since yesterday")).toContain('"yesterday" is not a time');
  // Its sub-command keeps its own options.
  expect(await hub.type("usage pulls --namespace acme")).toMatch(/^datehour,user_name/);
});

test("hubs without accounts show the hub and its repositories", async () => {
  await using hub = await startHub();
  await using client = new RegistryClient(hub.url);
  await client.push("acme/api", "1", randomImage(random));
  const ask = callerOf(hub.url);
  for (const scope of ["hub", "repositories/acme/api"]) {
    const { body } = await done(ask(`GET /api/v1/usage/series/${scope}`));
    expect(body.items.at(-1).tags).toBe(1);
  }
  expect((await ask("GET /api/v1/usage/series/namespaces/acme")).status).toBe(404);
  const { body } = await done(ask("GET /api/v1/usage/freed/acme/api"));
  expect(body.freed.hub).toBe(body.freed.repository);
});

test("hubs without accounts have quotas of the hub and of repositories, set by whoever works on them", async () => {
  await using hub = await startHub();
  await using client = new RegistryClient(hub.url);
  const image = randomImage(random);
  await client.push("acme/api", "1", image);
  const ask = callerOf(hub.url);
  const set = (scope: string, wish: object) => ask(`PATCH /api/v1/quotas/${scope}`, wish);
  const { body } = await done(set("repositories/acme/api", { tags: 1 }));
  expect(body).toMatchObject({ scope: { name: "acme/api" }, tags: { limit: 1, used: 1 } });
  const refused = await client.putManifest("acme/api", "2", image.manifest);
  expect(JSON.parse(refused.body.toString()).errors[0].message).toMatch(
    /^the quota of repository acme\/api is 1 tags, 1 are used: this does not fit\. .* or ask whoever works on the hub to raise the quota$/,
  );
  expect((await client.push("acme/web", "1", image)).status).toBe(201);
  expect((await done(ask("GET /api/v1/quotas/hub"))).body.tags).toMatchObject({ used: 2 });
  await done(set("hub", { repositories: 2 }));
  const third = await client.push("acme/third", "1", image).catch((cause: Error) => cause.message);
  expect(third).toContain("the quota of this hub is 2 repositories");
  expect((await set("namespaces/acme", { tags: 1 })).status).toBe(404);

  await using closed = await startHub({ users: [OLAF] });
  expect((await callerOf(closed.url)("GET /api/v1/quotas/hub")).status).toBe(401);
  const olaf = callerOf(closed.url, OLAF);
  expect((await done(olaf("PATCH /api/v1/quotas/hub", { bytes: 5 }))).body.bytes.limit).toBe(5);
});
