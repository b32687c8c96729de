import { afterAll, beforeAll, expect, test } from "vitest";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let olga: ReturnType<typeof hub.as>;

beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("olga", "mike", "carla", "stranger");
  await hub.addOrganization("acme", { olga: "owner", mike: "member" });
  await done(hub.root("DELETE /api/v1/organizations/acme/members/admin"));
  await done(hub.root("PATCH /api/v1/users/mike", { email: "Mike@example.com" }));
  await hub.push(ROOT, "acme/api:1");
  olga = hub.as("olga");
});
afterAll(() => hub[Symbol.asyncDispose]());

test("members are listed, searched, given roles, exported and removed as on Docker Hub", async () => {
  const all = await done(olga("GET /v2/orgs/acme/members/?page_size=1000"));
  expect(all.body).toMatchObject({
    count: 2,
    next: null,
    results: [
      { username: "mike", role: "Member", email: "Mike@example.com", groups: [], type: "User" },
      { username: "olga", role: "Owner" },
    ],
  });
  const { body: seen } = await done(hub.as("mike")("GET /v2/orgs/acme/members"));
  expect(seen.results[0]).toMatchObject({ username: "mike", email: "" });
  const found = async (query: string) => {
    const { body } = await done(olga(`GET /v2/orgs/acme/members?${query}`));
    return body.results.map((one: { username: string }) => one.username);
  };
  expect(await found("search=mike%40EXAMPLE")).toEqual(["mike"]);
  expect(await found("role=owner")).toEqual(["olga"]);
  // No patterns of SQL's.
  expect(await found("search=%25")).toEqual([]);
  expect(await found("page_size=1&page=2")).toEqual(["olga"]);
  const put = await done(olga("PUT /v2/orgs/acme/members/carla", { role: "editor" }));
  expect(put.body).toMatchObject({ username: "carla", role: "Editor" });
  const csv = await done(olga("GET /v2/orgs/acme/members/export"));
  expect(csv.headers.get("content-type")).toMatch(/^text\/csv/);
  const lines = String(csv.body).trim().split("\r\n");
  expect(lines[0]).toBe("Name,Username,Email,Type,Permission/Role,Teams,Date Joined");
  expect(lines[2]).toMatch(/^,mike,Mike@example\.com,User,Member,,\d{4}-/);
  expect((await olga("DELETE /v2/orgs/acme/members/carla")).status).toBe(204);
  expect(await found("search=carla")).toEqual([]);
  expect((await olga("DELETE /v2/orgs/acme/members/olga")).status).toBe(409);
});

test("groups are teams: made, changed, filled, given rights and deleted", async () => {
  const wish = { name: "builders", description: "they build" };
  const made = await done(olga("POST /v2/orgs/acme/groups", wish));
  expect(made).toMatchObject({ status: 201, body: { ...wish, member_count: 0 } });
  const { id, uuid } = made.body;
  expect(uuid).toMatch(/^[0-9a-f]{32}$/);
  await done(olga("POST /v2/orgs/acme/groups/builders/members", { member: "mike" }));
  expect((await olga("GET /v2/orgs/acme/groups/builders/members")).body).toMatchObject({
    count: 1,
    results: [{ username: "mike", groups: ["builders"] }],
  });
  expect((await olga("GET /v2/orgs/acme/groups?search=buil")).body).toMatchObject({
    count: 1,
    results: [{ id, uuid, name: "builders", member_count: 1 }],
  });
  const right = await done(
    olga("POST /v2/repositories/acme/api/groups", { group_id: id, permission: "write" }),
  );
  expect(right.body).toEqual({ group_name: "builders", permission: "write", group_id: id });
  expect((await hub.push({ name: "mike", password: SENTENCE }, "acme/api:2")).status).toBe(201);
  const absent = { group_id: 999_999, permission: "read" };
  expect((await olga("POST /v2/repositories/acme/api/groups", absent)).status).toBe(404);
  await done(olga("PATCH /v2/orgs/acme/groups/builders", { description: "they test too" }));
  expect((await done(olga("GET /v2/orgs/acme/groups/builders"))).body.description).toBe(
    "they test too",
  );
  await done(olga("DELETE /v2/orgs/acme/groups/builders/members/mike"));
  await done(olga("DELETE /v2/orgs/acme/groups/builders"));
  expect((await olga("GET /v2/orgs/acme/groups/builders")).status).toBe(404);
  expect((await hub.push({ name: "mike", password: SENTENCE }, "acme/api:3")).status).toBe(403);
});

test("organization tokens are made with Docker Hub's resources, and do just that", async () => {
  const resources = [
    { type: "TYPE_REPO", path: "acme/*", scopes: ["repo-pull", "repo-push"] },
    { type: "TYPE_REPO", path: "*/*/public", scopes: ["repo-pull"] },
  ];
  const made = await done(
    olga("POST /v2/orgs/acme/access-tokens", { label: "ci", description: "d", resources }),
  );
  expect(made).toMatchObject({
    status: 201,
    body: {
      label: "ci",
      created_by: "olga",
      is_active: true,
      expires_at: null,
      last_used_at: null,
      token: expect.stringMatching(/^dckr_oat_/),
      resources,
    },
  });
  const { id, token } = made.body;
  const ci = { name: "acme", password: token };
  expect((await hub.push(ci, "acme/made-by-ci:1")).status).toBe(201);
  const list = await done(olga("GET /v2/orgs/acme/access-tokens"));
  expect(list.body).toMatchObject({ total: 1, results: [{ id, label: "ci" }] });
  expect(JSON.stringify(list.body)).not.toContain(token);
  const pulls = [{ type: "TYPE_REPO", path: "acme/api", scopes: ["repo-pull"] }];
  await done(olga(`PATCH /v2/orgs/acme/access-tokens/${id}`, { resources: pulls }));
  expect((await hub.push(ci, "acme/api:by-ci")).status).toBe(403);
  await done(olga(`PATCH /v2/orgs/acme/access-tokens/${id}`, { is_active: false }));
  expect((await hub.push(ci, "acme/api:by-ci")).status).toBe(401);
  expect((await olga(`DELETE /v2/orgs/acme/access-tokens/${id}`)).status).toBe(204);
});

test.each([
  [{ type: "TYPE_ORG", path: "acme", scopes: ["member-read"] }, "TYPE_ORG"],
  [{ type: "TYPE_REPO", path: "acme/api", scopes: ["repo-burn"] }, "an unknown scope"],
  [{ type: "TYPE_REPO", path: "*/*/public", scopes: ["repo-push"] }, "a push to what is public"],
  [{ type: "TYPE_REPO", path: "other/api", scopes: ["repo-pull"] }, "somebody else's repository"],
])("no organization token is made for %j (%s)", async (resource) => {
  const wish = { label: "x", resources: [resource] };
  const { status, body } = await olga("POST /v2/orgs/acme/access-tokens", wish);
  expect(status).toBe(400);
  expect(body.detail).not.toBe("");
});

test("the audit log tells what was done, and what can be asked for", async () => {
  await hub.push({ name: "olga", password: SENTENCE }, "acme/api:audited");
  const { body } = await done(
    olga("GET /v2/auditlogs/acme?action=repo.tag.push&name=acme%2Fapi%3Aaudited"),
  );
  expect(body.logs).toEqual([
    {
      account: "acme",
      action: "repo.tag.push",
      name: "acme/api",
      actor: "olga",
      data: { digest: expect.stringMatching(/^sha256:/), tag: "audited" },
      timestamp: expect.stringMatching(/^\d{4}-/),
      action_description: "Tag pushed",
    },
  ]);
  const members = await done(olga("GET /v2/auditlogs/acme?actor=admin&page=1&page_size=1"));
  expect(members.body.logs).toHaveLength(1);
  const later = new Date(Date.now() + 60_000).toISOString();
  const none = await done(olga(`GET /v2/auditlogs/acme?from=${encodeURIComponent(later)}`));
  expect(none.body.logs).toEqual([]);
  const actions = await done(olga("GET /v2/auditlogs/acme/actions"));
  expect(actions.body.actions.repo.actions).toContainEqual({
    name: "tag.push",
    description: "Tag pushed",
    label: "Tag pushed",
  });
});
