import { afterEach, expect, test } from "vitest";
import { armFailPoints } from "../../src/platform/fail-point.ts";
import { randomImage } from "../harness/artifacts.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { buildImage } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { runRetention, simulateRetention } from "../harness/retention.ts";

const random = new Randomness();

afterEach(() => armFailPoints(undefined));

/** Of one step of a run; the hub waits behind it while something else happens. */
const STEP = 25;

async function open() {
  await using resources = new AsyncDisposableStack();
  const settings = { "retention.enabled": "false" };
  const hub = resources.use(await startAccountsHub({ settings }));
  await hub.addOrganization("acme");
  const client = resources.use(new RegistryClient(hub.url, { user: ROOT }));
  const owned = resources.move();
  /** Does `deed` behind the first step of a run, and answers what became of it. */
  const meanwhile = async (
    wish: Parameters<typeof runRetention>[1],
    deed: () => Promise<unknown>,
  ) => {
    armFailPoints("retention.after-commit:delay=1500");
    const running = runRetention(hub.root, wish);
    const path = "GET /api/v1/retention/runs?kind=repository&name=acme/api";
    const isBegun = async () => {
      const { body } = await done(hub.root(path));
      return body.items[0]?.state === "running" && body.items[0].removed === STEP;
    };
    while (!(await isBegun())) await new Promise((resolve) => setTimeout(resolve, 20));
    await deed();
    armFailPoints(undefined);
    return await running;
  };
  return { hub, client, meanwhile, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

test("a run that fails is over, and keeps no other run waiting", async () => {
  await using scene = await open();
  const { hub, client } = scene;
  await client.push("acme/api", "old", randomImage(random));
  const wish = { scope: { kind: "repository", name: "acme/api" }, policy: 'delete --match "old"' };
  armFailPoints("retention.before-commit:throw");
  expect(await runRetention(hub.root, wish)).toMatchObject({
    ...{ state: "failed", removed: 0, failure: expect.stringContaining("the hub's log") },
  });
  armFailPoints(undefined);
  const run = await runRetention(hub.root, wish);
  expect(run).toMatchObject({ state: "done", removed: 1 });
  armFailPoints("retention-undo.before-commit:throw");
  expect(await runRetention(hub.root, { undo: run.id })).toMatchObject({ state: "failed" });
  armFailPoints(undefined);
  const undone = await runRetention(hub.root, { undo: run.id });
  expect(undone).toMatchObject({ state: "undone", restored: 1 });
  expect((await done(hub.root("GET /v2/acme/api/tags/list"))).body.tags).toEqual(["old"]);
});

test("a run goes by the policy that is in force at each of its steps", async () => {
  await using scene = await open();
  const { hub, client, meanwhile } = scene;
  const image = randomImage(random);
  await client.push("acme/api", "t0", image);
  for (let at = 1; at <= STEP; at += 1)
    await client.pushManifest("acme/api", `t${at}`, image.manifest);
  const scope = { kind: "repository", name: "acme/api" };
  const policy = 'delete --match "t*"';
  const { report } = await simulateRetention(hub.url, ROOT, { scope, policy });
  const path = "/api/v1/retention/repositories/acme/api";
  await done(hub.root(`PUT ${path}`, { policy, simulation: report.simulation }));
  const run = await meanwhile({ scope }, () => done(hub.root(`DELETE ${path}`)));
  expect(run).toMatchObject({ state: "done", removed: STEP });
  expect((await done(hub.root("GET /v2/acme/api/tags/list"))).body.tags).toEqual(["t9"]);
});

test("what counted and is pushed as something else during a run leaves its place to the next", async () => {
  await using scene = await open();
  const { hub, client, meanwhile } = scene;
  const image = randomImage(random);
  await client.push("acme/api", "b0", image);
  for (let at = 1; at < STEP; at += 1)
    await client.pushManifest("acme/api", `b${at}`, image.manifest);
  const labels = { env: "dev" };
  await client.push("acme/api", "second", buildImage({ labels }));
  await client.push("acme/api", "a-first", buildImage({ labels }));
  const scope = { kind: "repository", name: "acme/api" };
  const policy = 'keep n: 1 --filter "label=env=dev"';
  const run = await meanwhile({ scope, policy }, () =>
    client.push("acme/api", "a-first", buildImage({ labels: { env: "prod" } })),
  );
  expect(run).toMatchObject({ state: "done" });
  const { body } = await done(hub.root("GET /v2/acme/api/tags/list"));
  expect(body.tags).toContain("second");
  await expect(hub.addOrganization("retention")).rejects.toThrow("reserved");
});
