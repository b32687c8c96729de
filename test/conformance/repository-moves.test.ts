import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { armFailPoints } from "../../src/platform/fail-point.ts";
import { findDamage } from "../faults/store-check.ts";
import { randomImage } from "../harness/artifacts.ts";
import { callerOf, done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { tokenFor } from "../harness/tokens.ts";

const OWNER = { name: "olaf", password: SENTENCE };
const WANDA = { name: "wanda", password: SENTENCE };
const MOVES = "POST /api/v1/repository-moves";

const random = new Randomness();

afterEach(() => armFailPoints(undefined));

/** `olaf` owns acme and beta, `wanda` pushes to acme, `bert` to beta, and `stranger` has nothing. */
async function startAcme() {
  const hub = await startAccountsHub();
  await hub.addUsers("olaf", "wanda", "bert", "stranger");
  await hub.addOrganization("acme", { olaf: "owner", wanda: "contributor" });
  await hub.addOrganization("beta", { olaf: "owner", bert: "contributor" });
  return hub;
}

test("a renamed repository is pulled by both names, and pushed to by the new one alone", async () => {
  await using hub = await startAcme();
  await using client = new RegistryClient(hub.url, { user: OWNER });
  const olaf = hub.as("olaf");
  const image = randomImage(random);
  await client.push("acme/old", "v1", image);
  await client.assertPullable("acme/old", "v1", image);
  const upload = await olaf("POST /v2/acme/old/blobs/uploads/");
  const session = new URL(upload.headers.get("location") ?? "", hub.url).pathname;
  const moved = await done(olaf(MOVES, { from: "acme/old", to: "acme/new" }));
  expect(moved.body).toMatchObject({ name: "acme/new", visibility: "private" });

  for (const name of ["acme/old", "acme/new"]) {
    await client.assertPullable(name, "v1", image);
    expect((await olaf(`GET /v2/${name}/tags/list`)).body).toEqual({ name, tags: ["v1"] });
    expect((await olaf(`GET /v2/${name}/referrers/${image.manifest.digest}`)).status).toBe(200);
    expect((await olaf(`GET /api/v1/repositories/${name}`)).body.name).toBe("acme/new");
    expect((await olaf(`GET /v2/repositories/${name}`)).body).toMatchObject({ name: "new" });
    expect((await olaf(`GET /v2/repositories/${name}/tags`)).body.count).toBe(1);
  }
  expect((await olaf("GET /v2/_catalog")).body.repositories).toEqual(["acme/new"]);
  expect(await hub.push(OWNER, "acme/old:v2")).toEqual({
    status: 403,
    message: "acme/old is now acme/new: push there",
  });
  expect((await olaf("DELETE /v2/acme/old/manifests/v1")).status).toBe(403);
  expect((await olaf("DELETE /api/v1/repositories/acme/old")).body.detail).toBe(
    "acme/old is now acme/new: use that name",
  );
  // The upload goes on where its repository is now.
  expect((await olaf(`GET ${session}`)).status).toBe(403);
  expect((await olaf(`GET ${session.replace("old", "new")}`)).status).toBe(204);
  expect((await hub.push(OWNER, "acme/new:v2")).status).toBe(201);
  // A blob of the former name may be mounted.
  const layer = image.layers[0]?.digest;
  const mount = `POST /v2/beta/app/blobs/uploads/?mount=${layer}&from=acme/old`;
  expect((await olaf(mount)).status).toBe(201);
  const entries = await hub.root("GET /api/v1/audit?action=repo.rename&name=acme/old");
  expect(entries.body.items).toHaveLength(1);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("a chain of names leads to where the repository is, and back again", async () => {
  await using hub = await startAcme();
  const olaf = hub.as("olaf");
  await hub.push(OWNER, "acme/a:v1");
  await done(olaf(MOVES, { from: "acme/a", to: "acme/b" }));
  await done(olaf(MOVES, { from: "acme/b", to: "beta/c" }));
  for (const name of ["acme/a", "acme/b", "beta/c"])
    expect((await olaf(`GET /api/v1/repositories/${name}`)).body.name).toBe("beta/c");
  await done(olaf(MOVES, { from: "beta/c", to: "acme/a" }));
  for (const name of ["acme/a", "acme/b", "beta/c"])
    expect((await olaf(`GET /api/v1/repositories/${name}`)).body.name).toBe("acme/a");
  expect((await hub.push(OWNER, "acme/a:v2")).status).toBe(201);
  await done(olaf("DELETE /api/v1/repositories/acme/a"));
  for (const name of ["acme/a", "acme/b", "beta/c"])
    expect((await olaf(`GET /v2/${name}/tags/list`)).status).toBe(404);
});

test("a transfer takes the right to administer there and to create here, and ends rights that were given", async () => {
  await using hub = await startAcme();
  const [olaf, wanda] = [hub.as("olaf"), hub.as("wanda")];
  await hub.push(OWNER, "acme/api:v1");
  await hub.push(OWNER, "beta/taken:v1");
  await done(olaf("POST /api/v1/organizations/acme/teams", { name: "ops" }));
  const rights = "PUT /api/v1/namespaces/acme/rights";
  for (const who of [{ team: "ops" }, { account: "stranger" }])
    await done(olaf(rights, { ...who, repository: "acme/api", actions: ["admin"] }));
  const list = "GET /v2/acme/api/tags/list";
  expect((await hub.as("stranger")(list)).status).toBe(200);

  const wish = { from: "acme/api", to: "beta/api" };
  expect((await wanda(MOVES, wish)).status).toBe(403);
  // May administer it, and may create nothing over there.
  expect((await hub.as("stranger")(MOVES, wish)).status).toBe(404);
  expect((await olaf(MOVES, { from: "acme/api", to: "beta/taken" })).status).toBe(409);
  expect((await olaf(MOVES, { from: "acme/api", to: "beta" })).status).toBe(400);
  await done(olaf(MOVES, wish));
  expect((await olaf("GET /api/v1/namespaces/acme/rights")).body.items).toEqual([]);
  for (const name of ["acme/api", "beta/api"]) {
    const path = `GET /v2/${name}/tags/list`;
    expect((await hub.as("bert")(path)).status).toBe(200);
    expect((await hub.as("stranger")(path)).status).toBe(404);
  }
  // For those who lost it, the former name is like one that has nothing to it.
  expect((await wanda(list)).status).toBe(404);
  expect((await wanda("GET /v2/acme/never/tags/list")).status).toBe(404);
  for (const account of ["acme", "beta"]) {
    const trail = `GET /api/v1/audit?action=repo.transfer&account=${account}`;
    expect((await hub.root(trail)).body.items).toHaveLength(1);
  }
});

test("the former name of what is private looks like one that nothing ever had", async () => {
  await using hub = await startAcme();
  await hub.push(OWNER, "acme/old:v1");
  await done(hub.as("olaf")(MOVES, { from: "acme/old", to: "beta/secret" }));
  for (const ask of [hub.as("stranger"), hub.anonymous]) {
    for (const request of [
      "GET /v2/NAME/tags/list",
      "GET /v2/NAME/manifests/v1",
      "PUT /v2/NAME/manifests/v1",
      "POST /v2/NAME/blobs/uploads/",
      "DELETE /v2/NAME/manifests/v1",
      "GET /api/v1/repositories/NAME",
      "DELETE /api/v1/repositories/NAME",
      "GET /v2/repositories/NAME",
    ]) {
      const [former, never] = await Promise.all(
        ["acme/old", "acme/nil"].map(async (name) => {
          const { status, headers, body } = await ask(request.replace("NAME", name));
          const shown = [status, headers.get("www-authenticate"), body];
          return JSON.stringify(shown)
            .replaceAll(name, "NAME")
            .replace(/"requestId":"[^"]*"/, "");
        }),
      );
      expect(former).toBe(never);
    }
  }
  // Whoever could create it learns that a push will not, and not where it went.
  const { status, message } = await hub.push(WANDA, "acme/old:v1");
  expect(status).toBe(403);
  expect(message).not.toContain("secret");
  expect(message).toContain("berth repo create acme/old");
});

test("S30: a new repository of the former name ends the redirect, and is opened by nothing older", async () => {
  await using hub = await startAcme();
  const [olaf, wanda] = [hub.as("olaf"), hub.as("wanda")];
  await hub.push(OWNER, "acme/api:v1");
  const old = await tokenFor(hub.url, WANDA, "acme/api");
  const limited = await olaf("POST /api/v1/account/tokens", {
    label: "ci",
    scopes: ["repo:write"],
    repositories: ["acme/api"],
  });
  const asLimited = hub.as("olaf", limited.body.secret);
  const list = "/v2/acme/api/tags/list";
  const bearer = (token: string) =>
    fetch(hub.url + list, { headers: { authorization: `Bearer ${token}` } });
  expect((await bearer(old)).status).toBe(200);
  expect((await asLimited(`GET ${list}`)).status).toBe(200);

  await done(olaf(MOVES, { from: "acme/api", to: "acme/backend" }));
  // The account may, by either name; what was granted for the former one was granted for that.
  expect((await wanda(`GET ${list}`)).status).toBe(200);
  expect((await bearer(old)).status).toBe(401);
  expect((await asLimited(`GET ${list}`)).status).toBe(404);
  const renewed = await tokenFor(hub.url, WANDA, "acme/api");
  expect((await bearer(renewed)).status).toBe(200);

  await done(wanda("POST /api/v1/repositories", { name: "acme/api" }));
  expect((await wanda(`GET ${list}`)).body.tags).toEqual([]);
  expect((await asLimited(`GET ${list}`)).status).toBe(404);
  for (const token of [old, renewed]) expect((await bearer(token)).status).toBe(401);
  expect((await wanda("GET /v2/acme/backend/tags/list")).body.tags).toEqual(["v1"]);
});

test("S30: a push that was under way while its repository moved does not make the former name anew", async () => {
  await using hub = await startAcme();
  await using client = new RegistryClient(hub.url, { user: OWNER });
  const image = randomImage(random);
  await client.push("acme/api", "v1", image);
  armFailPoints("manifest.before-transaction:delay=500");
  const pushing = client.putManifest("acme/api", "v2", image.manifest);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await done(hub.as("olaf")(MOVES, { from: "acme/api", to: "acme/backend" }));
  expect((await pushing).status).toBe(404);
  const { body } = await hub.as("olaf")("GET /api/v1/repositories");
  expect(body.items).toMatchObject([{ name: "acme/backend" }]);
});

test("a renamed organization keeps everything, and names below its former one lead to it", async () => {
  await using hub = await startAcme();
  const olaf = hub.as("olaf");
  await hub.push(OWNER, "acme/api:v1");
  await hub.push(OWNER, "acme/old:v1");
  await done(olaf(MOVES, { from: "acme/old", to: "acme/new" }));
  const robot = await olaf("POST /api/v1/organizations/acme/robots", {
    label: "ci",
    resources: [{ repositories: "acme/api", actions: ["pull"] }],
  });
  const old = await tokenFor(hub.url, WANDA, "acme/api");
  expect(
    (await hub.as("wanda")("POST /api/v1/namespaces/acme/rename", { name: "apex" })).status,
  ).toBe(403);
  await done(olaf("POST /api/v1/namespaces/acme/rename", { name: "apex" }));

  for (const [asked, name] of [
    ["acme/api", "apex/api"],
    ["apex/api", "apex/api"],
    ["acme/old", "apex/new"],
    ["apex/old", "apex/new"],
  ]) {
    expect((await olaf(`GET /api/v1/repositories/${asked}`)).body.name).toBe(name);
    expect((await hub.as("wanda")(`GET /v2/${asked}/manifests/v1`)).status).toBe(200);
    expect((await hub.as("stranger")(`GET /v2/${asked}/manifests/v1`)).status).toBe(404);
  }
  expect(await hub.push(OWNER, "acme/api:v2")).toEqual({
    status: 403,
    message: "acme/api is now apex/api: push there",
  });
  expect((await hub.push(OWNER, "acme/another:v1")).message).toBe(
    "acme/another is now apex/another: push there",
  );
  expect((await hub.push(OWNER, "apex/another:v1")).status).toBe(201);
  const authorization = `Bearer ${old}`;
  for (const name of ["acme", "apex"]) {
    const answer = await fetch(`${hub.url}/v2/${name}/api/tags/list`, {
      headers: { authorization },
    });
    expect(answer.status).toBe(401);
  }
  // Robots are the organization's own: they may what they might, under its name.
  const { secret } = robot.body;
  const path = "GET /v2/apex/api/tags/list";
  expect((await callerOf(hub.url, { name: "apex+ci", password: secret })(path)).status).toBe(200);
  expect((await callerOf(hub.url, { name: "acme+ci", password: secret })(path)).status).toBe(401);
  // Nobody else gets the name, however they try; an administrator's push does not make it either.
  for (const name of ["acme", "acme", "ac-me"])
    expect((await hub.root("POST /api/v1/organizations", { name })).status).toBe(409);
  expect((await hub.root("POST /api/v1/users", { name: "acme", password: SENTENCE })).status).toBe(
    409,
  );
  expect((await hub.root("POST /api/v1/repositories", { name: "acme/x" })).status).toBe(403);
  await done(olaf("POST /api/v1/namespaces/apex/rename", { name: "acme" }));
  expect((await olaf("GET /api/v1/repositories/apex/api")).body.name).toBe("acme/api");
  const trail = await hub.root("GET /api/v1/audit?action=org.rename");
  expect(trail.body.items).toHaveLength(2);
});

test("a renamed user logs in by the new name, with what they had", async () => {
  await using hub = await startAcme();
  await hub.push(WANDA, "wanda/app:v1");
  const wish = { label: "laptop", scopes: ["repo:read"] };
  const { secret } = (await hub.as("wanda")("POST /api/v1/account/tokens", wish)).body;
  expect((await hub.as("olaf")("POST /api/v1/namespaces/wanda/rename", { name: "w" })).status).toBe(
    404,
  );
  await done(hub.root("POST /api/v1/namespaces/wanda/rename", { name: "walter" }));
  for (const password of [SENTENCE, secret]) {
    expect((await hub.as("wanda", password)("GET /v2/")).status).toBe(401);
    const ask = hub.as("walter", password);
    for (const name of ["wanda/app", "walter/app"])
      expect((await ask(`GET /v2/${name}/tags/list`)).body).toEqual({ name, tags: ["v1"] });
  }
  expect((await hub.as("walter")("GET /api/v1/organizations")).body.items).toHaveLength(1);
  expect((await hub.push({ ...WANDA, name: "walter" }, "acme/api:v1")).status).toBe(201);
  const login = await hub.anonymous("POST /v2/users/login", {
    username: "wanda",
    password: SENTENCE,
  });
  const nobody = await hub.anonymous("POST /v2/users/login", {
    username: "nil",
    password: SENTENCE,
  });
  expect([login.status, login.body]).toEqual([nobody.status, nobody.body]);
  await done(hub.root("DELETE /api/v1/repositories/walter/app"));
  await done(hub.root("DELETE /api/v1/users/walter"));
  for (const name of ["wanda", "walter"])
    expect((await hub.root("POST /api/v1/users", { name, password: SENTENCE })).status).toBe(409);
});

test("a namespace whose renaming would keep everybody waiting is not renamed", async () => {
  await using hub = await startAcme();
  const olaf = hub.as("olaf");
  await done(olaf("POST /api/v1/repositories", { name: "acme/app" }));
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { timeout: 10_000 });
  // What the bound is about is the number of rows.
  database.exec(`
    insert into repositories (name, namespace_id, created_at)
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 50000)
    select 'acme/many-' || n, namespace_id, created_at from numbers, repositories where name = 'acme/app'`);
  const rename = "POST /api/v1/namespaces/acme/rename";
  const { status, body } = await olaf(rename, { name: "apex" });
  expect([status, body.detail]).toEqual([
    409,
    "acme holds more than 50000 repositories, and all pushes would wait while they are renamed: make another namespace and give them to it by berth repo transfer",
  ]);
  database.exec("delete from repositories where name = 'acme/many-1'");
  expect((await done(olaf(rename, { name: "apex" }))).body.name).toBe("apex");
  expect((await done(olaf("GET /api/v1/repositories/apex/many-2"))).body.name).toBe("apex/many-2");
}, 60_000);

test("names that were given up do not pile up, and the hub's own are not renamed", async () => {
  await using hub = await startAcme();
  const rename = (from: string, name: string) =>
    hub.root(`POST /api/v1/namespaces/${from}/rename`, { name });
  const names = ["acme", "b-one", "b-two", "b-three", "b-four", "b-five"];
  for (const [index, name] of names.entries())
    if (index > 0) await done(rename(names[index - 1] ?? "", name));
  expect((await rename("b-five", "b-six")).status).toBe(409);
  expect((await rename("b-five", "acme")).status).toBe(200);
  for (const taken of ["beta", "olaf", "library", "b3ta"].slice(0, 3))
    expect((await rename("acme", taken)).status).toBe(409);
  expect((await rename("acme", "Not a name")).status).toBe(400);
  await hub.push({ name: "admin", password: "the first administrator" }, "tool:v1");
  expect((await rename("library", "other")).status).toBe(409);
});
