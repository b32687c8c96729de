import { expect, test } from "vitest";
import { findDamage } from "../faults/store-check.ts";
import { randomImage } from "../harness/artifacts.ts";
import { done, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { buildIndex, type Image, type ImageIndex } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { type Answer, RegistryClient } from "../harness/registry-client.ts";

const OWNER = { name: "olaf", password: SENTENCE };
const RULES = "/api/v1/tag-rules/acme/api";
const random = new Randomness();

async function startAcme() {
  const hub = await startWithTerminal();
  await hub.addUsers("olaf", "wanda");
  await hub.addOrganization("acme", { olaf: "owner", wanda: "contributor" });
  await hub.addOrganization("beta", { olaf: "owner" });
  const client = new RegistryClient(hub.url, { user: OWNER });
  return {
    ...hub,
    client,
    olaf: hub.as("olaf"),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

type Hub = Awaited<ReturnType<typeof startAcme>>;

function immutable(patterns?: readonly string[], enabled = true) {
  return { immutable: { enabled, ...(patterns && { patterns }) } };
}

function sayOf(answer: Answer): { status: number; code?: string; message?: string } {
  const { errors } = JSON.parse(answer.body.toString() || "{}");
  return { status: answer.status, ...errors?.[0], detail: undefined };
}

const refusal = (tag: string, why: string, name = "acme/api") => ({
  status: 412,
  code: "DENIED",
  message: `tag ${tag} of ${name} is immutable (${why}) and can be neither moved nor deleted: push another tag, or an admin of ${name} can change the rule`,
});

/** Every way to move or delete a tag; nothing of it may work. Another manifest is there already, without a tag. */
async function expectHeld(hub: Hub, name: string, held: { tag: string; by: Image | ImageIndex }) {
  const { client, olaf } = hub;
  const { tag, by } = held;
  const other = randomImage(random);
  await client.push(name, other.manifest.digest, other);
  const answers = [
    await client.putManifest(name, tag, other.manifest),
    await client.putManifest(name, `${other.manifest.digest}?tag=new&tag=${tag}`, other.manifest),
    await client.delete(`/v2/${name}/manifests/${tag}`),
    await client.delete(`/v2/${name}/manifests/${by.manifest.digest}`),
  ];
  for (const answer of answers)
    expect(sayOf(answer)).toMatchObject({ status: 412, code: "DENIED" });
  const hubsOwn = await olaf(`DELETE /v2/repositories/${name}/tags/${tag}`);
  expect(hubsOwn.status).toBe(412);
  expect(hubsOwn.body.message).toContain(`tag ${tag} of ${name} is immutable`);
  expect((await olaf(`GET /v2/${name}/manifests/new`)).status).toBe(404);
  await client.assertPullable(name, tag, by);
}

test("S10: a tag that a pattern describes as a whole stays what it is, on every way", async () => {
  await using hub = await startAcme();
  const { client, olaf } = hub;
  const image = randomImage(random);
  for (const tag of ["v1.2", "dev-v1", "latest"]) await client.push("acme/api", tag, image);
  const set = await done(olaf(`PUT ${RULES}`, immutable(["v.*", "v.*", ".*-RELEASE"])));
  expect(set.body.immutable).toMatchObject({ enabled: true, patterns: ["v.*", ".*-RELEASE"] });

  const other = randomImage(random);
  expect((await client.push("acme/api", "dev-v1", other)).status).toBe(201);
  const moved = await client.putManifest("acme/api", "v1.2", other.manifest);
  expect(sayOf(moved)).toMatchObject(refusal("v1.2", 'rule "v.*"'));
  await expectHeld(hub, "acme/api", { tag: "v1.2", by: image });
  // The same content again is no move, and a new tag may come.
  expect((await client.push("acme/api", "v1.2", image)).status).toBe(201);
  expect((await client.push("acme/api", "v1.3", other)).status).toBe(201);
  await expectHeld(hub, "acme/api", { tag: "v1.3", by: other });

  // The rule goes where the repository goes.
  const move = { from: "acme/api", to: "beta/backend" };
  await done(olaf("POST /api/v1/repository-moves", move));
  await expectHeld(hub, "beta/backend", { tag: "v1.2", by: image });
  // What takes its former name has none, and what the admin allows is done.
  await done(olaf("PUT /api/v1/tag-rules/beta/backend", immutable(undefined, false)));
  expect((await client.delete("/v2/beta/backend/manifests/v1.2")).status).toBe(202);
  const again = await done(olaf("PUT /api/v1/tag-rules/beta/backend", immutable()));
  expect(again.body.immutable.patterns).toEqual(["v.*", ".*-RELEASE"]);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("without patterns all tags are immutable, and so is what an index holds together", async () => {
  await using hub = await startAcme();
  const { client, olaf } = hub;
  const index = buildIndex([randomImage(random), randomImage(random)]);
  await client.push("acme/api", "latest", index);
  const nested = buildIndex([randomImage(random)]);
  const untagged = randomImage(random);
  await client.push("acme/api", nested.manifest.digest, nested);
  await client.push("acme/api", untagged.manifest.digest, untagged);
  await done(olaf(`PUT ${RULES}`, immutable([])));
  await expectHeld(hub, "acme/api", { tag: "latest", by: index });
  for (const { manifest } of index.images) {
    const gone = await client.delete(`/v2/acme/api/manifests/${manifest.digest}`);
    expect(sayOf(gone)).toMatchObject(refusal("latest", "all tags"));
  }
  await client.assertPullable("acme/api", "latest", index);
  const free = [nested.images[0]?.manifest.digest, untagged.manifest.digest];
  for (const digest of free)
    expect((await client.delete(`/v2/acme/api/manifests/${digest}`)).status).toBe(202);
  // The whole repository is its admin's to delete, and is written down.
  expect((await olaf("DELETE /api/v1/repositories/acme/api")).status).toBe(204);
});

test("of pushes that create an immutable tag at once, one wins", async () => {
  await using hub = await startAcme();
  const { client, olaf } = hub;
  const images = Array.from({ length: 8 }, () => randomImage(random));
  for (const image of images) await client.push("acme/api", image.manifest.digest, image);
  await done(olaf(`PUT ${RULES}`, immutable(["v.*"])));
  const answers = await Promise.all(
    images.map(({ manifest }) => client.putManifest("acme/api", "v1", manifest)),
  );
  const won = answers.findIndex(({ status }) => status === 201);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(412)]);
  await client.assertPullable("acme/api", "v1", images[won] as Image);
});

test.each(["/v2/namespaces/acme/repositories/api", "/v2/repositories/acme/api"])(
  "Docker Hub's addresses below %s set the rule and try one out",
  async (base) => {
    await using hub = await startAcme();
    const { client, olaf } = hub;
    for (const tag of ["v1", "v2", "dev"]) await client.push("acme/api", tag, randomImage(random));
    const wish = { immutable_tags: true, immutable_tags_rules: ["v.*"] };
    const settings = { enabled: true, rules: ["v.*"] };
    const set = await done(olaf(`PATCH ${base}/immutabletags`, wish));
    expect(set.body).toMatchObject({ name: "api", immutable_tags_settings: settings });
    expect((await olaf(`GET ${base}`)).body.immutable_tags_settings).toEqual(settings);
    const list = await olaf("GET /v2/namespaces/acme/repositories");
    expect(list.body.results[0].immutable_tags_settings).toEqual(settings);
    const verify = await done(olaf(`POST ${base}/immutabletags/verify`, { regex: "v[0-9]" }));
    expect(verify.body).toEqual({ tags: ["v1", "v2"] });
    const none = await done(olaf(`POST ${base}/immutabletags/verify`, { regex: "v" }));
    expect(none.body).toEqual({ tags: [] });
    for (const regex of ["[", "(?=a)", "((a{1000}){1000})", ""]) {
      const bad = await olaf(`POST ${base}/immutabletags/verify`, { regex });
      expect(bad.status).toBe(400);
      expect(bad.body.message).toMatch(/pattern/);
      const kept = { immutable_tags: true, immutable_tags_rules: ["v.*", regex] };
      expect((await olaf(`PATCH ${base}/immutabletags`, kept)).status).toBe(400);
    }
    const many = Array.from({ length: 33 }, (_, index) => `v${index}`);
    const tooMany = await olaf(`PUT ${RULES}`, immutable(many));
    expect(tooMany.body).toMatchObject({
      type: "urn:berth:problem:PATTERN_INVALID",
      detail: "a rule has at most 32 patterns",
    });
    expect((await hub.as("wanda")(`PATCH ${base}/immutabletags`, wish)).status).toBe(403);
    expect((await olaf(`GET ${base}`)).body.immutable_tags_settings).toEqual(settings);
    const trail = await hub.root("GET /api/v1/audit?action=repo.immutable.tags.updated");
    expect(trail.body.items).toHaveLength(1);
    expect(trail.body.items[0]).toMatchObject({
      name: "acme/api",
      before: "{}",
      after: JSON.stringify(settings),
    });
  },
);

test("S43: a pattern made to take long takes no time", async () => {
  await using hub = await startAcme();
  const { client, olaf } = hub;
  const tag = `${"a".repeat(127)}b`;
  await client.push("acme/api", tag, randomImage(random));
  const slow = Array.from({ length: 32 }, (_, index) => `(a+)+${"x".repeat(index)}$`);
  await done(olaf(`PUT ${RULES}`, immutable(slow)));
  const begun = performance.now();
  expect((await client.push("acme/api", tag, randomImage(random))).status).toBe(201);
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test("berth repo immutable shows and changes the rule", async () => {
  await using hub = await startAcme();
  await hub.client.push("acme/api", "1", randomImage(random));
  const type = (line: string) => hub.typeAs(OWNER, `repo immutable acme/api${line}`);
  expect(await type("")).toBe("no tag of acme/api is immutable");
  const likeThese = "tags of acme/api are immutable that are like\n  v.*\n  [0-9]+";
  expect(await type(" --tags v.* [0-9]+")).toBe(likeThese);
  expect(await type("")).toBe(likeThese);
  expect(await type(" --off")).toBe("no tag of acme/api is immutable");
  expect(await type(" --all")).toBe("all tags of acme/api are immutable");
  expect(await type(" --all --off")).toBe("berth: say one of --all, --tags and --off");
});
