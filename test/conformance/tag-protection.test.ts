import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { done, push, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { runRetention, simulateRetention } from "../harness/retention.ts";

const RULES = "/api/v1/tag-rules/acme/api";
const OVERRIDES = "/api/v1/tag-overrides";
const HOUR = 3_600_000;
const random = new Randomness();
const person = (name: string) => ({ name, password: SENTENCE });

async function startAcme() {
  const time = { now: Date.now() };
  const hub = await startWithTerminal({ clock: () => new Date(time.now) });
  await hub.addUsers("olaf", "otto", "wanda", "willi");
  await hub.addOrganization("acme", {
    olaf: "owner",
    otto: "owner",
    wanda: "contributor",
    willi: "contributor",
  });
  const [olaf, otto] = [hub.as("olaf"), hub.as("otto")];
  await done(olaf("POST /api/v1/organizations/acme/teams", { name: "release" }));
  await done(olaf("PUT /api/v1/organizations/acme/teams/release/members/wanda"));
  await done(olaf("POST /api/v1/repositories", { name: "acme/api" }));
  const right = { team: "release", repository: "acme/api", actions: ["pull", "push", "delete"] };
  await done(olaf("PUT /api/v1/namespaces/acme/rights", right));
  return {
    ...{ ...hub, olaf, otto, time },
    pushes: (name: string, tag: string) => hub.push(person(name), `acme/api:${tag}`),
  };
}

const lines = (...all: readonly object[]) => ({ protected: { lines: all } });

test("a protected tag is pushed and deleted by those whom the rule names", async () => {
  await using hub = await startAcme();
  const { olaf, pushes } = hub;
  const said = lines(
    { tags: "v*", push: ["team:release"], delete: [] },
    { tags: "*-dev", push: ["role:contributor"] },
    { tags: "*", push: ["olaf", "administrators"] },
  );
  const set = await done(olaf(`PUT ${RULES}`, said));
  expect(set.body.protected).toEqual({
    lines: [
      { tags: "v*", push: ["team:release"], delete: [] },
      { tags: "*-dev", push: ["role:contributor"], delete: null },
      { tags: "*", push: ["olaf", "administrators"], delete: null },
    ],
    from: { level: "repository", name: "acme/api", locked: false },
  });
  expect((await pushes("wanda", "v1")).status).toBe(201);
  for (const name of ["willi", "olaf"]) {
    expect(await pushes(name, "v2")).toEqual({
      status: 403,
      message: `tag v2 of acme/api is protected (line "v*"): only team:release may push it, not ${name}. An admin of acme/api can change the rule`,
    });
  }
  for (const name of ["willi", "olaf"]) expect((await pushes(name, "1-dev")).status).toBe(201);
  expect((await pushes("willi", "latest")).status).toBe(403);
  expect((await pushes("olaf", "latest")).status).toBe(201);
  expect(
    (await push(hub.url, { name: "admin", password: "the first administrator" }, "acme/api:x"))
      .status,
  ).toBe(201);
  const gone = await olaf("DELETE /v2/repositories/acme/api/tags/v1/");
  expect(gone).toMatchObject({ status: 403 });
  expect(gone.body.message).toContain("nobody may delete it, not olaf");
  // The team by another name is the team; out of it is out of it.
  await done(olaf("PATCH /api/v1/organizations/acme/teams/release", { name: "shippers" }));
  expect((await olaf(`GET ${RULES}`)).body.protected.lines[0].push).toEqual(["team:shippers"]);
  await done(olaf("DELETE /api/v1/organizations/acme/teams/shippers/members/wanda"));
  expect((await pushes("wanda", "v3")).status).toBe(403);
  const nobody = await olaf(`PUT ${RULES}`, lines({ tags: "v*", push: ["team:nobody"] }));
  expect(nobody).toMatchObject({
    status: 400,
    body: { type: "urn:berth:problem:PATTERN_INVALID" },
  });
  const hubs = await hub.root(
    "PUT /api/v1/tag-rules",
    lines({ tags: "*", push: ["team:release"] }),
  );
  expect(hubs.status).toBe(400);
  const trail = await hub.root("GET /api/v1/audit?action=repo.protected.tags.updated");
  expect(JSON.parse(trail.body.items[0].after)).toEqual({ lines: set.body.protected.lines });
});

test("robots and tokens are named as themselves; a person's tokens are the person", async () => {
  await using hub = await startAcme();
  const { olaf } = hub;
  const resources = [{ repositories: "acme/*", actions: ["pull", "push"] }];
  const robots = "POST /api/v1/organizations/acme/robots";
  const ci = (await done(olaf(robots, { label: "ci", resources }))).body;
  const other = (await done(olaf(robots, { label: "other", resources }))).body;
  await done(olaf(`PUT ${RULES}`, lines({ tags: "*", push: ["robot:ci", "wanda"] })));
  const as = ({ user, secret }: { user: string; secret: string }) => ({
    name: user,
    password: secret,
  });
  expect((await push(hub.url, as(ci), "acme/api:1")).status).toBe(201);
  expect((await push(hub.url, as(other), "acme/api:2")).message).toContain("not acme+other");
  const token = { label: "mine", scopes: ["repo:write"] };
  const { secret } = (await done(hub.as("wanda")("POST /api/v1/account/tokens", token))).body;
  expect((await push(hub.url, { name: "wanda", password: secret }, "acme/api:3")).status).toBe(201);
  expect((await push(hub.url, person("olaf"), "acme/api:4")).status).toBe(403);
});

test("an immutable tag is held as long as it is young", async () => {
  await using hub = await startAcme();
  const { olaf, pushes, time } = hub;
  await pushes("olaf", "v1");
  const immutable = { enabled: true, patterns: ["v.*"], youngerThanSeconds: 7200 };
  const set = await done(olaf(`PUT ${RULES}`, { immutable }));
  expect(set.body.immutable).toMatchObject({ youngerThanSeconds: 7200, untilRetention: false });
  await using client = new RegistryClient(hub.url, { user: person("olaf") });
  const image = randomImage(random);
  await client.push("acme/api", image.manifest.digest, image);
  const move = () => client.putManifest("acme/api", "v1", image.manifest);
  const refused = await move();
  expect(refused.status).toBe(412);
  const until = new Date(time.now + 7_200_000).toISOString().slice(0, 16);
  expect(refused.body.toString()).toContain(`until ${until}`);
  time.now += 3 * HOUR;
  expect((await move()).status).toBe(201);
  // It is as young as its last move.
  expect((await client.delete("/v2/acme/api/manifests/v1")).status).toBe(412);
  time.now += 3 * HOUR;
  expect((await client.delete("/v2/acme/api/manifests/v1")).status).toBe(202);
});

test("two people move an immutable tag once; one person does not, whatever they log in with", async () => {
  await using hub = await startAcme();
  const { olaf, otto, pushes, time } = hub;
  for (const tag of ["v1", "v2"]) await pushes("olaf", tag);
  await done(olaf(`PUT ${RULES}`, { immutable: { enabled: true } }));
  await using client = new RegistryClient(hub.url, { user: person("olaf") });
  const images = [randomImage(random), randomImage(random)] as const;
  for (const one of images) await client.push("acme/api", one.manifest.digest, one);
  const move = async (tag: string, at: 0 | 1) =>
    (await client.putManifest("acme/api", tag, images[at].manifest)).status;
  const wish = { repository: "acme/api", tag: "v1", reason: "a secret is in it" };
  const asked = (await done(olaf(`POST ${OVERRIDES}`, wish))).body;
  const approve = `POST ${OVERRIDES}/${asked.id}/approve`;
  expect(await move("v1", 0)).toBe(412);
  expect(await olaf(approve)).toMatchObject({
    status: 403,
    body: { type: "urn:berth:problem:SECOND_PERSON" },
  });
  const own = { label: "mine", scopes: ["repo:admin"] };
  const { secret } = (await done(olaf("POST /api/v1/account/tokens", own))).body;
  expect((await hub.as("olaf", secret)(approve)).status).toBe(403);
  const resources = [{ repositories: "acme/*", actions: ["pull", "push", "delete", "admin"] }];
  const robot = await olaf("POST /api/v1/organizations/acme/robots", { label: "ci", resources });
  if (robot.status === 201)
    expect((await hub.as(robot.body.user, robot.body.secret)(approve)).status).toBe(403);
  expect((await hub.as("wanda")(approve)).status).toBe(403);
  expect(await move("v1", 0)).toBe(412);
  expect((await done(otto(approve))).body).toMatchObject({ askedBy: "olaf", approvedBy: "otto" });
  expect((await otto(approve)).status).toBe(404);
  const tried = (await olaf(`GET ${RULES}?try=v1&try=v2`)).body.trials;
  expect(tried.map((one: { push: { allowed: boolean } }) => one.push.allowed)).toEqual([
    true,
    false,
  ]);
  // That tag, and once.
  expect(await move("v2", 0)).toBe(412);
  const racing = await Promise.all([move("v1", 0), move("v1", 1)]);
  expect(racing.toSorted()).toEqual([201, 412]);
  expect((await client.delete("/v2/acme/api/manifests/v1")).status).toBe(412);
  expect((await olaf(`GET ${OVERRIDES}/of/acme/api`)).body.items).toEqual([]);

  const lasting = { ...wish, tag: "v2", once: false, seconds: 3600 };
  const { id } = (await done(otto(`POST ${OVERRIDES}`, lasting))).body;
  await done(olaf(`POST ${OVERRIDES}/${id}/approve`));
  for (const at of [0, 1] as const) expect(await move("v2", at)).toBe(201);
  time.now += 2 * HOUR;
  expect(await move("v2", 0)).toBe(412);
  expect((await olaf(`POST ${OVERRIDES}`, { ...wish, tag: "none" })).status).toBe(404);
  const trail = await hub.root("GET /api/v1/audit?limit=100");
  const seen = trail.body.items.filter(({ action }: { action: string }) =>
    action.includes("override"),
  );
  expect(
    seen.map(({ action, name, actor }: Record<string, string>) => [action, name, actor]),
  ).toEqual([
    ["repo.tag.override.use", "acme/api:v2", "olaf"],
    ["repo.tag.override.use", "acme/api:v2", "olaf"],
    ["repo.tag.override.approve", "acme/api:v2", "olaf"],
    ["repo.tag.override.ask", "acme/api:v2", "otto"],
    ["repo.tag.override.use", "acme/api:v1", "olaf"],
    ["repo.tag.override.approve", "acme/api:v1", "otto"],
    ["repo.tag.override.ask", "acme/api:v1", "olaf"],
  ]);
  const [, , , , used] = seen as { after: string }[];
  expect(JSON.parse(used?.after ?? "{}")).toEqual({
    ...{ id: asked.id, deed: "move", reason: wish.reason, once: true },
    ...{ askedBy: "olaf", approvedBy: "otto" },
  });
});

test("retention removes what is immutable until then, and nothing that is immutable for good or protected", async () => {
  await using hub = await startAcme();
  const { olaf, pushes } = hub;
  for (const tag of ["keep", "old", "v1", "v2"]) await pushes("olaf", tag);
  const immutable = { enabled: true, patterns: ["v.*"], untilRetention: true };
  const held = { tags: "v2", push: null, delete: [] };
  await done(olaf(`PUT ${RULES}`, { immutable, ...lines(held) }));
  const scope = { kind: "repository", name: "acme/api" };
  const policy = 'keep --match "keep"';
  const simulate = async () => await simulateRetention(hub.url, person("olaf"), { scope, policy });
  const { removed, items, report } = await simulate();
  expect(removed.toSorted()).toEqual(["old", "v1"]);
  expect(items.find(({ tag }) => tag === "v2")?.why).toContain("is protected");
  const path = "PUT /api/v1/retention/repositories/acme/api";
  await done(olaf(path, { policy, simulation: report.simulation }));
  for (const tag of ["v1", "v2"])
    expect((await olaf(`DELETE /v2/acme/api/manifests/${tag}`)).status).toBeGreaterThan(400);
  const tags = async () => (await done(olaf("GET /v2/acme/api/tags/list"))).body.tags;
  await runRetention(olaf, { scope });
  expect(await tags()).toEqual(["keep", "v2"]);

  await pushes("olaf", "v1");
  await done(olaf(`PUT ${RULES}`, { immutable: { ...immutable, youngerThanSeconds: 3600 } }));
  expect((await simulate()).removed).toEqual([]);
  await done(olaf(`PUT ${RULES}`, { immutable: { ...immutable, youngerThanSeconds: null } }));
  expect((await simulate()).removed).toEqual(["v1"]);
  await runRetention(olaf, { scope });

  await done(olaf(`PUT ${RULES}`, { immutable: { ...immutable, untilRetention: false } }));
  await pushes("olaf", "v3");
  const again = await simulate();
  expect(again.removed).toEqual([]);
  expect(again.items.find(({ tag }) => tag === "v3")?.why).toContain("is immutable");
  await runRetention(olaf, { scope });
  expect(await tags()).toEqual(["keep", "v2", "v3"]);
});

test("a rule of a level above is lifted for one tag by somebody who decides there", async () => {
  await using hub = await startAcme();
  const { olaf, pushes } = hub;
  await pushes("olaf", "v1");
  await done(hub.root("PUT /api/v1/tag-rules", { immutable: { enabled: true, locked: true } }));
  const wish = { repository: "acme/api", tag: "v1", reason: "a secret is in it" };
  const { id } = (await done(olaf(`POST ${OVERRIDES}`, wish))).body;
  expect((await hub.otto(`POST ${OVERRIDES}/${id}/approve`)).status).toBe(403);
  // What was approved under one rule is not good under another.
  const other = { immutable: { enabled: true, patterns: ["v.*"], locked: true } };
  await done(hub.root(`POST ${OVERRIDES}/${id}/approve`));
  await done(hub.root("PUT /api/v1/tag-rules", other));
  expect((await olaf("DELETE /v2/repositories/acme/api/tags/v1/")).status).toBe(412);
  const again = (await done(olaf(`POST ${OVERRIDES}`, wish))).body;
  await done(hub.root(`POST ${OVERRIDES}/${again.id}/approve`));
  expect((await olaf("DELETE /v2/repositories/acme/api/tags/v1/")).status).toBe(204);
});

test("what a level above has locked is not got around by deleting or giving away the repository", async () => {
  await using hub = await startAcme();
  const { olaf, pushes } = hub;
  await hub.addOrganization("beta", { olaf: "owner" });
  await pushes("olaf", "v1");
  const acme = "PUT /api/v1/namespaces/acme/tag-rules";
  const patterns = ["v.*"];
  await done(olaf(acme, { immutable: { enabled: true, patterns, locked: true } }));
  const move = () => olaf("POST /api/v1/repository-moves", { from: "acme/api", to: "beta/api" });
  const remove = () => olaf("DELETE /api/v1/repositories/acme/api");
  for (const attempt of [move, remove]) {
    const refused = await attempt();
    expect(refused).toMatchObject({ status: 409, body: { type: "urn:berth:problem:RULE_LOCKED" } });
    expect(refused.body.detail).toContain("acme/api holds tag v1, and acme has locked");
  }
  expect((await olaf("GET /v2/acme/api/manifests/v1")).status).toBe(200);
  const rename = { from: "acme/api", to: "acme/backend" };
  await done(olaf("POST /api/v1/repository-moves", rename));
  expect((await olaf("DELETE /v2/repositories/acme/backend/tags/v1/")).status).toBe(412);
  await done(olaf(acme, { immutable: { enabled: true, patterns: ["w.*"], locked: true } }));
  const v1 = (held: object) => ({ ...lines({ tags: "v*", push: null, delete: null, ...held }) });
  const lock = (held: object) =>
    done(olaf(acme, { protected: { ...v1(held).protected, locked: true } }));
  await lock({ delete: [] });
  const refused = await olaf("DELETE /api/v1/repositories/acme/backend");
  expect(refused.body.detail).toContain("locked which tags are protected");
  await lock({ push: [] });
  const away = await olaf("POST /api/v1/repository-moves", { from: "acme/backend", to: "beta/b" });
  expect(away.body.detail).toContain("acme/backend holds tag v1");
  await done(olaf("DELETE /api/v1/repositories/acme/backend"));
  expect((await olaf("GET /api/v1/tag-rules/acme/backend?try=-x")).status).toBe(404);
});

test("berth shows and changes protection, life and exceptions", async () => {
  await using hub = await startAcme();
  await hub.pushes("olaf", "v1");
  const type = (line: string, name = "olaf") => hub.typeAs(person(name), line);
  const shown = await type("repo rules acme/api --protect v*=team:release,olaf *=");
  expect(shown.split("\n").map((line) => line.replace(/ {2,}/g, " | "))).toEqual([
    "RULE | TAGS | SAID BY",
    "format | any | nobody",
    "immutable | none | nobody",
    "protected | v*: team:release, olaf | acme/api",
    "protected | *: nobody | acme/api",
    "aliases | none | nobody",
    "assembled | none | nobody",
  ]);
  expect(
    await type("repo rules acme/api --all-immutable --younger-than 2h --until-retention"),
  ).toContain("all for 7200 s after each push until retention removes them");
  const asked = await type("repo override ask acme/api v1 --reason oops --for 2h");
  const id = asked.split(" ").at(-1) ?? "";
  expect(asked).toContain("berth repo override approve");
  expect(await type("repo override list acme/api")).toContain("oops");
  expect(await type(`repo override approve ${id}`)).toContain("that takes somebody else");
  expect(await type(`repo override approve ${id}`, "otto")).toContain(
    "acme/api:v1 may be moved or deleted once, until",
  );
  expect(await type(`repo override withdraw ${id}`)).toBe("taken back");
});
