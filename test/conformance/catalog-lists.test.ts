import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { pushImage } from "../harness/pushed-image.ts";

/** More than one search looks at. */
const PRIVATE = 10_050;

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  hub = await startAccountsHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

test("whoever sees little of a large hub finds what they do see, at once", async () => {
  await hub.addUsers("alice");
  await hub.addOrganization("acme", { alice: "member" });
  await hub.addOrganization("crowd");
  for (const name of ["acme/api", "crowd/open"]) await done(hub.push(ROOT, `${name}:1`) as never);
  await done(hub.root("PATCH /api/v1/repositories/crowd/open", { visibility: "public" }));
  fillCrowd();
  const listed = async (ask: typeof hub.root, query = "") =>
    (await done(ask(`GET /api/v1/catalog/repositories${query}`))).body.items.map(
      ({ name }: { name: string }) => name,
    );
  expect(await listed(hub.anonymous)).toEqual(["crowd/open"]);
  expect(new Set(await listed(hub.as("alice")))).toEqual(new Set(["acme/api", "crowd/open"]));
  expect(await listed(hub.as("alice"), "?q=api")).toEqual(["acme/api"]);
  expect(await listed(hub.anonymous, "?q=api")).toEqual([]);
  expect(await listed(hub.root, "?q=private-10049")).toEqual(["crowd/private-10049"]);
});

/** Pushed later than all others, and seen by nobody but those who see everything. */
function fillCrowd(): void {
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  const insert = database.prepare(
    `insert into repositories (name, created_at, namespace_id, visibility, last_pushed_at)
     select 'crowd/private-' || ?, created_at, namespace_id, 'private', last_pushed_at + 1000
     from repositories where name = 'crowd/open'`,
  );
  database.exec("begin");
  for (let n = 0; n < PRIVATE; n += 1) insert.run(String(n));
  database.exec("commit");
}

test("a page of tags is full of tags, however many signatures lie beside them", async () => {
  const name = "admin/signed";
  await done(hub.push(ROOT, `${name}:v1`) as never);
  for (const digit of ["a", "b", "c"])
    await done(hub.push(ROOT, `${name}:sha256-${digit.repeat(64)}.sig`) as never);
  for (const order of ["updated", "-updated", "name", "-name", "version", "-version"]) {
    const { body } = await done(
      hub.root(`GET /api/v1/catalog/tags/${name}?limit=1&order=${order}`),
    );
    expect(body.items.map((tag: { name: string }) => tag.name)).toEqual(["v1"]);
    expect(body.next).toBeUndefined();
  }
  const { body } = await done(hub.root(`GET /api/v1/catalog/repositories/${name}`));
  expect(body.tags).toBe(1);
});

test("tags are found by what is in them and when they were pushed, page after page, in every order", async () => {
  const name = "admin/filtered";
  const push = async (tag: string, architecture: string) =>
    await pushImage(hub.url, ROOT, {
      as: `${name}:${tag}`,
      layers: [tag],
      config: { os: "linux", architecture },
    });
  for (const tag of ["1.0", "1.1", "1.2"]) await push(tag, "amd64");
  await push("1.3-arm", "arm64");
  const since = new Date().toISOString();
  await push("1.4", "amd64");
  const listAll = async (query: string) => {
    const names: string[] = [];
    for (let last = ""; ; ) {
      const path = `${name}?limit=1&${query}${last && `&last=${encodeURIComponent(last)}`}`;
      const { body } = await done(hub.root(`GET /api/v1/catalog/tags/${path}`));
      expect(body.items.length).toBeLessThanOrEqual(1);
      names.push(...body.items.map((tag: { name: string }) => tag.name));
      if (body.next === undefined) return names.toSorted();
      last = body.next;
    }
  };
  for (const order of ["updated", "-updated", "name", "-name", "version", "-version"]) {
    const found = async (filter: string) => await listAll(`order=${order}&${filter}`);
    expect(await found("architecture=arm64")).toEqual(["1.3-arm"]);
    expect(await found("architecture=amd64")).toEqual(["1.0", "1.1", "1.2", "1.4"]);
    expect(await found(`since=${since}`)).toEqual(["1.4"]);
    expect(await found(`before=${since}&architecture=amd64&q=1.1`)).toEqual(["1.1"]);
    expect(await found("signed=yes")).toEqual([]);
    expect(await found("signed=no&findings=none")).toEqual([]);
    expect(await found("findings=unknown")).toHaveLength(5);
  }
});

test("nobody is called as the hub is where a place is named", async () => {
  const named = { name: "hub", password: "a long enough sentence" };
  expect((await hub.root("POST /api/v1/organizations", { name: "hub" })).status).toBe(409);
  expect((await hub.root("POST /api/v1/users", named)).status).toBe(409);
});
