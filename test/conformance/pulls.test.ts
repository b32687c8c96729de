import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

const ALICE = { name: "alice", password: SENTENCE };
const ACCEPT =
  "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";
const WAIT = { timeout: 10_000, interval: 100 };

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("alice", "bob", "mallory");
});
afterAll(() => hub[Symbol.asyncDispose]());

/** Makes a public repository of its own for a test. */
async function publish(name: string): Promise<string> {
  await hub.push(name.startsWith("bob/") ? { ...ALICE, name: "bob" } : ALICE, `${name}:1`);
  await done(hub.root(`PATCH /api/v1/repositories/${name}`, { visibility: "public" }));
  return name;
}

/** By default in the simplest form, which the fast lane answers. */
async function ask(path: string, options: { method?: string; headers?: object } = {}) {
  const response = await fetch(`${hub.url}/v2/${path}`, {
    method: options.method ?? "GET",
    headers: { accept: ACCEPT, "user-agent": "test/1", ...options.headers },
  });
  await response.arrayBuffer();
  return response;
}

async function digestOf(path: string): Promise<string> {
  return (await ask(path, { method: "HEAD" })).headers.get("docker-content-digest") ?? "";
}

function basic({ name, password }: typeof ALICE) {
  const text = Buffer.from(`${name}:${password}`).toString("base64");
  return { authorization: `Basic ${text}` };
}

async function pullsOf(name: string): Promise<number> {
  return (await done(hub.root(`GET /api/v1/repositories/${name}`))).body.pulls as number;
}

test("each manifest that is fetched is a pull; looking at it, a refusal and a blob are none", async () => {
  const name = await publish("alice/counted");
  for (let turn = 0; turn < 3; turn += 1)
    expect((await ask(`${name}/manifests/1`)).status).toBe(200);
  // The ordinary server counts as the fast lane does.
  const slow = { headers: { "x-lane": "no" } };
  expect((await ask(`${name}/manifests/1`, slow)).status).toBe(200);
  const etag = { headers: { "if-none-match": `"${await digestOf(`${name}/manifests/1`)}"` } };
  expect((await ask(`${name}/manifests/1`, etag)).status).toBe(304);
  expect((await ask(`${name}/manifests/nil`)).status).toBe(404);
  const blob = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  expect((await ask(`${name}/blobs/${blob}`)).status).toBe(200);
  await expect.poll(() => pullsOf(name), WAIT).toBe(4);
  const { body } = await done(hub.anonymous(`GET /v2/repositories/${name}`));
  expect(body).toMatchObject({ pull_count: 4, star_count: 0, has_starred: false });
  expect(body.last_updated).not.toBe(body.date_registered);
});

test("an image for several platforms is one pull for each platform that is fetched", async () => {
  const name = await publish("alice/platforms");
  await hub.push(ALICE, `${name}:2`);
  const children = [await digestOf(`${name}/manifests/1`), await digestOf(`${name}/manifests/2`)];
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: children.map((digest, number) => ({
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest,
      size: 401,
      platform: { os: "linux", architecture: number === 0 ? "amd64" : "arm64" },
    })),
  };
  const put = await fetch(`${hub.url}/v2/${name}/manifests/all`, {
    method: "PUT",
    headers: { "content-type": index.mediaType, ...basic(ALICE) },
    body: JSON.stringify(index),
  });
  expect(put.status).toBe(201);
  await ask(`${name}/manifests/all`);
  await ask(`${name}/manifests/${children[0]}`);
  await expect.poll(() => pullsOf(name), WAIT).toBe(1);
  const tag = await done(hub.anonymous(`GET /v2/repositories/${name}/tags/all`));
  expect(tag.body.tag_last_pulled).toMatch(/^\d{4}-/);
  expect(tag.body.images).toMatchObject([
    { architecture: "amd64", last_pulled: expect.stringMatching(/^\d{4}-/) },
    { architecture: "arm64", last_pulled: null },
  ]);
});

test("a tag was pulled when what it names was, as clients ask for the digest of a tag", async () => {
  const name = await publish("alice/by-digest");
  const { body: before } = await done(hub.anonymous(`GET /v2/repositories/${name}/tags/1`));
  expect(before).toMatchObject({ tag_last_pulled: null, images: [{ last_pulled: null }] });
  await ask(`${name}/manifests/${await digestOf(`${name}/manifests/1`)}`);
  await expect
    .poll(async () => {
      const { body } = await done(hub.anonymous(`GET /v2/repositories/${name}/tags`));
      return body.results[0].tag_last_pulled;
    }, WAIT)
    .toMatch(/^\d{4}-/);
});

test("the numbers of what is private are nobody's business", async () => {
  await hub.push(ALICE, "alice/secret:1");
  await ask("alice/secret/manifests/1", { headers: basic(ALICE) });
  await expect.poll(() => pullsOf("alice/secret"), WAIT).toBe(1);
  for (const request of [
    "GET /v2/repositories/alice/secret",
    "GET /api/v1/repositories/alice/secret",
    "PUT /api/v1/stars/alice/secret",
    "DELETE /api/v1/stars/alice/secret",
  ]) {
    const hidden = await hub.as("mallory")(request);
    const absent = await hub.as("mallory")(request.replace("secret", "nil"));
    expect([request, hidden.status, absent.status]).toEqual([request, 404, 404]);
  }
  const { body } = await hub.as("mallory")("GET /v2/repositories/alice?ordering=-pull_count");
  expect(JSON.stringify(body)).not.toContain("secret");
});

test("a hub that stops in order loses no count", async () => {
  await using first = await startAccountsHub();
  await first.push(ROOT, "acme/app:1");
  const credentials = basic(ROOT);
  for (let turn = 0; turn < 5; turn += 1)
    await fetch(`${first.url}/v2/acme/app/manifests/1`, { headers: credentials });
  await first.close();
  using database = new DatabaseSync(join(first.dataDirectory, "berth.db"), { readOnly: true });
  expect(database.prepare("select pulls from repository_pulls").get()).toMatchObject({ pulls: 5 });
  expect(database.prepare("select account, pulls from pull_hours").all()).toMatchObject([
    { account: "admin", pulls: 5 },
  ]);
  expect(
    database.prepare("select count(*) as n from outbox where topic = 'manifest.pulled'").get(),
  ).toMatchObject({ n: 0 });
});

test("what was removed takes its numbers along", async () => {
  await hub.push(ALICE, "alice/removed:1");
  await ask("alice/removed/manifests/1", { headers: basic(ALICE) });
  await expect.poll(() => pullsOf("alice/removed"), WAIT).toBe(1);
  await done(hub.as("alice")("DELETE /v2/repositories/alice/removed/tags/1"));
  await hub.push(ALICE, "alice/removed:1");
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { readOnly: true });
  const rows = database
    .prepare(
      "select 1 from tag_pulls join repositories on id = repository_id where name = 'alice/removed'",
    )
    .all();
  expect(rows).toEqual([]);
  expect(await pullsOf("alice/removed")).toBe(1);
});

test("people mark repositories that they may see, once each, and everybody sees how many did", async () => {
  const name = await publish("alice/starred");
  for (const user of ["bob", "bob", "mallory"])
    expect((await hub.as(user)(`PUT /api/v1/stars/${name}`)).status).toBe(204);
  const info = async (user: string) =>
    (await done(hub.as(user)(`GET /v2/repositories/${name}`))).body;
  expect(await info("bob")).toMatchObject({ star_count: 2, has_starred: true });
  expect(await info("alice")).toMatchObject({ star_count: 2, has_starred: false });
  const search = await done(hub.anonymous("GET /v2/search/repositories?query=starred"));
  expect(search.body.results).toMatchObject([{ repo_name: name, star_count: 2, pull_count: 0 }]);
  expect((await hub.as("bob")("GET /api/v1/stars")).body.items).toMatchObject([
    { repository: name },
  ]);
  expect((await hub.as("mallory")(`DELETE /api/v1/stars/${name}`)).status).toBe(204);
  expect(await info("mallory")).toMatchObject({ star_count: 1, has_starred: false });
  await done(hub.root(`PATCH /api/v1/repositories/${name}`, { visibility: "private" }));
  expect((await hub.as("bob")("GET /api/v1/stars")).body.items).toEqual([]);
  await done(hub.root("DELETE /api/v1/users/mallory"));
});

test("a list of Docker Hub's is put in order by name, by pulls and by the last push", async () => {
  await hub.addOrganization("order", { alice: "owner" });
  for (const name of ["order/bb", "order/aa", "order/cc"]) await publish(name);
  await ask("order/cc/manifests/1");
  await ask("order/cc/manifests/1");
  await ask("order/bb/manifests/1");
  await expect.poll(() => pullsOf("order/cc"), WAIT).toBe(2);
  const list = async (ordering: string) => {
    const path = `GET /v2/repositories/order?ordering=${ordering}`;
    const { body } = await done(hub.as("alice")(path));
    return body.results.map(({ name }: { name: string }) => name).join(" ");
  };
  expect(await list("name")).toBe("aa bb cc");
  expect(await list("-name")).toBe("cc bb aa");
  expect(await list("pull_count")).toBe("aa bb cc");
  expect(await list("-pull_count")).toBe("cc bb aa");
  expect(await list("last_updated")).toBe("cc aa bb");
  expect(await list("-last_updated")).toBe("bb aa cc");
});

test("who pulled what in which hour is there as CSV that no spreadsheet runs", async () => {
  const name = await publish("bob/usage");
  const wish = { label: "=cmd()", scopes: ["repo:read"] };
  const { body: token } = await done(hub.as("bob")("POST /api/v1/account/tokens", wish));
  const credentials = basic({ name: "bob", password: token.secret });
  await ask(`${name}/manifests/1`, { headers: credentials });
  await ask(`${name}/manifests/1`, { method: "HEAD", headers: credentials });
  await ask(`${name}/manifests/1`);
  await expect.poll(() => pullsOf(name), WAIT).toBe(2);
  const all = (await done(hub.root("GET /api/v1/usage/pulls"))).body as string;
  const own = (await done(hub.as("bob")("GET /api/v1/usage/pulls?namespace=bob"))).body as string;
  const [head = "", ...lines] = own.trimEnd().split("\r\n");
  expect(head).toBe(
    "datehour,user_name,repository,access_token_name,ips,repository_privacy,tag,digest,version_checks,pulls",
  );
  const digest = await digestOf(`${name}/manifests/1`);
  const hour = new Date().toISOString().slice(0, 13).replace(/[-T]/g, "/");
  expect(lines.toSorted()).toEqual([
    `${hour},anonymous,${name},,127.0.0.1,public,1,${digest},0,1`,
    `${hour},bob,${name},"'=cmd()",127.0.0.1,public,1,${digest},1,1`,
  ]);
  for (const line of lines) expect(all).toContain(line);
  expect(own).not.toContain("alice/");
  expect((await hub.as("bob")("GET /api/v1/usage/pulls")).status).toBe(403);
  expect((await hub.as("bob")("GET /api/v1/usage/pulls?namespace=alice")).status).toBe(404);
  const future = new Date(Date.now() + 7_200_000).toISOString();
  const none = await done(hub.root(`GET /api/v1/usage/pulls?from=${future}&format=jsonl`));
  expect(none.body).toBeUndefined();
});
