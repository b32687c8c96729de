import { afterAll, beforeAll, expect, test } from "vitest";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";

const OLIVIA = { name: "olivia", password: SENTENCE };
const BOB = { name: "bob", password: SENTENCE };
const CAROL = { name: "carol", password: SENTENCE };
const HTML = "text/html,application/xhtml+xml";

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

/** `olivia` owns acme, `bob` is a member, `carol` was given one repository of it, and `eve` nothing. */
beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("olivia", "bob", "carol", "eve");
  await hub.addOrganization("acme", { olivia: "owner", bob: "member" });
  for (const name of ["acme/api", "acme/tools/rights", "bob/app"])
    await hub.push(name.startsWith("bob") ? BOB : OLIVIA, `${name}:1`);
  const right = { account: "carol", repository: "acme/api", actions: ["pull"] };
  await done(hub.as("olivia")("PUT /api/v1/namespaces/acme/rights", right));
});
afterAll(() => hub[Symbol.asyncDispose]());

async function open(path: string, { as, accept }: { as?: typeof BOB; accept?: string } = {}) {
  const authorization =
    as && `Basic ${Buffer.from(`${as.name}:${as.password}`).toString("base64")}`;
  const response = await fetch(hub.url + path, {
    headers: { ...(accept && { accept }), ...(authorization && { authorization }) },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** What the address in a refusal answers to whoever was refused. */
async function follow(message: string, as: typeof BOB) {
  const address = message.match(/https?:\S+$/)?.[0] ?? "";
  expect(address).toMatch(new RegExp(`^${hub.url}/r/`));
  return await open(new URL(address).pathname, { as });
}

test("a refusal of the registry names an address, which says who can grant it and how", async () => {
  const { message } = await hub.push(BOB, "acme/api:2");
  expect(message).toBe(
    `pushing to acme/api needs "write"; bob has only "read". An owner of acme can grant it: ${hub.url}/r/acme/api/rights`,
  );
  const { status, text, headers } = await follow(message, BOB);
  expect([status, headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
  expect(text).toBe(
    `acme/api

acme/api is private.
You are bob and have "read" there.
An owner of acme can grant more: admin, olivia.
  write: berth repo grant acme --account bob --repository acme/api --may push
  delete: berth repo grant acme --account bob --repository acme/api --may delete
  admin: berth repo grant acme --account bob --repository acme/api --may admin
`,
  );
  // A part of the name that looks like the end of the address.
  const tools = await hub.push(BOB, "acme/tools/rights:2");
  expect((await follow(tools.message, BOB)).text).toMatch(/^acme\/tools\/rights\n/);
});

test("a refused push of what does not exist names an address, too, and what is typed there helps", async () => {
  const { message } = await hub.push(BOB, "acme/tools/new:1");
  expect(message).toBe(
    `pushing to acme/tools/new needs "write"; bob has only "read". An owner of acme can grant it: ${hub.url}/r/acme/tools/new/rights`,
  );
  const { status, text } = await follow(message, BOB);
  expect(status).toBe(200);
  expect(text).toContain("acme/tools/new does not exist: a push by who may write there makes it.");
  expect(text).toContain("An owner of acme can grant more: admin, olivia.");
  const command = "berth repo grant acme --account bob --pattern tools/new --may push";
  expect(text).toContain(`  write: ${command}\n`);
  // To strangers there is nothing, as for what is private.
  const eve = { name: "eve", password: SENTENCE };
  for (const path of ["/r/acme/tools/new/rights", "/r/acme/api/rights"])
    expect((await open(path, { as: eve })).status).toBe(404);
  const right = { account: "bob", pattern: "tools/new", actions: ["push"] };
  await done(hub.as("olivia")("PUT /api/v1/namespaces/acme/rights", right));
  expect((await hub.push(BOB, "acme/tools/new:1")).status).toBe(201);
});

test("what is typed there is what helps", async () => {
  const { text } = await open("/r/acme/api/rights", { as: CAROL });
  const command = / {2}write: berth (.+)$/m.exec(text)?.[1] ?? "";
  expect((await hub.push(CAROL, "acme/api:carols")).status).toBe(403);
  await using typed = await withTerminal({ ...hub, [Symbol.asyncDispose]: async () => undefined });
  expect(await typed.typeAs(OLIVIA, command)).toBe("carol may push: acme/api");
  expect((await hub.push(CAROL, "acme/api:carols")).status).toBe(201);
});

test("every door that refuses names the address, and a collaborator of a user is sent to that user", async () => {
  const address = `${hub.url}/r/acme/api/rights`;
  const own = await hub.as("bob")("PATCH /api/v1/repositories/acme/api", {});
  expect(own.body.detail).toContain(`An owner of acme can grant it: ${address}`);
  const hubs = await hub.as("bob")("PATCH /v2/repositories/acme/api", {});
  expect(JSON.stringify(hubs.body)).toContain(address);
  const right = { account: "carol", repository: "bob/app", actions: ["pull"] };
  await done(hub.as("bob")("PUT /api/v1/namespaces/bob/rights", right));
  const { message } = await hub.push(CAROL, "bob/app:2");
  expect(message).toContain(`bob can grant it: ${hub.url}/r/bob/app/rights`);
  expect((await follow(message, CAROL)).text).toContain("bob can grant more.");
});

test("a login that is limited is told how to get one that is made for more", async () => {
  const ci = { label: "ci-2", scopes: ["repo:read"] };
  const { body } = await done(hub.as("olivia")("POST /api/v1/account/tokens", ci));
  const token = { name: "olivia", password: body.secret };
  const { message } = await hub.push(token, "acme/api:2");
  expect(message).toBe(
    `pushing to acme/api needs "write"; your personal token "ci-2" is limited to read. Use one made for more: ${hub.url}/r/acme/api/rights`,
  );
  expect((await follow(message, token)).text).toContain(
    "write: berth token create LABEL --scope repo:write --repository acme/api",
  );
  const resources = [{ repositories: "acme/*", actions: ["pull"] }];
  const robot = await done(
    hub.root("POST /api/v1/organizations/acme/robots", { label: "ci", resources }),
  );
  const login = { name: "acme+ci", password: robot.body.secret };
  const refused = await hub.push(login, "acme/api:2");
  expect((await follow(refused.message, login)).text).toContain(
    "write: berth robot create acme LABEL --allow pull,push:acme/api",
  );
});

test("who the owners are is said to members alone", async () => {
  expect((await open("/r/acme/api/rights", { as: BOB })).text).toContain("olivia");
  await done(hub.root("PATCH /api/v1/repositories/acme/tools/rights", { visibility: "public" }));
  const { status, text } = await open("/r/acme/tools/rights/rights");
  expect(status).toBe(200);
  expect(text).toContain('Without a login you have "read" there.');
  expect(text).toContain("An owner of acme can grant more.");
  for (const as of [CAROL, { ...BOB, name: "eve" }, undefined])
    expect((await open("/r/acme/tools/rights/rights", as && { as })).text).not.toContain("olivia");
});

test("to whom the repository is hidden, the address answers as for one that does not exist", async () => {
  for (const accept of ["*/*", HTML, "application/json"]) {
    for (const as of [{ ...BOB, name: "eve" }, undefined]) {
      const answers = [];
      for (const name of ["acme/api", "acme/nil", "nil/api", "bob/app"]) {
        const options = { accept, ...(as && { as }) };
        const { status, headers, text } = await open(`/r/${name}/rights`, options);
        const [namespace = ""] = name.split("/");
        const masked = text
          .replaceAll(name, "NAME")
          .replaceAll(`grant ${namespace} `, "grant PLACE ")
          .replaceAll(`${namespace}&quot;`, "PLACE&quot;")
          .replaceAll(headers.get("x-request-id") ?? "-", "ID");
        answers.push(`${status} ${headers.get("content-type")} ${masked}`);
        expect(status).toBe(as === undefined ? 401 : 404);
      }
      expect(new Set(answers).size).toBe(1);
    }
  }
});

test("a browser gets a page that runs nothing, loads nothing and shows nothing that was not asked", async () => {
  const { status, headers, text } = await open("/r/acme/api/rights", { as: BOB, accept: HTML });
  expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(headers.get("content-security-policy")).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  expect(headers.get("vary")).toBe("Accept");
  expect(text).toContain("berth repo grant acme --account bob --repository acme/api --may push");
  for (const path of ["/r/%3Cscript%3E/x/rights", "/r/acme/%22onload%3D/rights"]) {
    const answer = await open(path, { as: BOB, accept: HTML });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      404,
      "application/problem+json",
    ]);
    expect(answer.text).not.toMatch(/<script>|onload/);
  }
  const absent = await open("/r/acme/api/rights", { accept: HTML });
  expect(absent.text).toContain("berth repo access acme/api");
});

test("the command and the API say the same", async () => {
  const { body } = await done(hub.as("bob")("GET /api/v1/repository-access/acme/api"));
  expect(body).toMatchObject({
    repository: "acme/api",
    visibility: "private",
    account: "bob",
    may: ["pull"],
    granter: "An owner of acme",
    granterNames: ["admin", "olivia"],
  });
  await using typed = await withTerminal({ ...hub, [Symbol.asyncDispose]: async () => undefined });
  const said = await typed.typeAs(BOB, "repo access acme/api");
  expect(said).toMatch(
    /^acme\/api \(private\)\nbob: pull\nAn owner of acme can grant more: admin, olivia\n/,
  );
  expect(await typed.typeAs(OLIVIA, "repo access acme/api")).toBe(
    "acme/api (private)\nolivia: pull, push, delete, admin",
  );
  expect(await typed.typeAs({ ...BOB, name: "eve" }, "repo access acme/api")).toBe(
    "berth: acme/api is not there, or not yours to see: see berth repo list",
  );
});
