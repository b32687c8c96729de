import { afterEach, expect, test } from "vitest";
import { armFailPoints } from "../../src/platform/fail-point.ts";
import { randomImage } from "../harness/artifacts.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { runRetention } from "../harness/retention.ts";

const random = new Randomness();

afterEach(() => armFailPoints(undefined));

async function open() {
  await using resources = new AsyncDisposableStack();
  const settings = { "retention.enabled": "false" };
  const hub = resources.use(await startAccountsHub({ settings }));
  await hub.addOrganization("acme");
  const client = resources.use(new RegistryClient(hub.url, { user: ROOT }));
  const owned = resources.move();
  return { hub, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
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
