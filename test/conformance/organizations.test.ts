import { hash } from "@node-rs/bcrypt";
import { expect, test } from "vitest";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

const ALICE = { name: "alice", password: SENTENCE };
const BOB = { name: "bob", password: SENTENCE };

test("people push to their own names and nowhere else, and are told why", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
  expect(await hub.push(ALICE, "alice/app:1")).toMatchObject({ status: 201 });
  const absent = await hub.push(BOB, "alice/nope:1");
  const hidden = await hub.push(BOB, "alice/app:1");
  expect(hidden.status).toBe(404);
  expect(hidden.message.replace("app", "nope")).toBe(absent.message);
  expect(hidden.message).toBe(
    'repository alice/app does not exist, or bob has no right to see it; push to bob/..., or ask an owner of "alice" for the right',
  );
});

test("a public repository is pulled by anybody, and pushed to by those with the right", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
  await hub.push(ALICE, "alice/app:1");
  expect((await hub.anonymous("GET /v2/alice/app/tags/list")).status).toBe(401);
  await done(hub.as("alice")("PATCH /api/v1/repositories/alice/app", { visibility: "public" }));
  expect((await hub.anonymous("GET /v2/alice/app/tags/list")).body).toMatchObject({ tags: ["1"] });
  expect(await hub.push(BOB, "alice/app:2")).toEqual({
    status: 403,
    message:
      'pushing to alice/app needs "write"; bob has only the "read" that everybody has. alice can grant it: ' +
      `${hub.url}/r/alice/app/rights`,
  });
  await done(hub.as("alice")("PATCH /api/v1/repositories/alice/app", { visibility: "private" }));
  expect((await hub.anonymous("GET /v2/alice/app/tags/list")).status).toBe(401);
});

test("roles in an organization: an owner may all, a contributor pushes, a member pulls", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "bob", "carol");
  await hub.addOrganization("acme", { alice: "owner", bob: "contributor", carol: "member" });
  expect(await hub.push(BOB, "acme/api:1")).toMatchObject({ status: 201 });
  expect(await hub.push({ name: "carol", password: SENTENCE }, "acme/api:2")).toEqual({
    status: 403,
    message:
      'pushing to acme/api needs "write"; carol has only "read". An owner of acme can grant it: ' +
      `${hub.url}/r/acme/api/rights`,
  });
  const tags = "GET /v2/acme/api/tags/list";
  expect((await hub.as("carol")(tags)).status).toBe(200);
  expect((await hub.as("bob")("DELETE /v2/acme/api/manifests/1")).status).toBe(403);
  expect((await hub.as("alice")("DELETE /v2/acme/api/manifests/1")).status).toBe(202);
});

test("a right for a team holds for its members, from one request to the next", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
  await hub.addOrganization("acme", { alice: "owner", bob: "member" });
  const alice = hub.as("alice");
  await hub.push(ALICE, "acme/tools/lint:1");
  const team = "/api/v1/organizations/acme/teams";
  await done(alice(`POST ${team}`, { name: "builders" }));
  const right = { team: "builders", pattern: "tools/*", actions: ["push"] };
  await done(alice("PUT /api/v1/namespaces/acme/rights", right));
  expect(await hub.push(BOB, "acme/tools/lint:2")).toMatchObject({ status: 403 });
  await done(alice(`PUT ${team}/builders/members/bob`));
  expect(await hub.push(BOB, "acme/tools/lint:2")).toMatchObject({ status: 201 });
  expect(await hub.push(BOB, "acme/api:2")).toMatchObject({ status: 403 });
  await done(alice(`DELETE ${team}/builders/members/bob`));
  expect(await hub.push(BOB, "acme/tools/lint:3")).toMatchObject({ status: 403 });
});

test("S9: a right can be for new tags only, and for some tags only", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
  await hub.push(ALICE, "alice/app:latest");
  const rights = "/api/v1/namespaces/alice/rights";
  const right = { account: "bob", repository: "alice/app", actions: ["push", "delete"] };
  await done(hub.as("alice")(`PUT ${rights}`, { ...right, tags: "v*", createOnly: true }));
  expect(await hub.push(BOB, "alice/app:v1")).toMatchObject({ status: 201 });
  expect(await hub.push(BOB, "alice/app:v1")).toMatchObject({
    status: 403,
    message: "tag v1 of alice/app is there already, and your right to push creates tags only",
  });
  expect(await hub.push(BOB, "alice/app:latest")).toMatchObject({
    status: 403,
    message: "your right to push to alice/app is for tags like v*; latest is not one",
  });
  expect((await hub.as("bob")("DELETE /v2/alice/app/manifests/v1")).status).toBe(403);
  expect((await hub.as("bob")("PATCH /api/v1/repositories/alice/app", {})).status).toBe(403);
});

test("S9: many tags in one push move all or none under a right for new tags", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
  await hub.push(ALICE, "alice/app:latest");
  const right = { account: "bob", repository: "alice/app", actions: ["push"], createOnly: true };
  await done(hub.as("alice")("PUT /api/v1/namespaces/alice/rights", right));
  const manifest = await fetch(`${hub.url}/v2/alice/app/manifests/latest`, {
    headers: { authorization: `Basic ${btoa(`alice:${SENTENCE}`)}` },
  });
  const digest = manifest.headers.get("docker-content-digest");
  const answer = await fetch(
    `${hub.url}/v2/alice/app/manifests/${digest}?tag=new&tag=latest&tag=newer`,
    {
      method: "PUT",
      headers: {
        authorization: `Basic ${btoa(`bob:${SENTENCE}`)}`,
        "content-type": manifest.headers.get("content-type") ?? "",
      },
      body: await manifest.bytes(),
    },
  );
  expect(answer.status).toBe(403);
  expect((await hub.as("alice")("GET /v2/alice/app/tags/list")).body.tags).toEqual(["latest"]);
});

test("an administrator's push makes the organization it needs; a user's does not", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("bob");
  expect(await hub.push(BOB, "acme/api:1")).toMatchObject({ status: 404 });
  expect(await hub.push(ROOT, "acme/api:1")).toMatchObject({ status: 201 });
  const { body } = await hub.root("GET /api/v1/organizations/acme/members");
  expect(body.items).toMatchObject([{ name: "admin", role: "owner" }]);
});

test("a name of one part is the library's", async () => {
  await using hub = await startAccountsHub();
  expect(await hub.push(ROOT, "alpine:3")).toMatchObject({ status: 201 });
  const { body } = await hub.root("GET /v2/library/alpine/tags/list");
  expect(body).toMatchObject({ name: "library/alpine", tags: ["3"] });
  expect((await hub.root("GET /v2/alpine/tags/list")).body).toMatchObject({ tags: ["3"] });
});

test.each([
  ["repo:admin", 201, 202],
  ["repo:write", 201, 403],
  ["repo:read", 403, 403],
  ["repo:public_read", 404, 404],
])("a token with %s pushes with %i and deletes with %i", async (scope, pushes, deletes) => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice");
  await hub.push(ALICE, "alice/app:1");
  const wish = { label: "ci-2", scopes: [scope] };
  const { body: token } = await done(hub.as("alice")("POST /api/v1/account/tokens", wish));
  const pushed = await hub.push({ name: "alice", password: token.secret }, "alice/app:2");
  expect(pushed.status).toBe(pushes);
  if (scope === "repo:read") {
    expect(pushed.message).toBe(
      `pushing to alice/app needs "write"; your personal token "ci-2" is limited to read. Use one made for more: ${hub.url}/r/alice/app/rights`,
    );
  }
  const ci = hub.as("alice", token.secret);
  expect((await ci("DELETE /v2/alice/app/manifests/1")).status).toBe(deletes);
});

test("a token for some repositories sees no others, and makes no other tokens", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice");
  await hub.push(ALICE, "alice/app:1");
  await hub.push(ALICE, "alice/other:1");
  const wish = { label: "ci", scopes: ["repo:admin"], repositories: ["alice/app"] };
  const { body: token } = await done(hub.as("alice")("POST /api/v1/account/tokens", wish));
  const ci = hub.as("alice", token.secret);
  expect((await ci("GET /v2/alice/app/tags/list")).status).toBe(200);
  expect((await ci("GET /v2/alice/other/tags/list")).status).toBe(404);
  expect((await ci("GET /v2/_catalog")).body.repositories).toEqual(["alice/app"]);
  expect((await ci("GET /api/v1/repositories")).body.items).toMatchObject([{ name: "alice/app" }]);
  expect((await ci("POST /api/v1/account/tokens", wish)).status).toBe(403);
  expect(
    (await ci("POST /api/v1/account/password", { current: SENTENCE, next: SENTENCE })).status,
  ).toBe(403);
});

test("robots and organization tokens do what they were made for, and are rotated without a gap", async () => {
  let now = new Date();
  await using hub = await startAccountsHub({ clock: () => now });
  await hub.push(ROOT, "acme/api:1");
  const resources = [{ repositories: "acme/*", actions: ["pull", "push"] }];
  for (const [noun, user] of [
    ["robots", "acme+ci"],
    ["tokens", "acme"],
  ] as const) {
    const path = `/api/v1/organizations/acme/${noun}`;
    const { body } = await done(hub.root(`POST ${path}`, { label: "ci", resources }));
    expect(body.user).toBe(user);
    const before = { name: user, password: body.secret };
    expect(await hub.push(before, `acme/api:${noun}`)).toMatchObject({ status: 201 });
    expect((await hub.as(user, body.secret)("DELETE /v2/acme/api/manifests/1")).status).toBe(403);
    expect((await hub.as("alice", body.secret)("GET /v2/")).status).toBe(401);
    const rotated = await done(hub.root(`POST ${path}/${body.id}/rotate`, { overlapSeconds: 60 }));
    const after = { name: user, password: rotated.body.secret };
    expect(await hub.push(before, "acme/api:old")).toMatchObject({ status: 201 });
    expect(await hub.push(after, "acme/api:new")).toMatchObject({ status: 201 });
    now = new Date(now.getTime() + 61_000);
    expect(await hub.push(before, "acme/api:old")).toMatchObject({ status: 401 });
    expect(await hub.push(after, "acme/api:new")).toMatchObject({ status: 201 });
    await done(hub.root(`DELETE ${path}/${body.id}`));
    expect(await hub.push(after, "acme/api:new")).toMatchObject({ status: 401 });
  }
});

test("nobody gets more than they have by naming it in a body", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("mallory");
  const mallory = hub.as("mallory");
  expect((await mallory("POST /api/v1/users", { name: "eve", password: SENTENCE })).status).toBe(
    403,
  );
  expect((await mallory("PATCH /api/v1/users/mallory", { role: "administrator" })).status).toBe(
    403,
  );
  const wish = { label: "x", scopes: ["repo:admin"], account: "admin", accountId: 1 };
  expect((await mallory("POST /api/v1/account/tokens", wish)).status).toBe(400);
  expect(
    (await hub.root("POST /api/v1/users", { name: "eve", password: SENTENCE, id: 1 })).status,
  ).toBe(400);
});

test("another's things are not there, whatever is asked of them", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "mallory");
  await hub.addOrganization("acme", { alice: "owner" });
  await hub.addOrganization("evil", { mallory: "owner" });
  const resources = [{ repositories: "acme/*", actions: ["pull"] }];
  const robot = await done(
    hub.as("alice")("POST /api/v1/organizations/acme/robots", { label: "ci", resources }),
  );
  const token = await done(
    hub.as("alice")("POST /api/v1/account/tokens", { label: "t", scopes: ["repo:read"] }),
  );
  await done(hub.as("alice")("POST /api/v1/organizations/acme/teams", { name: "team" }));
  const mallory = hub.as("mallory");
  const attempts: [string, unknown?][] = [
    [`GET /api/v1/organizations/evil/robots/${robot.body.id}`],
    [`PATCH /api/v1/organizations/evil/robots/${robot.body.id}`, { isActive: false }],
    [`POST /api/v1/organizations/evil/robots/${robot.body.id}/rotate`, {}],
    [`DELETE /api/v1/organizations/evil/robots/${robot.body.id}`],
    [`GET /api/v1/organizations/acme/robots/${robot.body.id}`],
    [`GET /api/v1/account/tokens/${token.body.id}`],
    [`DELETE /api/v1/account/tokens/${token.body.id}`],
    ["GET /api/v1/organizations/acme"],
    ["DELETE /api/v1/organizations/acme"],
    ["GET /api/v1/organizations/acme/members"],
    ["PUT /api/v1/organizations/acme/members/mallory", { role: "owner" }],
    ["GET /api/v1/organizations/evil/teams/team"],
    ["DELETE /api/v1/organizations/evil/teams/team"],
    ["GET /api/v1/namespaces/alice/rights"],
    [
      "PUT /api/v1/namespaces/alice/rights",
      { account: "mallory", pattern: "**", actions: ["pull"] },
    ],
    ["PATCH /api/v1/namespaces/acme", { defaultVisibility: "public" }],
  ];
  for (const [request, body] of attempts) {
    expect([request, (await mallory(request, body)).status]).toEqual([request, 404]);
  }
  expect((await hub.as("acme+ci", robot.body.secret)("GET /v2/")).status).toBe(200);
});

test("an auditor reads everything and changes nothing", async () => {
  await using hub = await startAccountsHub();
  await done(hub.root("POST /api/v1/users", { name: "eve", password: SENTENCE, role: "auditor" }));
  await hub.push(ROOT, "acme/api:1");
  const eve = hub.as("eve");
  expect((await eve("GET /v2/acme/api/tags/list")).status).toBe(200);
  expect((await eve("GET /v2/_catalog")).body.repositories).toEqual(["acme/api"]);
  expect((await eve("GET /api/v1/organizations/acme/members")).status).toBe(200);
  expect((await hub.push({ name: "eve", password: SENTENCE }, "acme/api:2")).status).toBe(403);
  expect((await eve("DELETE /v2/acme/api/manifests/1")).status).toBe(403);
  expect((await eve("DELETE /api/v1/organizations/acme")).status).toBe(403);
  expect((await eve("GET /api/v1/users")).status).toBe(403);
});

test("S12: the catalog shows each what they may see", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
  await hub.push(ALICE, "alice/private:1");
  await hub.push(ALICE, "alice/public:1");
  await hub.push(BOB, "bob/own:1");
  await done(hub.as("alice")("PATCH /api/v1/repositories/alice/public", { visibility: "public" }));
  const catalog = async (name: string) =>
    (await hub.as(name)("GET /v2/_catalog")).body.repositories;
  expect(await catalog("alice")).toEqual(["alice/private", "alice/public"]);
  expect(await catalog("bob")).toEqual(["alice/public", "bob/own"]);
  expect((await hub.anonymous("GET /v2/_catalog")).status).toBe(401);
  expect((await hub.anonymous("GET /api/v1/repositories")).body.items).toMatchObject([
    { name: "alice/public" },
  ]);
});

test("an organization keeps an owner, and one with repositories cannot be deleted", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice");
  await hub.addOrganization("acme", { alice: "owner" });
  const alice = hub.as("alice");
  await done(alice("DELETE /api/v1/organizations/acme/members/admin"));
  expect((await alice("DELETE /api/v1/organizations/acme/members/alice")).status).toBe(409);
  expect(
    (await alice("PUT /api/v1/organizations/acme/members/alice", { role: "member" })).status,
  ).toBe(409);
  await hub.push(ALICE, "acme/api:1");
  expect((await alice("DELETE /api/v1/organizations/acme")).status).toBe(409);
  await hub.addOrganization("empty", { alice: "owner" });
  await done(alice("DELETE /api/v1/organizations/empty"));
  expect((await hub.root("POST /api/v1/organizations", { name: "empty" })).status).toBe(409);
});

test("users of an htpasswd file move over with their passwords, once, and get a better hash", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("bob");
  const bcrypt = await hash("correct-horse", { cost: 5 });
  const users = [
    { name: "Alice", hash: bcrypt },
    { name: "bob", hash: bcrypt },
    { name: "admin", hash: bcrypt },
    { name: "carol", hash: "{SHA}nothing" },
  ];
  const { body } = await done(hub.root("POST /api/v1/users/import", { users }));
  expect(body.items).toMatchObject([
    { name: "Alice", outcome: "imported" },
    { name: "bob", outcome: "skipped" },
    { name: "admin", outcome: "skipped" },
    { name: "carol", outcome: "skipped", why: "it is no bcrypt hash" },
  ]);
  const again = await done(hub.root("POST /api/v1/users/import", { users }));
  expect(again.body.items[0]).toMatchObject({ outcome: "skipped" });
  const ping = async (password: string) => (await hub.as("alice", password)("GET /v2/")).status;
  expect(await ping("wrong-horse")).toBe(401);
  expect(await ping("correct-horse")).toBe(200);
  expect(await ping("correct-horse")).toBe(200);
  expect(hub.passwordOf("alice")).toMatch(/^\$argon2id\$/);
});
