import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import { expect, test } from "vitest";
import { removeOldEntries } from "../../src/activity/index.ts";
import { COMMAND_GROUPS, COMMANDS } from "../../src/app/commands.ts";
import { openStores } from "../../src/app/stores.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;

async function entriesOf(hub: Hub, query = "") {
  const { body } = await done(hub.root(`GET /api/v1/audit?${query}`));
  return body.items as Record<string, unknown>[];
}

/** What `berth audit verify` prints, and its exit code. */
async function verify(...words: readonly string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const terminal = createTerminal({
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    environment: {},
    signal: new AbortController().signal,
  } as never);
  const code = await runProgram({ commands: COMMANDS, groups: COMMAND_GROUPS, terminal }, [
    "audit",
    "verify",
    ...words,
  ]);
  stdout.end();
  stderr.end();
  return { code, said: (await text(stdout)) + (await text(stderr)) };
}

test("S95: what is done is on record with who, from where, by what, before and after", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
  await hub.addOrganization("acme", { alice: "owner" });
  const alice = { name: "alice", password: SENTENCE };
  await hub.push(alice, "acme/api:1");
  await hub.push(alice, "acme/api:1");
  await done(hub.as("alice")("PUT /api/v1/organizations/acme/members/bob", { role: "member" }));
  await done(hub.as("alice")("PUT /api/v1/organizations/acme/members/bob", { role: "owner" }));
  await done(hub.as("alice")("PATCH /api/v1/repositories/acme/api", { visibility: "public" }));
  await done(hub.as("alice")("DELETE /v2/acme/api/manifests/1"));
  const entries = await entriesOf(hub, "account=acme");
  expect(entries.map(({ actor, action, name }) => `${actor} ${action} ${name}`)).toEqual([
    "alice repo.tag.delete acme/api:1",
    "alice repo.change_privacy acme/api",
    "alice org.member.role.change bob",
    "alice org.member.add bob",
    "alice repo.tag.push acme/api:1",
    "admin org.member.add alice",
    "admin org.create acme",
  ]);
  expect(entries[2]).toMatchObject({
    before: '{"role":"member"}',
    after: '{"role":"owner"}',
    credential: '{"kind":"password"}',
    address: "127.0.0.1",
    outcome: "done",
  });
});

test("what was refused is on record too", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("mallory");
  await hub.as("mallory", "wrong password")("GET /v2/");
  await hub.as("mallory")("POST /api/v1/users", { name: "eve", password: SENTENCE });
  await expect
    .poll(async () =>
      (await entriesOf(hub, "actor=mallory")).map(({ action, outcome, name }) => [
        action,
        outcome,
        name,
      ]),
    )
    .toEqual([
      ["api.request", "refused", "POST /api/v1/users"],
      ["account.login", "refused", "mallory"],
    ]);
});

test("S95: the first administrator is on record, and what is hidden is refused on record, once and with a count", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("olga", "mallory");
  await hub.addOrganization("acme", { olga: "owner" });
  await hub.push({ name: "olga", password: SENTENCE }, "acme/secret:1");
  const mallory = hub.as("mallory");
  for (let layer = 0; layer < 3; layer += 1) {
    expect((await mallory("POST /v2/acme/secret/blobs/uploads/")).status).toBe(404);
    expect((await mallory("DELETE /api/v1/organizations/acme?x=y")).status).toBe(404);
  }
  // Nothing is hidden from an administrator: this is a slip, and no attempt.
  expect((await hub.root("DELETE /api/v1/organizations/nil")).status).toBe(404);
  const refused = async () =>
    (await done(hub.as("olga")("GET /api/v1/audit?account=acme&actor=mallory"))).body.items.map(
      ({ action, name }: { action: string; name: string }) => `${action} ${name}`,
    );
  await expect
    .poll(async () => (await refused()).toSorted(), { timeout: 10_000 })
    .toEqual(["api.request DELETE /api/v1/organizations/acme", "repo.push acme/secret"]);
  const data = hub.dataDirectory;
  await hub.close();
  using database = new DatabaseSync(join(data, "berth.db"), { readOnly: true });
  const rows = database
    .prepare(
      "select seq, action, actor, name, after from activity where outcome = 'refused' or seq = 1",
    )
    .all();
  const said = rows.map(({ actor, action, after }) => {
    const { repeated, role } = JSON.parse(String(after ?? "{}"));
    return `${actor} ${action} ${repeated ?? role ?? ""}`;
  });
  // The rest is told of when the minute is over, or the hub stops.
  expect(said.toSorted()).toEqual([
    "berth account.create administrator",
    ...["mallory api.request ", "mallory api.request 2"],
    ...["mallory repo.push ", "mallory repo.push 2"],
  ]);
});

test("owners see what concerns their organization, others nothing", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "mallory");
  await hub.addOrganization("acme", { alice: "owner" });
  expect((await hub.as("alice")("GET /api/v1/audit?account=acme")).body.items).toHaveLength(2);
  expect((await hub.as("alice")("GET /api/v1/audit")).status).toBe(403);
  expect((await hub.as("alice")("GET /api/v1/audit?account=mallory")).status).toBe(404);
  expect((await hub.as("mallory")("GET /api/v1/audit?account=acme")).status).toBe(404);
  expect((await hub.as("mallory")("GET /api/v1/audit?account=nil")).status).toBe(404);
  expect((await hub.as("mallory")("GET /api/v1/audit/export")).status).toBe(403);
});

test("S30: who gets a name reads nothing of what is on record of whose it was before", async () => {
  let now = new Date();
  await using hub = await startAccountsHub({ clock: () => now });
  await hub.addUsers("alice", "bob", "carol");
  await hub.addOrganization("acme", { alice: "owner" });
  await hub.addOrganization("beta", { bob: "owner" });
  await done(hub.root("DELETE /api/v1/organizations/acme"));
  await done(hub.root("DELETE /api/v1/users/carol"));
  now = new Date(now.getTime() + 31 * 24 * 3_600_000);
  // One that is made anew, and one that is older than the name it has by now.
  await hub.addUsers("carol");
  await done(hub.as("bob")("POST /api/v1/namespaces/beta/rename", { name: "acme" }));
  for (const [user, account, actions] of [
    ["bob", "acme", ["org.rename"]],
    ["bob", "Acme", ["org.rename"]],
    ["carol", "carol", ["account.create"]],
  ] as const) {
    const asked = await done(hub.as(user)(`GET /api/v1/audit?account=${account}`));
    const read = asked.body.items.map(({ action }: { action: string }) => action);
    expect(read).toEqual(actions);
    const early = "from=2000-01-01T00:00:00Z";
    const { body } = await done(hub.as(user)(`GET /v2/auditlogs/${account}?${early}`));
    expect(body.logs.map(({ action }: { action: string }) => action)).toEqual(actions);
  }
  // Whoever answers for the hub reads all of it.
  expect(await entriesOf(hub, "account=acme")).toHaveLength(4);
});

test("berth audit verify proves a database and an export, and finds what was changed in either", async () => {
  await using home = await makeTempDirectory("audit");
  let exported = "";
  let data = "";
  {
    await using hub = await startAccountsHub({ settings: { data: join(home.path, "data") } });
    await hub.addUsers("alice", "bob", "carol");
    await hub.push(ROOT, "acme/api:1");
    data = join(home.path, "data");
    const answer = await fetch(`${hub.url}/api/v1/audit/export`, {
      headers: { authorization: `Basic ${btoa(`${ROOT.name}:${ROOT.password}`)}` },
    });
    exported = await answer.text();
  }
  const file = join(home.path, "export.jsonl");
  await writeFile(file, exported);
  const whole = await verify("--data", data);
  expect(whole).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^7 entries, unbroken; head 7 [0-9a-f]{64}\n$/),
  });
  expect(await verify("--file", file)).toEqual(whole);
  const head = /[0-9a-f]{64}/.exec(whole.said)?.[0] ?? "";

  const lines = exported.trim().split("\n");
  await writeFile(
    file,
    `${lines.map((line, at) => (at === 3 ? line.replace("bob", "eve") : line)).join("\n")}\n`,
  );
  expect(await verify("--file", file)).toMatchObject({
    code: 1,
    said: "entry 4: what it says was changed\n",
  });
  await writeFile(file, lines.slice(0, -1).join("\n"));
  expect((await verify("--file", file)).code).toBe(0);
  expect(await verify("--file", file, "--head", head)).toMatchObject({ code: 1 });

  const database = new DatabaseSync(join(data, "berth.db"));
  expect(() => database.exec("update activity set actor = 'eve' where seq = 2")).toThrow(
    "never changed",
  );
  expect(() => database.exec("delete from activity where seq = 2")).toThrow("only retention");
  database.exec("drop trigger activity_is_never_changed");
  database.exec("update activity set actor = 'eve' where seq = 2");
  database.close();
  expect(await verify("--data", data)).toMatchObject({
    code: 1,
    said: "entry 2: what it says was changed\n",
  });
});

test("what is older than it has to be kept goes, and the rest is still proved", async () => {
  let now = new Date("2026-01-01T00:00:00Z");
  await using home = await makeTempDirectory("audit");
  const data = join(home.path, "data");
  {
    await using hub = await startAccountsHub({ settings: { data }, clock: () => now });
    await hub.addUsers("alice", "bob");
    now = new Date("2026-03-01T00:00:00Z");
    await hub.addUsers("carol");
  }
  {
    await using stores = await openStores({ data, blobRoot: data, reserveBytes: 0 });
    const log = pino({ level: "silent" });
    const retention = { keepMs: 30 * 86_400_000, holdMs: 0, targets: [], log };
    expect(await removeOldEntries({ ...stores, ...retention, clock: () => now })).toBe(4);
    expect(await removeOldEntries({ ...stores, ...retention, clock: () => now })).toBeUndefined();
  }
  expect(await verify("--data", data)).toMatchObject({
    code: 0,
    said: expect.stringContaining("1 entries, unbroken"),
  });
  {
    await using hub = await startAccountsHub({ settings: { data }, clock: () => now });
    await hub.addUsers("dave");
    expect((await entriesOf(hub)).map(({ seq }) => seq)).toEqual([6, 5]);
  }
  expect((await verify("--data", data)).code).toBe(0);
});
