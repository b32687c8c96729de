import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiAnswer, done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

const TOKEN = "a token of the identity provider, long".replaceAll(" ", "-");
const USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User";

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  hub = await startAccountsHub({ settings: { "access.scimToken": TOKEN } });
  await hub.addUsers("alice");
  await done(hub.root("PATCH /api/v1/users/alice", { email: "Alice@example.com" }));
});
afterAll(() => hub[Symbol.asyncDispose]());

/** As an identity provider asks. */
async function scim(request: string, body?: unknown, token = TOKEN): Promise<ApiAnswer> {
  const [method = "", ...words] = request.split(" ");
  const response = await fetch(`${hub.url}/v2/scim/2.0/${words.join(" ")}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/scim+json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.headers.get("content-type")).toMatch(/^application\/scim\+json/);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function namesBy(query: string): Promise<readonly string[]> {
  const { body } = await done(scim(`GET Users?${query}`));
  return body.resources.map((one: { displayName: string }) => one.displayName);
}

test("an identity provider adds somebody, renames, switches off and on", async () => {
  const made = await scim("POST Users", {
    schemas: [USER_SCHEMA],
    userName: "jon.snow@example.com",
    name: { givenName: "Jon", familyName: "Snow" },
    emails: [{ value: "jon.snow@example.com", primary: true }],
    locale: "en",
  });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    schemas: [USER_SCHEMA],
    userName: "jon.snow@example.com",
    displayName: "jon.snow",
    active: true,
    name: { givenName: "Jon", familyName: "Snow" },
    emails: [{ value: "jon.snow@example.com", primary: true }],
  });
  const { id } = made.body;
  expect(made.body.meta.location).toBe(`${hub.url}/v2/scim/2.0/Users/${id}`);
  const off = await done(scim(`PUT Users/${id}`, { schemas: [USER_SCHEMA], active: false }));
  expect(off.body).toMatchObject({ active: false, name: { givenName: "Jon" } });
  expect((await hub.root("GET /api/v1/users/jon.snow")).body).toMatchObject({ isDisabled: true });
  // Leaving a field away shuts nobody out and lets nobody in.
  const named = { schemas: [USER_SCHEMA], name: { givenName: "Aegon" } };
  expect((await done(scim(`PUT Users/${id}`, named))).body).toMatchObject({
    active: false,
    name: { givenName: "Aegon", familyName: "Snow" },
  });
  const on = { schemas: [USER_SCHEMA], enabled: true };
  expect((await done(scim(`PUT Users/${id}`, on))).body.active).toBe(true);
  const { body } = await done(hub.root("GET /api/v1/audit?account=jon.snow"));
  expect(body.items.map(({ action, actor }: never) => [action, actor])).toContainEqual([
    "account.create",
    "scim",
  ]);
});

test("people are found by filters, sorted and paged", async () => {
  expect(await namesBy('filter=userName eq "ALICE@example.com"')).toEqual(["alice"]);
  expect(await namesBy('filter=displayName sw "ali" and active eq true')).toEqual(["alice"]);
  expect(await namesBy('filter=not (displayName eq "alice")&sortBy=displayName')).not.toContain(
    "alice",
  );
  expect(await namesBy('filter=displayName co "%25"')).toEqual([]);
  expect(await namesBy("sortBy=displayName&sortOrder=descending&startIndex=1&count=1000")).toEqual(
    (await namesBy("sortBy=displayName")).toReversed(),
  );
  const page = await done(scim("GET Users?startIndex=2&count=1"));
  expect(page.body).toMatchObject({ startIndex: 2, itemsPerPage: 1 });
  expect(page.body.totalResults).toBeGreaterThan(1);
});

test.each([
  ["GET", 'Users?filter=password eq "x"', 400],
  ["GET", "Users?filter=userName gt", 400],
  ["GET", "Users?sortBy=password", 400],
  ["GET", "Users/999999", 404],
  ["GET", "Users/alice", 404],
  ["GET", "Schemas/urn:nothing", 404],
])("%s %s is refused in SCIM's words", async (method, path, status) => {
  const answer = await scim(`${method} ${path}`);
  expect(answer).toMatchObject({
    status,
    body: {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
      status: String(status),
      detail: expect.any(String),
    },
  });
});

test("nobody is added twice, with another's address, or as an administrator", async () => {
  const wish = { schemas: [USER_SCHEMA], userName: "alice@example.com", displayName: "other" };
  expect(await scim("POST Users", wish)).toMatchObject({
    status: 409,
    body: { scimType: "uniqueness" },
  });
  const same = { schemas: [USER_SCHEMA], userName: "new@example.com", displayName: "alice" };
  expect((await scim("POST Users", same)).status).toBe(409);
  const sly = { ...same, displayName: "sly", role: "administrator", roles: ["administrator"] };
  expect((await scim("POST Users", sly)).status).toBe(201);
  expect((await hub.root("GET /api/v1/users/sly")).body.role).toBeUndefined();
});

test("its token opens nothing else, and other tokens do not open SCIM", async () => {
  expect((await scim("GET Users", undefined, `${TOKEN}x`)).status).toBe(401);
  for (const path of [
    "/api/v1/users",
    "/api/v1/audit",
    "/v2/access-tokens",
    "/api/v1/organizations/acme",
  ]) {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { status } = await fetch(hub.url + path, { headers });
    expect([path, [403, 404].includes(status)]).toEqual([path, true]);
  }
  expect(
    (await fetch(`${hub.url}/v2/`, { headers: { authorization: `Bearer ${TOKEN}` } })).status,
  ).toBe(401);
  const login = { username: "alice", password: SENTENCE };
  const { body } = await done(hub.anonymous("POST /v2/users/login", login));
  expect((await scim("GET Users", undefined, body.token)).status).toBe(403);
});

test("what the hub can do is told as RFC 7644 asks", async () => {
  expect((await done(scim("GET ServiceProviderConfig"))).body).toMatchObject({
    patch: { supported: false },
    bulk: { supported: false },
    filter: { supported: true, maxResults: 200 },
  });
  expect((await done(scim("GET ResourceTypes/User"))).body).toMatchObject({ endpoint: "/Users" });
  expect((await done(scim(`GET Schemas/${USER_SCHEMA}`))).body).toMatchObject({ id: USER_SCHEMA });
});

test("people tell of themselves, and their organizations show it", async () => {
  const alice = hub.as("alice");
  const told = { givenName: "Alice", familyName: "Archer", company: "Acme", location: "Ghent" };
  expect((await done(alice("PATCH /api/v1/account/profile", told))).body).toEqual(told);
  expect((await done(alice("GET /api/v1/account/profile"))).body).toEqual(told);
  expect((await alice("PATCH /api/v1/account/profile", { role: "administrator" })).status).toBe(
    400,
  );
  await hub.addOrganization("acme", { alice: "owner" });
  expect((await done(alice("GET /v2/orgs/acme/members?search=alice"))).body.results).toMatchObject([
    { full_name: "Alice Archer", company: "Acme", location: "Ghent" },
  ]);
});

test("those who may more than others are switched off by it, and nothing else", async () => {
  await hub.addUsers("ruth");
  await done(hub.root("PATCH /api/v1/users/ruth", { role: "administrator" }));
  const { body } = await done(scim('GET Users?filter=displayName eq "ruth"'));
  const path = `PUT Users/${body.resources[0].id}`;
  const told = { schemas: [USER_SCHEMA] };
  expect((await scim(path, { ...told, userName: "evil@example.com" })).status).toBe(403);
  const same = { ...told, active: true, name: { givenName: "Ruth" } };
  expect((await scim(path, same)).status).toBe(200);
  expect((await scim(path, { ...told, active: false })).body.active).toBe(false);
  expect((await scim(path, { ...told, active: true })).status).toBe(403);
  expect((await hub.root("GET /api/v1/users/ruth")).body).toMatchObject({ isDisabled: true });
});
