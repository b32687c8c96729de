import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { runRetention, simulateRetention } from "../harness/retention.ts";
import { DAY, HOUR, LINES, live, type Scene, settle } from "./retention-scene.ts";
import { scaled } from "./scale.ts";
import { seeded } from "./seeded.ts";
import { findDamage } from "./store-check.ts";

const ROUNDS = scaled({ test: 14, soak: 200 });
const REPOSITORIES = 8;
const RULES = "/api/v1/tag-rules";

/**
 * Whatever happens between two runs of the schedule: after each, a simulation that looks at everything finds nothing that the
 * run left, although it left out most repositories.
 */
test("what the schedule leaves out because nothing changed never holds anything to remove", async () => {
  const random = seeded();
  let now = Date.parse("2026-06-01T00:00:00Z");
  await using hub = await startAccountsHub({
    clock: () => new Date(now),
    settings: { "retention.interval": "1h", "collection.grace": "2d" },
  });
  await using client = new RegistryClient(hub.url, { user: ROOT });
  await hub.addOrganization("acme");
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  const scenes = Array.from({ length: REPOSITORIES }, (_, at) => ({
    ...{ hub, client, random, pass },
    name: `acme/case-${at}`,
  }));
  const pickScene = () => scenes[random.below(scenes.length)] as Scene;
  for (const scene of scenes) {
    await live(scene, 10);
    await setPolicy(scene);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    if (random.below(3) === 0) await random.pick(DEEDS)(pickScene());
    pass(HOUR + random.below(random.pick([HOUR, DAY, 5 * DAY])));
    await waitForSchedule(hub.dataDirectory, now);
    const left = await simulateRetention(hub.url, ROOT, { scope: { kind: "hub" } });
    expect(left.items.filter(({ action }) => action === "remove")).toEqual([]);
  }
  expect(countRuns(hub.dataDirectory)).toEqual({
    unchanged: true,
    examined: true,
    removed: true,
  });
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
}, 1_800_000);

async function setPolicy({ hub, random, name }: Scene): Promise<void> {
  const scope = { kind: "repository", name };
  const count = 1 + random.below(4);
  const policy = Array.from({ length: count }, () => random.pick(LINES)).join("\n");
  const inUse = random.below(4) === 0 ? "5d" : null;
  const { report } = await simulateRetention(hub.url, ROOT, { scope, policy, inUse });
  const { simulation } = report;
  const body = { policy, inUse, simulation };
  await done(hub.root(`PUT /api/v1/retention/repositories/${name}`, body));
}

const IMMUTABLE = { enabled: true, patterns: [".*"], youngerThanSeconds: 20 * 86_400 };

/** What may come between two runs. */
const DEEDS = [
  (scene: Scene) => liveOn(scene, 3),
  (scene: Scene) => liveOn(scene, 1),
  (scene: Scene) => setPolicy(scene),
  (scene: Scene) => setRule(scene, null),
  (scene: Scene) => setRule(scene, IMMUTABLE),
  async (scene: Scene) => void (await settle(scene)),
  async ({ client, name }: Scene) => void (await client.getManifest(name, "latest")),
  (scene: Scene) => undoLast(scene),
] as const;

/** What is immutable by now refuses to move. */
async function liveOn(scene: Scene, steps: number): Promise<void> {
  await live(scene, steps).catch((cause) => {
    if (!String(cause).includes("is immutable")) throw cause;
  });
}

async function setRule({ hub, name }: Scene, immutable: unknown): Promise<void> {
  await done(hub.root(`PUT ${RULES}/${name}`, { immutable }));
}

/** Its policy goes on at once. */
async function undoLast({ hub, name }: Scene): Promise<void> {
  const path = `/api/v1/retention/runs?kind=repository&name=${name}`;
  const { body } = await done(hub.root(`GET ${path}`));
  const runs = body.items as readonly { id: number; removed: number; state: string }[];
  const last = runs.find(({ removed, state }) => removed > 0 && state === "done");
  if (last === undefined) return;
  await runRetention(hub.root, { undo: last.id });
  await done(hub.root(`PUT /api/v1/retention/repositories/${name}`, { paused: false }));
}

/** Until every policy had its turn at that time, and no run is left. */
async function waitForSchedule(dataDirectory: string, now: number): Promise<void> {
  using database = new DatabaseSync(join(dataDirectory, "berth.db"), { readOnly: true });
  const count = (sql: string) => Number(database.prepare(sql).get()?.count);
  const late = `select count(*) as count from retention_policies where ran_at < ${now}`;
  const open =
    "select count(*) as count from retention_runs where state in ('waiting', 'running', 'undoing')";
  while (count(late) + count(open) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Whether the schedule did each at least once. */
function countRuns(dataDirectory: string) {
  using database = new DatabaseSync(join(dataDirectory, "berth.db"), { readOnly: true });
  const sums = database
    .prepare(
      "select sum(unchanged) as unchanged, sum(examined) as examined, sum(removed) as removed from retention_runs where cause = 'schedule'",
    )
    .get();
  return {
    unchanged: Number(sums?.unchanged) > 0,
    examined: Number(sums?.examined) > 0,
    removed: Number(sums?.removed) > 0,
  };
}
