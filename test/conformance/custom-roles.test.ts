import { afterAll, beforeAll, expect, test } from "vitest";
import { PERMISSIONS, type Permission } from "../../src/contract/roles.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;

const ORGANIZATION = "/api/v1/organizations/acme";
const RIGHTS = "/api/v1/namespaces/acme/rights";
const RESOURCES = [{ repositories: "acme/**", actions: ["pull", "push"] }];

let hub: Hub;
let count = 0;

beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("olivia", "carl", "mary", "stranger");
  await hub.addOrganization("acme", { olivia: "owner", carl: "contributor", mary: "member" });
  await hub.push(ROOT, "acme/api:1");
});
afterAll(() => hub[Symbol.asyncDispose]());

/** Somebody with a role of exactly these permissions. */
async function hire(...permissions: readonly Permission[]) {
  count += 1;
  const word = `x${[...String(count)].map((digit) => "bcdefghjkp"[Number(digit)]).join("")}`;
  const [role, name] = [`role-${word}`, `person-${word}`];
  await hub.addUsers(name);
  await done(hub.root(`POST ${ORGANIZATION}/roles`, { name: role, permissions }));
  await done(hub.root(`PUT ${ORGANIZATION}/members/${name}`, { role }));
  return { role, name, ask: hub.as(name), login: { name, password: SENTENCE } };
}

test("an organization shows the roles that all have as sets of the same permissions as its own", async () => {
  const { name, ask, role } = await hire("role.read", "repository.push");
  const { body } = await done(ask(`GET ${ORGANIZATION}/roles`));
  const [owner, contributor, member] = body.items;
  expect(owner).toMatchObject({ name: "owner", isBuiltIn: true, members: 2 });
  expect(owner.permissions.toSorted()).toEqual(Object.keys(PERMISSIONS).toSorted());
  expect(contributor).toMatchObject({ name: "contributor", members: 1 });
  expect(member).toMatchObject({
    name: "member",
    permissions: ["repository.pull", "member.read", "team.read"],
  });
  const own = body.items.find((item: { name: string }) => item.name === role);
  // Whoever pushes may see it, too.
  expect(own).toMatchObject({
    isBuiltIn: false,
    members: 1,
    permissions: ["role.read", "repository.push", "repository.pull"],
  });
  const members = await hub.root(`GET ${ORGANIZATION}/members`);
  expect(members.body.items).toContainEqual(expect.objectContaining({ name, role }));
});

test("a role may in every repository what its permissions say, on the registry's doors too", async () => {
  const puller = await hire("repository.pull");
  const pusher = await hire("repository.push");
  const deleter = await hire("repository.delete");
  const creator = await hire("repository.push", "repository.create");
  const changer = await hire("repository.admin");
  const nobody = await hire("member.read");
  const all = [puller, pusher, deleter, creator, changer, nobody];
  const tags = all.map(async ({ ask }) => (await ask("GET /v2/acme/api/tags/list")).status);
  expect(await Promise.all(tags)).toEqual([200, 200, 200, 200, 200, 404]);
  const pushed: number[] = [];
  for (const { login, name } of all)
    pushed.push((await hub.push(login, `acme/api:${name}`)).status);
  expect(pushed).toEqual([403, 201, 403, 201, 201, 404]);
  const made: number[] = [];
  for (const { login, name } of all) made.push((await hub.push(login, `acme/${name}:1`)).status);
  expect(made).toEqual([403, 403, 403, 201, 403, 404]);
  const deleted: number[] = [];
  for (const { ask, name } of all) {
    await hub.push(ROOT, `acme/api:${name}`);
    deleted.push((await ask(`DELETE /v2/acme/api/manifests/${name}`)).status);
  }
  expect(deleted).toEqual([403, 403, 202, 403, 202, 404]);
  const changed = all.map(
    async ({ ask }) => (await ask("PATCH /api/v1/repositories/acme/api", {})).status,
  );
  expect(await Promise.all(changed)).toEqual([403, 403, 403, 403, 200, 404]);
  expect((await hub.push(puller.login, "acme/api:2")).message).toBe(
    `pushing to acme/api needs "write"; ${puller.name} has only "read". An owner of acme can grant it: ${hub.url}/r/acme/api/rights`,
  );
});

/** What each permission opens, and a request that nothing else stands in the way of. */
const DOORS: readonly (readonly [Permission, string, unknown?])[] = [
  ["member.read", `GET ${ORGANIZATION}/members`],
  ["member.manage", `DELETE ${ORGANIZATION}/members/nobody-there`],
  ["team.read", `GET ${ORGANIZATION}/teams`],
  ["team.manage", `POST ${ORGANIZATION}/teams`, { name: "-" }],
  ["role.read", `GET ${ORGANIZATION}/roles`],
  ["role.manage", `POST ${ORGANIZATION}/roles`, { name: "-", permissions: ["role.read"] }],
  ["right.read", `GET ${RIGHTS}`],
  ["right.manage", `DELETE ${RIGHTS}?account=mary&pattern=none`],
  ["machine.read", `GET ${ORGANIZATION}/robots`],
  ["machine.manage", `DELETE ${ORGANIZATION}/robots/none`],
  [
    "webhook.manage",
    "POST /api/v1/webhooks",
    { label: "x", url: "https://127.0.0.1/", namespace: "acme" },
  ],
  ["audit.read", "GET /api/v1/audit?account=acme"],
  ["organization.settings", "PATCH /api/v1/namespaces/acme", { defaultVisibility: "private" }],
];

for (const [needed, request, body] of DOORS) {
  test(`${needed} opens ${request}, and nothing else does`, async () => {
    const others = (Object.keys(PERMISSIONS) as Permission[]).filter(
      (each) => each !== needed && each !== needed.replace(/\.read$/, ".manage"),
    );
    const holder = await hire(needed);
    const rest = await hire(...others);
    const opened = await holder.ask(request, body);
    expect([opened.status, opened.body?.detail]).not.toEqual([403, expect.anything()]);
    const closed = await rest.ask(request, body);
    expect([closed.status, closed.body.detail]).toEqual([
      403,
      `this takes the permission "${needed}" in acme; ${rest.name} has the role "${rest.role}". An owner of acme can change that`,
    ]);
    expect((await hub.as("stranger")(request, body)).status).toBe(404);
  });
}

test("the built-in roles are refused by the role that it takes", async () => {
  const detail = async (name: string, request: string, body?: unknown) =>
    (await hub.as(name)(request, body)).body.detail;
  expect(await detail("mary", `POST ${ORGANIZATION}/teams`, { name: "team" })).toBe(
    'this takes the role "owner" in acme; mary has "member". An owner of acme can change that',
  );
  expect(await detail("carl", `DELETE ${ORGANIZATION}`)).toBe(
    'this takes the role "owner" in acme; carl has "contributor". An owner of acme can change that',
  );
});

test("no set of permissions deletes the organization, and a token for repositories manages nothing", async () => {
  const all = await hire(...(Object.keys(PERMISSIONS) as Permission[]));
  expect((await all.ask(`DELETE ${ORGANIZATION}`)).body.detail).toBe(
    `this takes the role "owner" in acme; ${all.name} has the role "${all.role}". An owner of acme can change that`,
  );
  const wish = { label: "t", scopes: ["repo:admin"] };
  const { body } = await done(all.ask("POST /api/v1/account/tokens", wish));
  const limited = hub.as(all.name, body.secret);
  expect((await limited(`GET ${ORGANIZATION}/members`)).status).toBe(200);
  expect((await limited(`GET ${ORGANIZATION}/robots`)).status).toBe(403);
  expect((await limited(`POST ${ORGANIZATION}/teams`, { name: "team" })).status).toBe(403);
});

test("whoever manages members makes nobody more than they are, themselves included", async () => {
  const boss = await hire("member.manage", "repository.pull", "team.read");
  const put = (user: string, role: string) =>
    boss.ask(`PUT ${ORGANIZATION}/members/${user}`, { role });
  expect((await put("stranger", "member")).status).toBe(204);
  expect((await boss.ask(`DELETE ${ORGANIZATION}/members/stranger`)).status).toBe(204);
  const strong = await hire("repository.admin");
  for (const [user, role] of [
    ["stranger", "owner"],
    [boss.name, "owner"],
    ["stranger", "contributor"],
    [boss.name, strong.role],
    // Nor do they take from those who are more.
    ["olivia", "member"],
    [strong.name, "member"],
  ] as const) {
    expect([user, role, (await put(user, role)).status]).toEqual([user, role, 403]);
  }
  expect((await put(boss.name, "owner")).body.detail).toBe(
    `giving the role "owner" takes the role "owner" in acme; ${boss.name} has the role "${boss.role}". An owner of acme can do it`,
  );
  expect((await put("stranger", "contributor")).body.detail).toBe(
    `giving the role "contributor" takes "repository.push", "repository.create", too, in acme; ${boss.name} has the role "${boss.role}". An owner of acme can do it`,
  );
  expect((await boss.ask(`DELETE ${ORGANIZATION}/members/olivia`)).status).toBe(403);
  expect((await put("stranger", "no-such-role")).body.detail).toBe(
    'acme has no role "no-such-role"',
  );
});

test("whoever manages roles makes and changes none that holds more than they do", async () => {
  const { ask, role } = await hire("role.manage", "repository.pull");
  const roles = `${ORGANIZATION}/roles`;
  const wish = (name: string, ...permissions: readonly string[]) => ({ name, permissions });
  expect((await ask(`POST ${roles}`, wish("viewers", "repository.pull"))).status).toBe(201);
  expect((await ask(`POST ${roles}`, wish("pushers", "repository.push"))).status).toBe(403);
  const more = { permissions: ["role.manage", "member.manage"] };
  expect((await ask(`PATCH ${roles}/${role}`, more)).status).toBe(403);
  const strong = await hire("repository.admin");
  expect(
    (await ask(`PATCH ${roles}/${strong.role}`, { permissions: ["repository.pull"] })).status,
  ).toBe(403);
  expect((await ask(`DELETE ${roles}/${strong.role}`)).status).toBe(403);
  expect((await ask(`PATCH ${roles}/owner`, { description: "x" })).status).toBe(409);
  expect((await ask(`DELETE ${roles}/member`)).status).toBe(409);
  await done(ask(`DELETE ${roles}/viewers`));
});

test("a right, a team or a machine is no way to more, either", async () => {
  const boss = await hire("right.manage", "team.manage", "machine.manage", "repository.pull");
  const give = (right: object) => boss.ask(`PUT ${RIGHTS}`, { account: boss.name, ...right });
  expect((await give({ pattern: "**", actions: ["pull"] })).status).toBe(204);
  expect((await give({ pattern: "**", actions: ["push"] })).body.detail).toMatch(
    /^giving "push" takes "repository.push", "repository.create", too, in acme; /,
  );
  expect((await give({ repository: "acme/api", actions: ["admin"] })).status).toBe(403);
  expect((await give({ pattern: "new", actions: ["push"], createOnly: true })).status).toBe(403);
  await done(boss.ask(`POST ${ORGANIZATION}/teams`, { name: "strong" }));
  const join = `PUT ${ORGANIZATION}/teams/strong/members/${boss.name}`;
  expect((await boss.ask(join)).status).toBe(204);
  await done(boss.ask(join.replace("PUT", "DELETE")));
  await done(hub.root(`PUT ${RIGHTS}`, { team: "strong", pattern: "x", actions: ["delete"] }));
  expect((await boss.ask(join)).body.detail).toMatch(
    /^putting somebody into the team "strong" takes "repository.delete", too, in acme; /,
  );
  const robots = `${ORGANIZATION}/robots`;
  const wish = { label: "mine", resources: RESOURCES };
  expect((await boss.ask(`POST ${robots}`, wish)).status).toBe(403);
  const { body: robot } = await done(hub.root(`POST ${robots}`, { ...wish, label: "ci" }));
  expect((await boss.ask(`POST ${robots}/${robot.id}/rotate`, {})).status).toBe(403);
  expect((await boss.ask(`PATCH ${robots}/${robot.id}`, { isActive: true })).status).toBe(403);
  const reading = [{ repositories: "acme/**", actions: ["pull"] }];
  await done(boss.ask(`POST ${robots}`, { label: "reader", resources: reading }));
});

test("a role that somebody has stays, one that is changed changes for all who have it, at once", async () => {
  const { role, name, ask, login } = await hire("repository.pull");
  expect((await hub.push(login, "acme/api:2")).status).toBe(403);
  const roles = `${ORGANIZATION}/roles/${role}`;
  await done(hub.root(`PATCH ${roles}`, { permissions: ["repository.push"], name: `${role}-2` }));
  expect((await hub.push(login, "acme/api:2")).status).toBe(201);
  const held = await hub.root(`DELETE ${roles}-2`);
  expect([held.status, held.body.detail]).toEqual([
    409,
    `1 of acme have the role "${role}-2": give them another one first`,
  ]);
  await done(hub.root(`PUT ${ORGANIZATION}/members/${name}`, { role: "member" }));
  await done(hub.root(`DELETE ${roles}-2`));
  expect((await ask(`GET ${ORGANIZATION}/roles`)).status).toBe(403);
  const { body } = await hub.root("GET /api/v1/audit?account=acme&limit=1000");
  const actions = body.items
    .filter((entry: { name: string }) => entry.name.startsWith(role))
    .map((entry: { action: string }) => entry.action);
  expect(actions.toSorted()).toEqual([
    "org.customrole.create",
    "org.customrole.delete",
    "org.customrole.update",
  ]);
});

test.each(["owner", "editor", "auditor", "Upper", "", "a--b", "a".repeat(65)])(
  "a role cannot be called %j",
  async (name) => {
    const wish = { name, permissions: ["member.read"] };
    const { status } = await hub.root(`POST ${ORGANIZATION}/roles`, wish);
    expect([400, 409]).toContain(status);
  },
);

test("a role needs permissions that there are, and no others", async () => {
  const roles = `POST ${ORGANIZATION}/roles`;
  for (const permissions of [[], ["repository.own"], ["member.read", "*"], "member.read"]) {
    expect((await hub.root(roles, { name: "odd", permissions })).status).toBe(400);
  }
  const wish = { name: "odd", permissions: ["member.read"], isOwner: true };
  expect((await hub.root(roles, wish)).status).toBe(400);
});
