import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiAnswer, done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";

const OLIVIA = { name: "olivia", password: SENTENCE };
const BOB = { name: "bob", password: SENTENCE };
const PATH = "/api/v1/namespaces/acme/default-rights";
const RIGHTS = "/api/v1/namespaces/acme/rights";
const EMPTY_DIGEST = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

/** `olivia` owns acme, `tina` makes repositories in it, `bob` is in the team `builders` alone, `carol` in nothing. */
beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("olivia", "tina", "bob", "carol");
  await hub.addOrganization("acme", { olivia: "owner", tina: "contributor" });
  await hub.addOrganization("beta", { olivia: "owner" });
  await done(hub.root("POST /api/v1/organizations/acme/teams", { name: "builders" }));
  await hub.push(OLIVIA, "acme/before:1");
  await done(hub.root("PUT /api/v1/organizations/acme/members/bob", { role: "member" }));
  await done(hub.root("PUT /api/v1/organizations/acme/teams/builders/members/bob"));
});
afterAll(() => hub[Symbol.asyncDispose]());

/** What was given to one repository: `builders push`. */
async function rightsTo(repository: string): Promise<readonly string[]> {
  const { body } = await done(hub.as("olivia")(`GET ${RIGHTS}`));
  const items = body.items as readonly Readonly<Record<string, string>>[];
  return items
    .filter((item) => item.repository === repository)
    .map(({ team, account, actions }) => `${team ?? account} ${actions}`);
}

async function give(right: object, by = "olivia"): Promise<ApiAnswer> {
  return await hub.as(by)(`PUT ${PATH}`, right);
}

/** Each way in which a repository comes into an organization. */
const WAYS: Readonly<Record<string, (name: string) => Promise<unknown>>> = {
  "the push of a layer": async (name) => {
    const { status } = await hub.push({ ...OLIVIA, name: "tina" }, `acme/${name}:1`);
    expect(status).toBe(201);
  },
  "the mount of a layer": async (name) => {
    const query = `mount=${EMPTY_DIGEST}&from=acme/before`;
    const mounted = await hub.as("tina")(`POST /v2/acme/${name}/blobs/uploads/?${query}`);
    expect(mounted.status).toBe(201);
  },
  "the push of an index that names nothing": async (name) => {
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const authorization = `Basic ${Buffer.from(`tina:${SENTENCE}`).toString("base64")}`;
    const pushed = await fetch(`${hub.url}/v2/acme/${name}/manifests/1`, {
      method: "PUT",
      headers: { authorization, "content-type": mediaType },
      body: JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] }),
    });
    expect(pushed.status).toBe(201);
  },
  "the API": (name) => done(hub.as("tina")("POST /api/v1/repositories", { name: `acme/${name}` })),
  "Docker Hub's API": (name) =>
    done(hub.as("tina")("POST /v2/namespaces/acme/repositories", { name, namespace: "acme" })),
  "a transfer": async (name) => {
    await hub.push(OLIVIA, `beta/${name}:1`);
    const move = { from: `beta/${name}`, to: `acme/${name}` };
    await done(hub.as("olivia")("POST /api/v1/repository-moves", move));
  },
};

test("every repository that comes into a namespace has the rights that it gives to new ones, and no other has", async () => {
  await done(give({ team: "builders", actions: ["push"] }));
  await done(give({ account: "carol", actions: ["pull"], tags: "v*", createOnly: true }));
  for (const [way, make] of Object.entries(WAYS)) {
    const name = way.toLowerCase().replaceAll(/[^a-z]+/g, "-");
    await make(name);
    expect([way, await rightsTo(`acme/${name}`)]).toEqual([way, ["carol pull", "builders push"]]);
    expect((await hub.push(BOB, `acme/${name}:by-bob`)).status).toBe(201);
    expect((await hub.as("carol")(`GET /v2/acme/${name}/tags/list`)).status).toBe(200);
  }
  expect(await rightsTo("acme/before")).toEqual([]);
  expect((await hub.push(BOB, "acme/before:2")).status).toBe(403);
  // Pushing there again gives nothing again.
  const key = "team=builders&repository=acme/the-api";
  await done(hub.as("olivia")(`DELETE ${RIGHTS}?${key}`));
  await hub.push(OLIVIA, "acme/the-api:2");
  expect(await rightsTo("acme/the-api")).toEqual(["carol pull"]);
  expect((await hub.push(BOB, "acme/the-api:3")).status).toBe(403);
  // A new name in the same place is no new repository.
  await done(
    hub.as("olivia")("POST /api/v1/repository-moves", { from: "acme/before", to: "acme/after" }),
  );
  expect(await rightsTo("acme/after")).toEqual([]);
});

test("what is given to new repositories is listed, replaced, taken again, and on record", async () => {
  await done(give({ team: "builders", actions: ["pull", "push"], tags: "v*" }));
  const listed = await done(hub.as("olivia")(`GET ${PATH}`));
  const builders = { team: "builders", actions: ["pull", "push"], tags: "v*", createOnly: false };
  expect(listed.body.items).toContainEqual(builders);
  await done(give({ team: "builders", actions: ["pull"] }));
  await done(hub.as("olivia")(`DELETE ${PATH}?account=carol`));
  expect((await hub.as("olivia")(`GET ${PATH}`)).body.items).toEqual([
    { team: "builders", actions: ["pull"], createOnly: false },
  ]);
  await hub.push(OLIVIA, "acme/later:1");
  expect(await rightsTo("acme/later")).toEqual(["builders pull"]);
  expect((await hub.as("olivia")(`DELETE ${PATH}?account=carol`)).status).toBe(404);
  // What else new repositories begin with is on record as well.
  const settings = { defaultVisibility: "private" };
  await done(hub.as("olivia")("PATCH /api/v1/namespaces/acme", settings));
  const { body } = await done(hub.root("GET /api/v1/audit?account=acme"));
  const entries = body.items as readonly Readonly<Record<string, unknown>>[];
  for (const action of [
    "repo.default_right.give",
    "repo.default_right.take",
    "repo.default_visibility.update",
  ])
    expect(entries).toContainEqual(expect.objectContaining({ action, account: "acme" }));
});

test("what is given to a team or an account goes with it", async () => {
  await hub.addUsers("leaver");
  await done(hub.root("POST /api/v1/organizations/acme/teams", { name: "passing" }));
  await done(give({ team: "passing", actions: ["pull"] }));
  await done(give({ account: "leaver", actions: ["pull"] }));
  await done(hub.root("DELETE /api/v1/organizations/acme/teams/passing"));
  await done(hub.root("DELETE /api/v1/users/leaver"));
  expect(JSON.stringify((await hub.as("olivia")(`GET ${PATH}`)).body)).not.toMatch(
    /passing|leaver/,
  );
});

test("nobody gives more to new repositories than they hold, or too much, or to teams of a user", async () => {
  const role = { name: "giver", permissions: ["right.manage", "repository.pull"] };
  await hub.addUsers("gina");
  await done(hub.root("POST /api/v1/organizations/acme/roles", role));
  await done(hub.root("PUT /api/v1/organizations/acme/members/gina", { role: "giver" }));
  expect((await give({ account: "carol", actions: ["pull"] }, "gina")).status).toBe(204);
  const refused = await give({ account: "carol", actions: ["push"] }, "gina");
  expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining("push")]);
  expect((await give({ account: "carol", actions: ["pull"] }, "tina")).status).toBe(403);
  for (const wrong of [{}, { account: "carol", team: "builders" }, { account: "nobody" }])
    expect((await give({ ...wrong, actions: ["pull"] })).status).toBeGreaterThanOrEqual(400);
  expect((await give({ account: "carol", actions: ["pull"], tags: "v 1" })).status).toBe(400);
  const own = "/api/v1/namespaces/carol/default-rights";
  expect(
    (await hub.as("carol")(`PUT ${own}`, { team: "builders", actions: ["pull"] })).status,
  ).toBe(400);
  for (let count = 0; count < 50; count += 1) {
    const name = `t${String.fromCharCode(97 + (count % 26)).repeat(1 + count / 26)}-team`;
    await done(hub.root("POST /api/v1/organizations/beta/teams", { name }));
    const given = { team: name, actions: ["pull"] };
    await done(hub.root("PUT /api/v1/namespaces/beta/default-rights", given));
  }
  const many = await hub.root("PUT /api/v1/namespaces/beta/default-rights", {
    account: "carol",
    actions: ["pull"],
  });
  expect([many.status, many.body.detail]).toEqual([
    409,
    "beta gives 50 rights to new repositories already: give them to teams",
  ]);
});

test("a user's new repositories come with their collaborators", async () => {
  const own = "PUT /api/v1/namespaces/carol/default-rights";
  await done(hub.as("carol")(own, { account: "bob", actions: ["push"] }));
  await hub.push({ ...BOB, name: "carol" }, "carol/notes:1");
  expect((await hub.push(BOB, "carol/notes:2")).status).toBe(201);
  // The right to push to what is there is none to make more.
  expect((await hub.push(BOB, "carol/other:1")).status).toBe(404);
});

test("the command shows and changes it", async () => {
  await using typed = await startWithTerminal();
  await typed.addUsers("olivia", "bob");
  await typed.addOrganization("acme", { olivia: "owner" });
  await done(typed.root("POST /api/v1/organizations/acme/teams", { name: "builders" }));
  const type = (words: string) => typed.typeAs(OLIVIA, `repo default-rights ${words}`);
  expect(await type("acme")).toBe("new repositories of acme come without rights");
  expect(await type("acme --team builders --may pull push --create-only")).toBe(
    "team builders is given rights in new repositories of acme",
  );
  expect(await type("acme --account bob")).toBe("bob is given rights in new repositories of acme");
  expect(await type("acme")).toMatch(
    /^WHO +MAY +CONDITIONS\nbob +pull\nteam builders +pull,push +new tags only$/,
  );
  expect(await type("acme --account bob --remove")).toBe(
    "bob is given nothing more in new repositories of acme",
  );
  expect(JSON.parse(await type("acme --json")).items).toHaveLength(1);
  expect(await type("acme --remove")).toBe("berth: say who: --account or --team");
  expect(await type("acme --account bob --remove --may push")).toContain(
    "--remove takes everything",
  );
});
