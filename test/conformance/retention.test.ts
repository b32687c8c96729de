import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findDamage } from "../faults/store-check.ts";
import { randomImage } from "../harness/artifacts.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { runRetention, simulateRetention } from "../harness/retention.ts";

const DAY = 86_400_000;
const OWNER = { name: "olaf", password: SENTENCE };
const HERE = { kind: "repository", name: "acme/api" } as const;
const PATH = "/api/v1/retention/repositories/acme/api";
const random = new Randomness();

async function startAcme() {
  let now = new Date("2026-06-01T00:00:00Z");
  await using resources = new AsyncDisposableStack();
  const hub = resources.use(await withTerminal(await startAccountsHub({ clock: () => now })));
  await hub.addUsers("olaf", "wanda");
  await hub.addOrganization("acme", { olaf: "owner", wanda: "contributor" });
  const client = new RegistryClient(hub.url, { user: OWNER });
  resources.use(client);
  const folder = await mkdtemp(join(tmpdir(), "berth-policy-"));
  resources.defer(() => rm(folder, { recursive: true }));
  const owned = resources.move();
  return {
    ...hub,
    client,
    olaf: hub.as("olaf"),
    pass: (days: number) => {
      now = new Date(now.getTime() + days * DAY);
    },
    async policy(text: string) {
      const file = join(folder, "policy");
      await writeFile(file, text);
      return file;
    },
    async tags(name = "acme/api") {
      return (await done(hub.as("olaf")(`GET /v2/${name}/tags/list`))).body.tags ?? [];
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("a policy is simulated, saved, applied and undone", async () => {
  await using hub = await startAcme();
  const { client, olaf } = hub;
  const images = [1, 2, 3].map(() => randomImage(random));
  for (const [at, image] of images.entries()) {
    await client.push("acme/api", `1.${at}`, image);
    hub.pass(10);
  }
  const policy = "keep n: 1 # the newest";
  const unseen = await olaf(`PUT ${PATH}`, { policy });
  expect(unseen).toMatchObject({
    status: 409,
    body: { type: "urn:berth:problem:SIMULATION_REQUIRED" },
  });

  const simulated = await simulateRetention(hub.url, OWNER, { scope: HERE, policy });
  expect(simulated.removed).toEqual(["1.0", "1.1"]);
  expect(simulated.items.map(({ line, why }) => [line, why])).toEqual([
    [undefined, "no line keeps it"],
    [undefined, "no line keeps it"],
    [1, "line 1 keeps it: keep n: 1 # the newest"],
  ]);
  expect(simulated.report).toMatchObject({
    reading: "removes what no keep line keeps",
    removed: 2,
    kept: 1,
    newlyRemoved: 2,
  });
  const { simulation } = simulated.report;
  expect((await olaf(`PUT ${PATH}`, { policy: "keep n: 2", simulation })).status).toBe(409);
  const saved = await done(olaf(`PUT ${PATH}`, { policy, simulation }));
  expect(saved.body).toMatchObject({ scope: HERE, policy, updatedBy: "olaf" });
  expect((await done(olaf(`GET ${PATH}`))).body.inForce).toEqual(saved.body);

  const run = await runRetention(olaf, { scope: HERE });
  expect(run).toMatchObject({ state: "done", removed: 2, freedBytes: simulated.report.freedBytes });
  expect(await hub.tags()).toEqual(["1.2"]);
  const removals = await done(olaf(`GET /api/v1/retention/runs/${run.id}/removals`));
  expect(removals.body.items.map(({ tag }: { tag: string }) => tag)).toEqual(["1.0", "1.1"]);

  const undone = await runRetention(olaf, { undo: run.id });
  expect(undone).toMatchObject({ state: "undone", restored: 2, lost: 0 });
  for (const [at, image] of images.entries())
    await client.assertPullable("acme/api", `1.${at}`, image);
  // Otherwise the schedule would do it again.
  expect((await done(olaf(`GET ${PATH}`))).body.inForce.pausedAt).toBeDefined();
  // Nor does another text alone let it go on.
  const again = { scope: HERE, policy: "keep n: 2" };
  const { report } = await simulateRetention(hub.url, OWNER, again);
  const change = { policy: again.policy, simulation: report.simulation };
  expect((await done(olaf(`PUT ${PATH}`, change))).body.pausedAt).toBeDefined();
  const audit = await done(hub.root("GET /api/v1/audit?account=acme&limit=1000"));
  const actions = (audit.body.items as { action: string; name: string }[])
    .map(({ action, name }) => `${action} ${name}`)
    .filter((entry) => entry.startsWith("retention."));
  expect(actions).toEqual([
    "retention.policy.set acme/api",
    "retention.restore acme/api:1.1",
    "retention.restore acme/api:1.0",
    "retention.run.undo acme/api",
    "retention.remove acme/api:1.1",
    "retention.remove acme/api:1.0",
    "retention.run.start acme/api",
    "retention.policy.set acme/api",
  ]);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("undoing puts back no tag that was moved since, and the newer removal can still be undone", async () => {
  await using hub = await startAcme();
  const policy = 'delete --match "1.0"';
  const remove = async () => (await runRetention(hub.olaf, { scope: HERE, policy })).id;
  const [older, newer] = [randomImage(random), randomImage(random)];
  await hub.client.push("acme/api", "1.0", older);
  const first = await remove();
  await hub.client.push("acme/api", "1.0", newer);
  const second = await remove();
  expect(await runRetention(hub.olaf, { undo: first })).toMatchObject({ restored: 0, lost: 1 });
  expect(await runRetention(hub.olaf, { undo: second })).toMatchObject({ restored: 1, lost: 0 });
  await hub.client.assertPullable("acme/api", "1.0", newer);
});

test("what was given to another owner is theirs: a run of the former one neither names it nor puts anything back", async () => {
  await using hub = await startAcme();
  await hub.addOrganization("other", { olaf: "owner" });
  await hub.client.push("acme/api", "1.0", randomImage(random));
  const scope = { kind: "namespace", name: "acme" } as const;
  const run = await runRetention(hub.olaf, { scope, policy: 'delete --match "1.0"' });
  await done(hub.root("POST /api/v1/repository-moves", { from: "acme/api", to: "other/secret" }));
  const removals = await done(hub.olaf(`GET /api/v1/retention/runs/${run.id}/removals`));
  expect(removals.body.items).toMatchObject([{ repository: "", tag: "1.0" }]);
  expect(await runRetention(hub.olaf, { undo: run.id })).toMatchObject({ restored: 0, lost: 1 });
});

test("whoever undoes a run in one repository does not pause what holds for all of them", async () => {
  await using hub = await startAcme();
  await hub.client.push("acme/api", "1.0", randomImage(random));
  const wish = { scope: { kind: "namespace", name: "acme" }, policy: 'delete --match "1.0"' };
  const { simulation } = (await simulateRetention(hub.url, OWNER, wish)).report;
  const path = "/api/v1/retention/namespaces/acme";
  await done(hub.olaf(`PUT ${path}`, { policy: wish.policy, simulation }));
  const run = await runRetention(hub.olaf, { scope: HERE });
  expect(await runRetention(hub.olaf, { undo: run.id })).toMatchObject({ restored: 1 });
  expect((await done(hub.olaf(`GET ${path}`))).body.inForce.pausedAt).toBeUndefined();
});

test("an image that is pushed again under its tag is as young as a new one", async () => {
  await using hub = await startAcme();
  const image = randomImage(random);
  await hub.client.push("acme/api", "nightly", image);
  await hub.client.push("acme/api", "left", randomImage(random));
  hub.pass(20);
  await hub.client.push("acme/api", "nightly", image);
  hub.pass(20);
  const wish = { scope: HERE, policy: "keep 30d" };
  expect((await simulateRetention(hub.url, OWNER, wish)).removed).toEqual(["left"]);
});

test("bytes go with collection's grace, exactly those that the simulation named", async () => {
  await using hub = await startAcme();
  const { client, olaf } = hub;
  for (const tag of ["old", "new"]) {
    await client.push("acme/api", tag, randomImage(random));
    hub.pass(10);
  }
  const policy = "keep 15d";
  const { report } = await simulateRetention(hub.url, OWNER, { scope: HERE, policy });
  const run = await runRetention(olaf, { scope: HERE, policy });
  let freed = 0;
  for (let round = 0; round < 4; round += 1) {
    hub.pass(2);
    for await (const event of hub.registry.collector.run({
      dryRun: false,
      signal: AbortSignal.timeout(60_000),
    }))
      if (event.type === "report") freed += event.freedBytes;
  }
  expect(freed).toBe(report.freedBytes);
  expect(freed).toBeGreaterThan(0);
  const undone = await runRetention(olaf, { undo: run.id });
  expect(undone).toMatchObject({ state: "undone", restored: 0, lost: 1 });
});

test("what a removal frees says nothing of repositories beyond what one looks after", async () => {
  await using hub = await startAcme();
  const { client } = hub;
  await hub.addOrganization("other", { olaf: "contributor" });
  const shared = randomImage(random);
  const bytes = async (user: typeof OWNER, scope: unknown) => {
    const wish = { scope, policy: 'delete --match "old"' };
    return (await simulateRetention(hub.url, user, wish)).report.freedBytes;
  };
  const api = { kind: "repository", name: "acme/api" };
  const acme = { kind: "namespace", name: "acme" };
  await client.push("acme/api", "old", shared);
  const whole = await bytes(OWNER, api);
  expect(whole).toBeGreaterThan(shared.manifest.bytes.length);
  await client.push("other/secret", "same", shared);
  expect(await bytes(OWNER, api)).toBe(whole);
  expect(await bytes(OWNER, acme)).toBe(whole);
  expect(await bytes(ROOT, { kind: "hub", pattern: "acme/api" })).toBe(0);
  const run = await runRetention(hub.olaf, { scope: api, policy: 'delete --match "old"' });
  expect(run.freedBytes).toBe(whole);
  await runRetention(hub.olaf, { undo: run.id });
  await client.push("acme/web", "same", shared);
  expect(await bytes(OWNER, api)).toBe(whole);
  expect(await bytes(OWNER, acme)).toBe(0);
});

test("everything goes by command, too", async () => {
  await using hub = await startAcme();
  for (const tag of ["v1", "main-dev"]) {
    await hub.client.push("acme/api", tag, randomImage(random));
    hub.pass(1);
  }
  const wrong = await hub.policy("keep 30d\ndelete *-dev");
  expect(await hub.typeAs(OWNER, `retention check ${wrong}`)).toContain("line 2, column 8");
  const file = await hub.policy('delete --match "*-dev"');
  expect(await hub.typeAs(OWNER, `retention check ${file}`)).toBe(
    "1 rule; the policy removes what a delete line matches",
  );
  const simulated = await hub.typeAs(OWNER, `retention simulate acme/api ${file}`);
  expect(simulated).toMatch(/^would remove acme\/api:main-dev, .*: line 1 removes it/m);
  expect(await hub.typeAs(OWNER, `retention set acme/api ${file}`)).toContain("say --yes");
  expect(await hub.typeAs(OWNER, `retention set acme/api ${file} --yes`)).toContain(
    "set for acme/api: the policy removes what a delete line matches",
  );
  expect(await hub.typeAs(OWNER, "retention show acme/api")).toContain('delete --match "*-dev"');
  expect(await hub.typeAs(OWNER, "retention apply acme/api --yes")).toMatch(
    /run \d+ done: 1 removed/,
  );
  expect(await hub.tags()).toEqual(["v1"]);
  const runs = await hub.typeAs(OWNER, "retention runs acme/api");
  const id = /^(\d+) /m.exec(runs)?.[1];
  expect(await hub.typeAs(OWNER, `retention undo ${id}`)).toContain("1 put back, 0 could not be");
  expect(await hub.tags()).toEqual(["main-dev", "v1"]);
  expect(await hub.typeAs(OWNER, "retention show acme/api")).toContain("paused since");
  expect(await hub.typeAs(OWNER, "retention resume acme/api")).toContain("the schedule applies");
  expect(await hub.typeAs(OWNER, "retention off acme/api")).toBe("the policy of acme/api is gone");
  expect(await hub.typeAs(OWNER, "retention show acme/api")).toBe(
    "no policy is in force in acme/api",
  );
  expect(await hub.typeAs(ROOT, "retention show hub")).toBe("no policy is in force in hub");
});
