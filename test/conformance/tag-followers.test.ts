import { expect, test } from "vitest";
import { scaled } from "../faults/scale.ts";
import { seeded } from "../faults/seeded.ts";
import { findDamage } from "../faults/store-check.ts";
import { randomImage } from "../harness/artifacts.ts";
import { done, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { AMD64, ARM64, buildImage, buildIndex, OCI_INDEX } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { runRetention, simulateRetention } from "../harness/retention.ts";

const OLAF = { name: "olaf", password: SENTENCE };
const RULES = "/api/v1/tag-rules/acme/api";
const ALL = { minor: true, major: true, latest: true };
const random = new Randomness();

async function startAcme() {
  await using resources = new AsyncDisposableStack();
  const hub = resources.use(await startWithTerminal());
  await hub.addUsers("olaf");
  await hub.addOrganization("acme", { olaf: "owner" });
  const olaf = hub.as("olaf");
  const client = resources.use(new RegistryClient(hub.url, { user: OLAF, connections: 64 }));
  const owned = resources.move();
  const resolve = async (tag: string) => {
    const { status, headers } = await client.send("HEAD", `/v2/acme/api/manifests/${tag}`);
    return status === 200 ? String(headers["docker-content-digest"]) : undefined;
  };
  const release = async (tag: string, image = randomImage(random, [64])) => {
    const answer = await client.push("acme/api", tag, image);
    expect([tag, answer.status]).toEqual([tag, 201]);
    return { digest: image.manifest.digest, warning: answer.headers.warning };
  };
  await release("seed");
  return {
    ...hub,
    ...{ olaf, client, resolve, release },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("a release moves its aliases forward, never backwards, and everybody is told", async () => {
  await using hub = await startAcme();
  const { olaf, root, resolve, release } = hub;
  const from = { level: "repository", name: "acme/api", locked: false };
  const set = await done(olaf(`PUT ${RULES}`, { aliases: ALL }));
  expect(set.body.aliases).toEqual({ ...ALL, from });
  const all = async () => await Promise.all(["1.4", "1", "latest"].map(resolve));

  const first = await release("1.4.9");
  expect(await all()).toEqual([first.digest, first.digest, first.digest]);
  expect(first.warning).toBeUndefined();
  const next = await release("1.4.10");
  expect(await all()).toEqual([next.digest, next.digest, next.digest]);
  for (const tag of ["1.4.2", "1.4.11-rc.1", "1.4.10-alpine"]) await release(tag);
  expect(await all()).toEqual([next.digest, next.digest, next.digest]);
  const other = await release("2.0.0");
  expect(await all()).toEqual([next.digest, next.digest, other.digest]);
  const patch = await release("1.4.11");
  expect(await all()).toEqual([patch.digest, patch.digest, other.digest]);

  const history = await done(olaf("GET /api/v1/tag-history/acme/api?tag=latest"));
  expect(JSON.stringify(history.body)).toContain('"cause":"alias"');
  const trail = await done(root("GET /api/v1/audit?action=repo.tag.push"));
  expect(JSON.stringify(trail.body)).toContain("acme/api:latest");

  // Deleting the newest moves nothing back, and what is older still comes too late.
  await olaf("DELETE /v2/repositories/acme/api/tags/1.4.11/");
  await release("1.4.5");
  expect(await resolve("1.4")).toBe(patch.digest);
  // A person may move an alias; the next release takes it along again.
  const mine = await release("1.4");
  expect(await resolve("1.4")).toBe(mine.digest);
  const last = await release("1.4.12");
  expect(await all()).toEqual([last.digest, last.digest, other.digest]);
  // Restoring is pushing: what follows the tag goes with it.
  const restored = { tag: "2.0.0", digest: next.digest };
  await done(olaf("POST /api/v1/tag-restorations/acme/api", restored));
  expect(await resolve("latest")).toBe(next.digest);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("an alias that a rule keeps stays, and the push succeeds with a warning", async () => {
  await using hub = await startAcme();
  const { olaf, resolve, release } = hub;
  const immutable = { enabled: true, patterns: ["latest"] };
  await done(olaf(`PUT ${RULES}`, { aliases: ALL, immutable }));
  const first = await release("1.0.0");
  const next = await release("1.1.0");
  expect(await resolve("latest")).toBe(first.digest);
  expect(await resolve("1")).toBe(next.digest);
  expect(next.warning).toContain("latest was not moved: tag latest of acme/api is immutable");
});

test("what was there before the rule counts, and so does what came while it was off", async () => {
  await using hub = await startAcme();
  const { olaf, resolve, release } = hub;
  await release("1.9.0");
  await done(olaf(`PUT ${RULES}`, { aliases: ALL }));
  const old = await release("1.8.0");
  expect(await resolve("latest")).toBeUndefined();
  expect(await resolve("1.8")).toBe(old.digest);
  await done(olaf(`PUT ${RULES}`, { aliases: { ...ALL, latest: false } }));
  await release("2.1.0");
  await done(olaf("PUT /api/v1/namespaces/acme/tag-rules", { aliases: ALL }));
  await done(olaf(`PUT ${RULES}`, { aliases: null }));
  await release("2.0.0");
  expect(await resolve("latest")).toBeUndefined();
  const newest = await release("2.1.1");
  expect(await resolve("latest")).toBe(newest.digest);
});

test("under 64 concurrent pushes in random order no alias ever moves backwards", async () => {
  const chance = seeded();
  await using hub = await startAcme();
  const rounds = scaled({ test: 2, soak: 200 });
  for (let round = 0; round < rounds; round += 1) await race(hub, chance, `acme/race-${round}`);
});

/** 64 releases at once, of which some are there already when the rule comes; every move of every alias is looked at. */
async function race(
  hub: Awaited<ReturnType<typeof startAcme>>,
  chance: Randomness,
  repository: string,
): Promise<void> {
  const { olaf, client } = hub;
  const images = Array.from({ length: 64 }, (_, at) => ({
    at,
    tag: `1.${Math.floor(at / 16)}.${at % 16}`,
    image: randomImage(random, [32]),
  }));
  const orderOf = new Map(images.map(({ image }, at) => [image.manifest.digest, at]));
  for (const { image } of images) await client.push(repository, image.manifest.digest, image);
  const put = ({ tag, image }: (typeof images)[number]) =>
    client.putManifest(repository, tag, image.manifest);
  const early = images.filter(() => chance.below(8) === 0);
  for (const one of early) await put(one);
  await done(olaf(`PUT /api/v1/tag-rules/${repository}`, { aliases: ALL }));
  const late = images
    .filter((one) => !early.includes(one))
    .map((one) => ({ one, key: chance.below(2 ** 32) }))
    .sort((a, b) => a.key - b.key)
    .map(({ one }) => one);
  const answers = await Promise.all(late.map(put));
  expect(answers.every(({ status }) => status === 201)).toBe(true);
  const resolve = async (alias: string) => {
    const { headers } = await client.send("HEAD", `/v2/${repository}/manifests/${alias}`);
    return orderOf.get(String(headers["docker-content-digest"]));
  };
  /** What was there before the rule holds an alias back, and gives it to nobody. */
  const last = (minor?: number) => {
    const family = images.filter(({ at }) => minor === undefined || Math.floor(at / 16) === minor);
    const newest = Math.max(...early.filter((one) => family.includes(one)).map(({ at }) => at), -1);
    const moved = family.filter((one) => late.includes(one) && one.at > newest);
    return moved.at(-1)?.at;
  };
  for (const [alias, minor] of [["latest"], ["1"], ["1.0", 0], ["1.1", 1], ["1.3", 3]] as const) {
    expect([alias, await resolve(alias)]).toEqual([alias, last(minor)]);
    // The history is every moment.
    const { body } = await done(
      olaf(`GET /api/v1/tag-history/${repository}?tag=${alias}&limit=100`),
    );
    const moves = (body.items as { to: { digest: string } | string }[])
      .map(({ to }) => orderOf.get(typeof to === "string" ? to : to.digest) ?? Number.NaN)
      .reverse();
    expect(moves).toEqual(moves.toSorted((a, b) => a - b));
  }
}

test("releases that came without a push while a rule held are counted by the next push", async () => {
  await using hub = await startAcme();
  const { olaf, resolve, release } = hub;
  const transfer = async (from: string, to: string) =>
    await done(olaf("POST /api/v1/repository-moves", { from, to }));
  await hub.addOrganization("beta", { olaf: "owner" });
  await done(olaf("PUT /api/v1/namespaces/acme/tag-rules", { aliases: ALL }));
  await release("1.0.0");
  // Away, where there is no such rule, and back.
  await transfer("acme/api", "beta/api");
  expect((await hub.push(OLAF, "beta/api:2.0.0")).status).toBe(201);
  await transfer("beta/api", "acme/api");
  const before = await resolve("latest");
  await release("1.5.0");
  expect(await resolve("latest")).toBe(before);
  // What retention removed before the rule came comes back by undoing that.
  await done(olaf("PUT /api/v1/namespaces/acme/tag-rules", { aliases: null }));
  await release("3.0.0");
  const scope = { kind: "repository", name: "acme/api" };
  const policy = 'delete --match "3.*"';
  const simulated = await simulateRetention(hub.url, OLAF, { scope, policy });
  expect(simulated.removed).toEqual(["3.0.0"]);
  const { simulation } = simulated.report;
  await done(olaf("PUT /api/v1/retention/repositories/acme/api", { policy, simulation }));
  const run = await runRetention(olaf, { scope });
  await done(olaf("PUT /api/v1/namespaces/acme/tag-rules", { aliases: ALL }));
  const newest = await release("2.1.0");
  expect(await resolve("latest")).toBe(newest.digest);
  await runRetention(olaf, { undo: run.id });
  expect(await resolve("3.0.0")).toBeDefined();
  await release("2.2.0");
  expect(await resolve("latest")).toBe(newest.digest);
});

const build = (platform = AMD64) => buildImage({ layers: [random.bytes(64)], platform });

test("parts for all platforms make one tag, which follows them and moves its aliases", async () => {
  await using hub = await startAcme();
  const { olaf, client, resolve, release } = hub;
  const assembled = { suffixes: ["amd64", "arm64"] };
  await done(olaf(`PUT ${RULES}`, { assembled, aliases: ALL }));
  const [amd64, arm64, later] = [build(), build(ARM64), build(ARM64)];
  await release("1.4.2-amd64", amd64);
  expect(await resolve("1.4.2")).toBeUndefined();
  expect(await resolve("latest")).toBeUndefined();
  await release("1.4.2-arm64", arm64);
  const index = await client.send("GET", "/v2/acme/api/manifests/1.4.2");
  expect(index.headers["content-type"]).toBe(OCI_INDEX);
  const { manifests } = JSON.parse(index.body.toString());
  expect(manifests).toMatchObject([
    { digest: amd64.manifest.digest, platform: AMD64 },
    { digest: arm64.manifest.digest, platform: ARM64 },
  ]);
  expect(await resolve("latest")).toBe(await resolve("1.4.2"));
  expect(await resolve("1.4-amd64")).toBeUndefined();
  const before = await resolve("1.4.2");
  await release("1.4.2-arm64", later);
  expect(await resolve("1.4.2")).not.toBe(before);
  expect(await resolve("1.4")).toBe(await resolve("1.4.2"));
  // The same parts make the same index again.
  await release("1.4.2-arm64", arm64);
  expect(await resolve("1.4.2")).toBe(before);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("nothing is assembled of what contradicts its name, nor over what is somebody's", async () => {
  await using hub = await startAcme();
  const { olaf, resolve, release } = hub;
  await done(olaf(`PUT ${RULES}`, { assembled: { suffixes: ["amd64", "arm64"] } }));
  await release("1-amd64", build());
  const wrong = await release("1-arm64", build());
  expect(wrong.warning).toBe('299 - "1 was not assembled: 1-arm64 holds an image for linux/amd64"');
  expect(await resolve("1")).toBeUndefined();
  const mine = await release("2", build());
  await release("2-amd64", build());
  const late = await release("2-arm64", build(ARM64));
  expect(late.warning).toContain("2 was not assembled: somebody pushed it as something else");
  expect(await resolve("2")).toBe(mine.digest);
  // An index, such as BuildKit pushes, is looked into.
  const inner = buildIndex([build(ARM64)]);
  await release("3-amd64", build());
  await hub.client.push("acme/api", "3-arm64", inner);
  expect(await resolve("3")).toBeDefined();
  const immutable = { enabled: true, patterns: ["3"] };
  await done(olaf(`PUT ${RULES}`, { immutable }));
  const kept = await resolve("3");
  const held = await release("3-arm64", build(ARM64));
  expect(held.warning).toContain("3 was not moved: tag 3 of acme/api is immutable");
  expect(await resolve("3")).toBe(kept);
  for (const suffixes of [["amd64"], ["amd64", "x86_64"], ["amd64", "sparc"]]) {
    expect((await olaf(`PUT ${RULES}`, { assembled: { suffixes } })).status).toBe(400);
  }
});

test("berth repo aliases and berth repo assemble show and change what follows", async () => {
  await using hub = await startAcme();
  const type = (line: string) => hub.typeAs(OLAF, line);
  expect(await type("repo aliases acme/api")).toBe("no tag of acme/api follows its releases");
  expect(await type("repo aliases acme/api minor latest")).toBe(
    "tags of acme/api that follow its newest release: 1.4 (minor), latest\nsaid by acme/api",
  );
  expect(await type("repo assemble acme/api amd64 arm64")).toBe(
    "tags of acme/api are assembled: 1.4.2 of 1.4.2-amd64 and 1.4.2-arm64\nsaid by acme/api",
  );
  expect(await type("repo rules acme/api")).toContain("aliases    minor, latest  acme/api");
  expect(await type("repo aliases acme/api --off")).toContain("no tag of acme/api follows");
  expect(await type("org rules acme --aliases major --assemble amd64 s390x --lock")).toContain(
    "assembled  amd64, s390x  acme (locked)",
  );
  expect(await type("repo aliases acme/api minor")).toContain("an owner of the namespace can");
  expect(await type("repo assemble acme/api --off --inherit")).toBe(
    "berth: say what to set, or one of --off and --inherit",
  );
  expect(await type("repo aliases acme/api patch")).toBe(
    "berth: the kinds are minor, major and latest",
  );
});
