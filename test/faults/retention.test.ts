import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { callerOf } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import type { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { scaled } from "./scale.ts";
import { seeded } from "./seeded.ts";
import { findDamage } from "./store-check.ts";

const RUNS = "/api/v1/retention/runs";
const NAME = "acme/api";
const POLICY = 'keep --match "keep-*"\nkeep n: 7 --match "build-*"';
const KEPT = 12;
const BUILDS = scaled({ test: 40, soak: 400 });

/** Each with the hit at which the hub dies. */
const CUTS = [
  { point: "retention.before-commit", hit: 2 },
  { point: "retention.after-commit", hit: 1 },
  { point: "retention.before-end-commit", hit: 1 },
] as const;

test.each(CUTS)(
  "a run that is killed at $point goes on, and removes nothing that the policy keeps",
  async ({ point, hit }) => {
    const random = seeded();
    await using home = await makeTempDirectory("retention-kill");
    const dataDirectory = `${home.path}/data`;
    const kept = await fill(dataDirectory, random);
    await cutOff(dataDirectory, `${point}:kill@${hit}`, async (ask) => {
      const scope = { kind: "repository", name: NAME };
      const { status } = await ask(`POST ${RUNS}`, { scope, policy: POLICY });
      expect(status).toBe(202);
    });
    {
      await using hub = await HubProcess.start({ dataDirectory });
      const run = await waitForEnd(hub, 1);
      expect(run).toMatchObject({ state: "done", removed: BUILDS - 7, spared: 0 });
      expect(await listTags(hub)).toEqual(kept);
    }
    expect(listRemoved(dataDirectory)).toHaveLength(BUILDS - 7);
    expect(new Set(listRemoved(dataDirectory)).size).toBe(BUILDS - 7);
    // Putting it right is cut off, too, and goes on.
    await cutOff(dataDirectory, "retention-undo.before-commit:kill@2", async (ask) => {
      await ask(`POST ${RUNS}/1/undo`);
    });
    await using hub = await HubProcess.start({ dataDirectory });
    const undone = await waitForEnd(hub, 1);
    expect(undone).toMatchObject({ state: "undone", restored: BUILDS - 7, lost: 0 });
    expect(await listTags(hub)).toHaveLength(KEPT + BUILDS);
    await hub.stop();
    expect(await findDamage(dataDirectory)).toEqual([]);
  },
  120_000,
);

/** Tags that all stay, and builds of which the last seven stay; answers what does. */
async function fill(dataDirectory: string, random: Randomness): Promise<readonly string[]> {
  await using hub = await HubProcess.start({ dataDirectory });
  await using client = new RegistryClient(hub.url);
  const image = randomImage(random);
  await client.push(NAME, "keep-0", image);
  for (let at = 1; at < KEPT; at += 1)
    await client.pushManifest(NAME, `keep-${at}`, image.manifest);
  const builds = Array.from({ length: BUILDS }, (_, at) => `build-${String(at).padStart(4, "0")}`);
  for (const tag of builds) await client.push(NAME, tag, randomImage(random, [64]));
  await hub.stop();
  using database = new DatabaseSync(join(dataDirectory, "berth.db"));
  // Pushes of one millisecond have no order of their own.
  for (const [at, tag] of builds.entries())
    database
      .prepare("update tags set updated_at = ? where name = ?")
      .run(1_700_000_000_000 + at, tag);
  return [...builds.slice(-7), ...Array.from({ length: KEPT }, (_, at) => `keep-${at}`)].toSorted();
}

async function cutOff(
  dataDirectory: string,
  failPoint: string,
  begin: (ask: ReturnType<typeof callerOf>) => Promise<void>,
): Promise<void> {
  await using hub = await HubProcess.start({
    dataDirectory,
    env: { BERTH_FAIL_POINTS: failPoint },
  });
  // The answer may be cut off with the hub.
  await begin(callerOf(hub.url)).catch(() => undefined);
  expect(await hub.endsWithin(20_000)).toBe(true);
}

async function waitForEnd(hub: HubProcess, run: number) {
  const ask = callerOf(hub.url);
  for (;;) {
    const { body } = await ask(`GET ${RUNS}/${run}`);
    if (!["waiting", "running", "undoing"].includes(body.state)) return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function listTags(hub: HubProcess): Promise<readonly string[]> {
  const { body } = await callerOf(hub.url)(`GET /v2/${NAME}/tags/list?n=1000`);
  return body.tags;
}

function listRemoved(dataDirectory: string): readonly string[] {
  using database = new DatabaseSync(join(dataDirectory, "berth.db"), { readOnly: true });
  return database
    .prepare("select tag from retention_removals")
    .all()
    .map(({ tag }) => String(tag));
}
