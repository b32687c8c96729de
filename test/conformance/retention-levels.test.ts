import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { runRetention, simulateRetention } from "../harness/retention.ts";

const DAY = 86_400_000;
const RETENTION = "/api/v1/retention";
const random = new Randomness();

async function startAcme(settings: Readonly<Record<string, string>> = {}) {
  let now = new Date("2026-06-01T00:00:00Z");
  await using resources = new AsyncDisposableStack();
  const hub = resources.use(await startAccountsHub({ clock: () => now, settings }));
  await hub.addUsers("olaf");
  await hub.addOrganization("acme", { olaf: "owner" });
  const client = resources.use(new RegistryClient(hub.url, { user: ROOT }));
  const owned = resources.move();
  return {
    ...hub,
    client,
    pass: (days: number) => {
      now = new Date(now.getTime() + days * DAY);
    },
    async fill(name: string, tags: readonly string[]) {
      for (const tag of tags) await client.push(name, tag, randomImage(random));
    },
    /** Simulated first, as it has to be. */
    async setPolicy(
      scope: { readonly kind: string; readonly name?: string; readonly pattern?: string },
      policy: string,
    ) {
      const { report } = await simulateRetention(hub.url, ROOT, { scope, policy });
      const { kind, name, pattern } = scope;
      const path =
        kind === "hub" ? "hub" : `${kind === "namespace" ? "namespaces" : "repositories"}/${name}`;
      const body = { policy, pattern, simulation: report.simulation };
      await done(hub.root(`PUT ${RETENTION}/${path}`, body));
    },
    async tags(name: string) {
      return (await done(hub.root(`GET /v2/${name}/tags/list`))).body.tags ?? [];
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const OFF = { "retention.enabled": "false" };

test("the nearest policy holds: repository, namespace, hub, of each the longest pattern first", async () => {
  await using hub = await startAcme(OFF);
  const places = ["acme/api", "acme/tools/a", "acme/tools/bee", "acme/web", "other/app"];
  await hub.addOrganization("other");
  const tags = ["hub", "pattern", "namespace", "tools", "tools-b", "repository"];
  for (const name of places) await hub.fill(name, tags);
  const only = (tag: string) => `delete --match "${tag}"`;
  await hub.setPolicy({ kind: "hub" }, only("hub"));
  await hub.setPolicy({ kind: "hub", pattern: "other/*" }, only("pattern"));
  await hub.setPolicy({ kind: "namespace", name: "acme" }, only("namespace"));
  await hub.setPolicy({ kind: "namespace", name: "acme", pattern: "tools/*" }, only("tools"));
  await hub.setPolicy({ kind: "namespace", name: "acme", pattern: "tools/bee" }, only("tools-b"));
  await hub.setPolicy({ kind: "repository", name: "acme/web" }, only("repository"));

  const { removed, report } = await simulateRetention(hub.url, ROOT, { scope: { kind: "hub" } });
  expect(removed).toEqual(["namespace", "tools", "tools-b", "repository", "pattern"]);
  expect(report).toMatchObject({ repositories: 5, skipped: 0 });
  const inForce = async (name: string) =>
    (await done(hub.as("olaf")(`GET ${RETENTION}/repositories/${name}`))).body.inForce;
  expect(await inForce("acme/api")).toMatchObject({ scope: { kind: "namespace", name: "acme" } });
  expect((await inForce("acme/tools/bee")).scope.pattern).toBe("tools/bee");
  // One that is set above does not reach where a nearer one holds.
  const above = await simulateRetention(hub.url, ROOT, {
    scope: { kind: "hub" },
    policy: 'delete --match "*"',
  });
  expect(above.report).toMatchObject({ repositories: 0, skipped: 5 });
  expect(await runRetention(hub.root, { scope: { kind: "hub" } })).toMatchObject({
    removed: 5,
    repositories: 5,
    unchanged: 0,
  });
  await done(hub.root(`DELETE ${RETENTION}/repositories/acme/web`));
  expect((await inForce("acme/web")).scope).toEqual({ kind: "namespace", name: "acme" });
}, 120_000);

test("the schedule applies policies, and leaves out what is paused and what cannot have changed", async () => {
  await using hub = await startAcme({ "retention.interval": "1d" });
  await hub.fill("acme/api", ["a", "b"]);
  await hub.fill("acme/web", ["a", "b"]);
  const scope = { kind: "namespace", name: "acme" };
  await hub.setPolicy(scope, "keep n: 2\nkeep 10d");
  const runs = async () =>
    (await done(hub.root(`GET ${RETENTION}/runs?kind=namespace&name=acme`))).body.items;
  const nextRun = async () => {
    const before = (await runs()).length;
    hub.pass(1);
    await expect
      .poll(async () => (await runs()).length, { timeout: 60_000 })
      .toBeGreaterThan(before);
    await expect.poll(async () => (await runs())[0].state, { timeout: 60_000 }).toBe("done");
    return (await runs())[0];
  };
  const first = { cause: "schedule", startedBy: "schedule", repositories: 2, removed: 0 };
  expect(await nextRun()).toMatchObject({ ...first, examined: 4, unchanged: 0 });
  expect(await nextRun()).toMatchObject({ ...first, examined: 0, unchanged: 2 });
  await hub.fill("acme/web", ["c"]);
  expect(await nextRun()).toMatchObject({ ...first, examined: 3, unchanged: 1 });
  hub.pass(8);
  expect(await nextRun()).toMatchObject({ ...first, examined: 5, unchanged: 0, removed: 1 });
  // Of pushes at one time the name decides.
  expect(await hub.tags("acme/web")).toEqual(["a", "c"]);
  await done(hub.root(`PUT ${RETENTION}/namespaces/acme`, { paused: true }));
  const count = (await runs()).length;
  hub.pass(3);
  await runRetention(hub.root, { scope });
  expect(await runs()).toHaveLength(count + 1);
}, 240_000);

test("pulls of a robot that counts as nobody hold nothing", async () => {
  await using hub = await startAcme(OFF);
  await hub.fill("acme/api", ["used", "scanned"]);
  hub.pass(30);
  const robots = "/api/v1/organizations/acme/robots";
  const resources = [{ repositories: "acme/**", actions: ["pull"] }];
  const pull = async (label: string, tag: string, countsAsPull?: boolean) => {
    const made = await done(hub.root(`POST ${robots}`, { label, resources, countsAsPull }));
    const user = { name: made.body.user, password: made.body.secret };
    await using robot = new RegistryClient(hub.url, { user });
    expect((await robot.getManifest("acme/api", tag)).status).toBe(200);
    return made.body;
  };
  expect(await pull("ci", "used")).toMatchObject({ countsAsPull: true });
  const scanner = await pull("scanner", "scanned", false);
  expect(scanner).toMatchObject({ countsAsPull: false });
  const wish = {
    scope: { kind: "repository", name: "acme/api" },
    policy: 'delete --match "*"',
    inUse: "14d",
  };
  const { removed, items } = await simulateRetention(hub.url, ROOT, wish);
  expect(removed).toEqual(["scanned"]);
  expect(items.map(({ why }) => why)).toContain("in use: it was pushed or pulled lately");
  const usage = await done(hub.root("GET /api/v1/repositories/acme/api"));
  expect(JSON.stringify(usage.body)).not.toContain("scanner");
  const changed = await done(hub.root(`PATCH ${robots}/${scanner.id}`, { countsAsPull: true }));
  expect(changed.body.countsAsPull).toBe(true);
}, 120_000);

test("a run that is ended early keeps what it removed by then, and undo puts that back", async () => {
  await using hub = await startAcme(OFF);
  const image = randomImage(random);
  await hub.client.push("acme/api", "t0", image);
  for (let at = 1; at < 150; at += 1)
    await hub.client.pushManifest("acme/api", `t${at}`, image.manifest);
  const scope = { kind: "repository", name: "acme/api" };
  const begun = await done(
    hub.root(`POST ${RETENTION}/runs`, { scope, policy: "delete --match *" }),
  );
  await done(hub.root(`POST ${RETENTION}/runs/${begun.body.id}/cancel`));
  const state = async () => (await hub.root(`GET ${RETENTION}/runs/${begun.body.id}`)).body;
  await expect.poll(async () => (await state()).finishedAt).toBeDefined();
  const ended = await state();
  expect(["cancelled", "done"]).toContain(ended.state);
  expect(await hub.tags("acme/api")).toHaveLength(150 - ended.removed);
  const undone = await runRetention(hub.root, { undo: ended.id });
  expect(undone).toMatchObject({ restored: ended.removed, lost: 0 });
  expect(await hub.tags("acme/api")).toHaveLength(150);
}, 120_000);

test("undo leaves away a name that the rules do not allow any more, and nothing else", async () => {
  await using hub = await startAcme(OFF);
  await hub.fill("acme/api", ["1.0.0", "main", "stays"]);
  const scope = { kind: "repository", name: "acme/api" };
  const run = await runRetention(hub.root, { scope, policy: 'keep --match "stays"' });
  expect(run.removed).toBe(2);
  const rules = {
    format: { allow: ["semver"] },
    protected: { lines: [{ tags: "1.*", push: [] }] },
  };
  await done(hub.root("PUT /api/v1/tag-rules/acme/api", rules));
  const undone = await runRetention(hub.root, { undo: run.id });
  expect(undone).toMatchObject({ state: "undone", restored: 1, lost: 1 });
  expect(await hub.tags("acme/api")).toEqual(["1.0.0", "stays"]);
}, 120_000);

test("a policy as YAML is kept one rule a line, and its errors name their place", async () => {
  await using hub = await startAcme(OFF);
  const olaf = hub.as("olaf", SENTENCE);
  const check = (policy: string) => olaf(`POST ${RETENTION}/check`, { policy });
  const yaml =
    '# ours\nkeep:\n  - { newest: 3, per: minor, of: 4, match: "v*" }\ndelete: [{ untagged: true }]\n';
  expect((await check(yaml)).body).toMatchObject({
    policy: 'keep n: 3 per minor of 4 minors --match "v*"\ndelete untagged',
    reading: "removes what a delete line matches",
  });
  expect((await check('{"keep": [{"age": "30d"}]}')).body.policy).toBe("keep 30d");
  const wrong = [
    ["keep:\n  - { age: soon }", "line 2, column 5"],
    ["keep:\n  - { years: 3 }", "line 2, column 7"],
    ["keep: 30d", "line 1, column 7"],
    ['keep:\n  - { match: "a b" }', "line 2"],
  ] as const;
  for (const [policy, place] of wrong) {
    const { status, body } = await check(policy);
    expect(status, policy).toBe(400);
    expect(body.detail, policy).toContain(place);
  }
}, 120_000);
