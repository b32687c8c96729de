import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandsOf, readExamples, splitWords } from "../harness/doc-examples.ts";
import { callerOf, done, ROOT, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { startIssuer } from "../harness/issuer.ts";

const WAIT = { timeout: 10_000 };
const AUDIENCE = "https://hub.example.com";
const JOB = { repository: "acme/api", ref: "refs/heads/main", sub: "repo:acme/api:ref:main" };
const ACME = "/api/v1/organizations/acme/ci-rules";
const EVIL = "/api/v1/organizations/evil/ci-rules";

let issuer: Awaited<ReturnType<typeof startIssuer>>;
let hub: Awaited<ReturnType<typeof startWithTerminal>>;

beforeAll(async () => {
  issuer = await startIssuer({ isSecure: true });
  const ofSettings = {
    issuer: issuer.url,
    rules: [
      {
        claims: { repository: "settings/*" },
        ...{ account: "olaf", repositories: ["acme/settings"], actions: ["pull"] },
      },
    ],
  };
  const settings = {
    url: AUDIENCE,
    "access.issuers": JSON.stringify([ofSettings]),
    "outbound.allow": "127.0.0.1",
  };
  hub = await startWithTerminal({ settings });
  await hub.addUsers("olaf", "mia", "eve");
  await hub.addOrganization("acme", { olaf: "owner", mia: "member" });
  await hub.addOrganization("evil", { eve: "owner" });
});
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]();
  await issuer?.[Symbol.asyncDispose]();
});

const ruleOf = (organization: string, change: Readonly<Record<string, unknown>> = {}) => ({
  ...{ name: "deploy", issuer: issuer.url, claims: { repository: "acme/api" } },
  ...{ repositories: [`${organization}/**`], actions: ["pull", "push"], ...change },
});

/** Adds a rule, and removes it in the end. */
async function hold(by: string, path: string, body: Readonly<Record<string, unknown>>) {
  const ask = by === ROOT.name ? hub.root : hub.as(by);
  const made = (await done(ask(`POST ${path}`, body))).body;
  return {
    ...(made as { readonly id: string }),
    made,
    [Symbol.asyncDispose]: async () => void (await ask(`DELETE ${path}/${made.id}`)),
  };
}

async function tokenOf(change: Readonly<Record<string, unknown>> = {}, by = issuer) {
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, exp: now + 300 };
  return await by.sign({ iss: issuer.url, aud: AUDIENCE, ...JOB, ...times, ...change });
}

async function exchange(organization?: string, token?: string) {
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: token ?? (await tokenOf()),
    subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
    ...(organization === undefined ? {} : { organization }),
  });
  const answer = await fetch(`${hub.url}/oauth/token`, { method: "POST", body: form });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

const passwordOf = async (organization: string) =>
  String((await exchange(organization)).body.access_token);

test("a job of an owner's rule pushes within the organization, under a name of its own, and nowhere else", async () => {
  await using rule = await hold("olaf", ACME, ruleOf("acme"));
  expect(rule.made).toMatchObject({
    ...{ source: "organization", name: "deploy", account: "acme+ci:deploy", audience: AUDIENCE },
    ...{ repositories: ["acme/**"], lifetimeSeconds: 1800, createdBy: "olaf" },
  });
  const { status, body } = await exchange("acme");
  expect([status, body.scope]).toEqual([200, "repository:acme/**:pull,push"]);
  const job = { name: "any", password: String(body.access_token) };
  expect((await hub.push(job, "acme/api:1")).status).toBe(201);
  expect((await hub.push(job, "evil/api:1")).status).not.toBe(201);
  expect((await hub.push(job, "olaf/api:1")).status).not.toBe(201);
  const ask = callerOf(hub.url, job);
  expect((await ask("DELETE /v2/acme/api/manifests/1")).status).toBe(403);
  expect((await ask("GET /api/v1/account")).body).toMatchObject({ name: "acme+ci:deploy" });
  const { items } = (await done(hub.as("olaf")("GET /api/v1/audit?account=acme"))).body;
  const login = { action: "workload.login", actor: "acme+ci:deploy", name: JOB.sub };
  expect(items).toContainEqual(expect.objectContaining(login));
  // Being let in as the organization opens nothing of how it is run.
  expect((await ask(`GET ${ACME}`)).status).toBe(404);
  expect((await ask(`POST ${ACME}`, ruleOf("acme", { name: "more" }))).status).toBe(404);
});

test("the page of the organization lists it, and the audit trail tells of both ends", async () => {
  {
    await using rule = await hold("olaf", ACME, ruleOf("acme", { name: "listed" }));
    const { items } = (await done(hub.as("olaf")(`GET ${ACME}`))).body;
    expect(items).toEqual([expect.objectContaining({ source: "settings" }), rule.made]);
    expect((await done(hub.root("GET /api/v1/ci-rules"))).body.items).toHaveLength(1);
  }
  const { body } = await done(hub.as("olaf")("GET /api/v1/audit?account=acme"));
  const told = (body.items as { readonly action: string; readonly name: string }[])
    .filter(({ name }) => name === "listed")
    .map(({ action }) => action);
  expect(told).toEqual(["org.ci_rule.delete", "org.ci_rule.create"]);
});

test("a removed rule lets nobody in any more, and shuts out whom it had let in", async () => {
  const rule = await hold("olaf", ACME, ruleOf("acme"));
  const ask = callerOf(hub.url, { name: "ci", password: await passwordOf("acme") });
  expect((await ask("GET /api/v1/account")).status).toBe(200);
  await rule[Symbol.asyncDispose]();
  expect((await ask("GET /api/v1/account")).status).toBe(401);
  expect((await exchange("acme")).status).toBe(401);
});

describe("whose rules are asked", () => {
  test("an organization's hold for jobs that name it; others trust the same issuer to no effect", async () => {
    await using _ours = await hold("olaf", ACME, ruleOf("acme", { actions: ["pull"] }));
    await using _theirs = await hold("eve", EVIL, ruleOf("evil"));
    expect((await exchange("acme")).body.scope).toBe("repository:acme/**:pull");
    expect((await exchange("evil")).body.scope).toBe("repository:evil/**:pull,push");
    const { status, body } = await exchange();
    expect(status).toBe(401);
    expect(body.error_description).toContain("--organization");
    expect((await exchange("nobody")).status).toBe(401);
  });

  test("those of the settings first, then the hub's, then the organization's, the oldest first", async () => {
    const any = { claims: { sub: "repo:acme/*" } };
    await using _ours = await hold("olaf", ACME, ruleOf("acme", { name: "first" }));
    const later = { name: "later", repositories: ["acme/later"] };
    await using _later = await hold("olaf", ACME, ruleOf("acme", later));
    expect((await exchange("acme")).body.scope).toBe("repository:acme/**:pull,push");
    const wish = { ...ruleOf("acme", { ...any, repositories: ["**"] }), account: "olaf" };
    await using rule = await hold(ROOT.name, "/api/v1/ci-rules", wish);
    expect(rule.made).toMatchObject({ source: "hub", account: "olaf" });
    expect((await exchange("acme")).body.scope).toBe("repository:**:pull,push");
    const ofSettings = await exchange("acme", await tokenOf({ repository: "settings/x" }));
    expect(ofSettings.body.scope).toBe("repository:acme/settings:pull");
  });

  test("a rule of the hub acts as the account it names, and ends when that is disabled", async () => {
    const wish = { ...ruleOf("acme", { repositories: ["**"] }), account: "mia" };
    await using _rule = await hold(ROOT.name, "/api/v1/ci-rules", wish);
    const { body } = await exchange();
    const ask = callerOf(hub.url, { name: "ci", password: String(body.access_token) });
    expect((await ask("GET /api/v1/account")).body).toMatchObject({ name: "mia" });
    await done(hub.root("PATCH /api/v1/users/mia", { isDisabled: true }));
    expect((await exchange()).body.error_description).toContain("not in force");
    expect((await ask("GET /api/v1/account")).status).toBe(401);
    await done(hub.root("PATCH /api/v1/users/mia", { isDisabled: false }));
  });
});

test("whom an organization trusts is not to be learned from a refusal; its audit trail says why", async () => {
  await using other = await startIssuer({ isSecure: true });
  await using _rule = await hold("olaf", ACME, ruleOf("acme", { issuer: other.url }));
  const said = async (organization: string, change: Readonly<Record<string, unknown>>) => {
    const token = await tokenOf({ iss: other.url, ...change }, other);
    const { status, body } = await exchange(organization, token);
    return [status, body.error_description?.replace(organization, "NAME")];
  };
  const nothing = await said("nobody", {});
  expect(nothing).toEqual([401, expect.stringContaining("is not trusted here")]);
  expect(await said("evil", {})).toEqual(nothing);
  expect(await said("acme", { repository: "mallory/api", sub: "job of mallory" })).toEqual(nothing);
  expect(await said("acme", { aud: "https://other.example.com", sub: "job astray" })).toEqual(
    nothing,
  );
  const forged = await exchange("acme", await tokenOf({ iss: other.url }, issuer));
  expect([forged.status, forged.body.error_description?.replace("acme", "NAME")]).toEqual(nothing);
  expect((await exchange("acme", await tokenOf({ iss: other.url }, other))).status).toBe(200);
  const reasonsOf = async (name: string) => {
    const query = new URLSearchParams({ account: "acme", name });
    const { body } = await done(hub.as("olaf")(`GET /api/v1/audit?${query}`));
    return (body.items as { readonly after: string }[]).map(({ after }) => after).join();
  };
  await expect
    .poll(() => reasonsOf("job of mallory"), WAIT)
    .toContain("no rule lets job of mallory");
  await expect.poll(() => reasonsOf("job astray"), WAIT).toContain('unexpected \\"aud\\"');
});

describe("a rule is refused", () => {
  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["for everybody's jobs", { claims: { sub: "*" } }, "CI_RULE_INVALID"],
    ["for a branch of anybody", { claims: { ref: "refs/heads/main" } }, "CI_RULE_INVALID"],
    ["for another organization", { repositories: ["evil/api"] }, "CI_RULE_INVALID"],
    ["for everything", { repositories: ["**"] }, "CI_RULE_INVALID"],
    ["for names that begin alike", { repositories: ["acme*/api"] }, "CI_RULE_INVALID"],
    ["without encryption", { issuer: "http://issuer.example.com" }, "CI_RULE_INVALID"],
    ["with a query", { issuer: "https://a.example.com/?x" }, "CI_RULE_INVALID"],
    ["of a private address", { issuer: "https://10.0.0.1" }, "ADDRESS_REFUSED"],
    ["of another service", { issuer: "https://93.184.216.34:6379" }, "ADDRESS_REFUSED"],
    ["that has no fit name", { name: "Deploy it" }, "NAME_INVALID"],
  ])("%s", async (_what, change, problem) => {
    const answer = await hub.as("olaf")(`POST ${ACME}`, ruleOf("acme", change));
    expect([answer.status, answer.body.type]).toEqual([400, `urn:berth:problem:${problem}`]);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["that acts as an account", { account: "olaf" }],
    ["that lasts for days", { lifetimeSeconds: 86_400 }],
    ["that lasts no minute", { lifetimeSeconds: 59 }],
    ["that may administer", { actions: ["admin"] }],
    ["without repositories", { repositories: [] }],
    ["without an end to its claims", { claims: { sub: "x".repeat(513) } }],
  ])("%s", async (_what, change) => {
    const answer = await hub.as("olaf")(`POST ${ACME}`, ruleOf("acme", change));
    expect(answer.status).toBe(400);
  });

  test("of a name that is taken, and of who may not give as much", async () => {
    await using rule = await hold("olaf", ACME, ruleOf("acme"));
    const again = await hub.as("olaf")(`POST ${ACME}`, ruleOf("acme"));
    expect(again.body.type).toBe("urn:berth:problem:NAME_TAKEN");
    const permissions = ["repository.pull", "machine.manage"];
    const role = { name: "machinist", permissions };
    await done(hub.root("POST /api/v1/organizations/acme/roles", role));
    await done(hub.root("PUT /api/v1/organizations/acme/members/mia", { role: "machinist" }));
    const wish = ruleOf("acme", { name: "mias" });
    const denied = await hub.as("mia")(`POST ${ACME}`, wish);
    expect([denied.status, denied.body.detail]).toEqual([
      403,
      expect.stringContaining('letting jobs do this takes "repository.push"'),
    ]);
    await using pulling = await hold("mia", ACME, { ...wish, actions: ["pull"] });
    expect((await hub.as("eve")(`DELETE ${EVIL}/${rule.id}`)).status).toBe(404);
    expect((await hub.root(`DELETE /api/v1/ci-rules/${rule.id}`)).status).toBe(404);
    expect((await hub.as("olaf")(`DELETE ${ACME}/${pulling.id}`)).status).toBe(204);
  });
});

test("an organization has at most a hundred, which are no other's", async () => {
  const name = `full-${Date.now().toString(36)}`;
  await hub.addOrganization(name, { olaf: "owner" });
  const path = `/api/v1/organizations/${name}/ci-rules`;
  await hold("olaf", path, ruleOf(name));
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  const copy = database.prepare(
    `insert into ci_rules select 'copy' || ?, organization_id, 'copy-' || ?, issuer, claims, account_id, repositories, actions,
     lifetime_ms, created_by, created_at from ci_rules order by organization_id desc limit 1`,
  );
  for (let number = 1; number < 100; number += 1) copy.run(number, number);
  const answer = await hub.as("olaf")(`POST ${path}`, ruleOf(name, { name: "one-more" }));
  expect([answer.status, answer.body.type]).toEqual([409, "urn:berth:problem:TOO_MANY"]);
  await using _ours = await hold("olaf", ACME, ruleOf("acme"));
  await done(hub.root(`DELETE /api/v1/organizations/${name}`));
});

test("the commands of the document add a rule, list it and remove it", async () => {
  const olaf = { name: "olaf", password: SENTENCE };
  const blocks = await readExamples("docs/keyless-ci.md", "Rules that owners add");
  const said: string[] = [];
  for (const line of commandsOf(blocks))
    said.push((await hub.runAs(olaf, splitWords(line))).output);
  expect(said).toEqual([
    expect.stringContaining("jobs act as acme+ci:deploy"),
    expect.stringMatching(/^deploy .*pull\+push acme\/api/m),
    "removed deploy",
  ]);
});

test("the command adds a rule, a job logs in by it, and the command ends it", async () => {
  const olaf = { name: "olaf", password: SENTENCE };
  const wish = ["typed", "--issuer", issuer.url, "--repository", "acme/web", "--actions", "pull"];
  const claims = ["--claim", "repository=acme/api", "ref=refs/heads/*"];
  const ours = ["--organization", "acme"];
  const added = await hub.runAs(olaf, ["ci-rule", "add", ...wish, ...claims, ...ours]);
  expect(added).toEqual({
    output: "jobs act as acme+ci:typed; they log in by: berth login --oidc --organization acme",
    exitCode: 0,
  });
  const { output } = await hub.runAs(olaf, ["ci-rule", "list", ...ours]);
  expect(output).toMatch(
    /^typed +organization .*repository=acme\/api ref=refs\/heads\/\* .*1800$/m,
  );
  const environment = { BERTH_ID_TOKEN: await tokenOf() };
  const login = ["login", hub.url, "--oidc"];
  expect((await hub.runAs(olaf, login, environment)).output).toContain("no rule lets");
  expect((await hub.runAs(olaf, [...login, ...ours], environment)).exitCode).toBe(0);
  const unbound = ["ci-rule", "add", ...wish, "--claim", "sub=*", ...ours];
  expect((await hub.runAs(olaf, unbound)).output).toContain("no claim says of which project");
  expect(await hub.runAs(olaf, ["ci-rule", "remove", "typed", ...ours])).toMatchObject({
    output: "removed typed",
  });
  expect((await hub.runAs(olaf, [...login, ...ours], environment)).exitCode).toBe(1);
});

test("the command adds a rule of the hub, which says whose account it is", async () => {
  const wish = ["ofhub", "--issuer", "gitlab", "--claim", "project_path=acme/*"];
  const more = ["--repository", "acme/**", "--account", "mia", "--lifetime", "600"];
  expect(await hub.runAs(ROOT, ["ci-rule", "add", ...wish, ...more])).toEqual({
    output: "jobs act as mia; they log in by: berth login --oidc",
    exitCode: 0,
  });
  const { output } = await hub.runAs(ROOT, ["ci-rule", "list"]);
  expect(output).toMatch(/^ofhub +hub +https:\/\/gitlab.com .* mia +pull\+push acme\/\*\* +600$/m);
  const olaf = { name: "olaf", password: SENTENCE };
  const refused = await hub.runAs(olaf, ["ci-rule", "add", ...wish, ...more]);
  expect([refused.exitCode, refused.output]).toEqual([1, expect.stringContaining("administrator")]);
  const removed = await hub.runAs(ROOT, ["ci-rule", "remove", "ofhub"]);
  expect(removed.output).toBe("removed ofhub");
});

test("a rule follows its organization to another name, and ends with it", async () => {
  const before = `ship-${Date.now().toString(36)}`;
  const after = `${before}-2`;
  await hub.addOrganization(before, { olaf: "owner" });
  const path = `/api/v1/organizations/${before}/ci-rules`;
  await hold("olaf", path, ruleOf(before, { repositories: [`${before}/web`] }));
  const password = await passwordOf(before);
  await done(hub.root(`POST /api/v1/namespaces/${before}/rename`, { name: after }));
  const scope = `repository:${after}/web:pull,push`;
  expect((await exchange(before)).body.scope).toBe(scope);
  expect((await exchange(after)).body.scope).toBe(scope);
  const ask = callerOf(hub.url, { name: "ci", password });
  expect((await ask("GET /api/v1/account")).body).toMatchObject({ name: `${after}+ci:deploy` });
  await done(hub.root(`DELETE /api/v1/organizations/${after}`));
  expect((await exchange(after)).status).toBe(401);
  expect((await ask("GET /api/v1/account")).status).toBe(401);
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { readOnly: true });
  expect(database.prepare("select count(*) as n from ci_rules").get()).toEqual({ n: 0 });
});

test("a rule for one repository holds for that one, and not for another that gets its name later", async () => {
  const [named, former, secret] = ["named", "former", "secret"].map(
    (name) => `acme/${name}-${randomUUID().slice(0, 8)}`,
  );
  const repositories = [named];
  await using _rule = await hold("olaf", ACME, ruleOf("acme", { name: "one", repositories }));
  const job = { name: "any", password: await passwordOf("acme") };
  expect((await hub.push(job, `${named}:1`)).status).toBe(201);
  const olaf = hub.as("olaf");
  await done(olaf("POST /api/v1/repository-moves", { from: named, to: former }));
  const author = { name: "olaf", password: SENTENCE };
  expect((await hub.push(author, `${secret}:1`)).status).toBe(201);
  await done(olaf("POST /api/v1/repository-moves", { from: secret, to: named }));
  expect((await hub.push(job, `${named}:2`)).status).toBe(404);
  expect((await callerOf(hub.url, job)(`GET /v2/${named}/manifests/1`)).status).toBe(404);
});
