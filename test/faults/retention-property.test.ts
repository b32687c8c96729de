import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { runRetention, simulateRetention } from "../harness/retention.ts";
import { LINES, live, type Scene, settle } from "./retention-scene.ts";
import { scaled } from "./scale.ts";
import { seeded } from "./seeded.ts";
import { findDamage } from "./store-check.ts";

const CASES = scaled({ test: 8, soak: 400 });

test("what the simulator said is what the run removes, and an undo restores it exactly", async () => {
  const random = seeded();
  let now = Date.parse("2026-06-01T00:00:00Z");
  await using hub = await startAccountsHub({
    clock: () => new Date(now),
    settings: { "retention.enabled": "false" },
  });
  await using client = new RegistryClient(hub.url, { user: ROOT });
  await hub.addOrganization("acme");
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  for (let round = 0; round < CASES; round += 1) {
    const scene = { hub, client, random, pass, name: `acme/case-${round}` };
    await live(scene);
    await judge(scene, round);
  }
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
}, 1_800_000);

async function judge(scene: Scene, round: number): Promise<void> {
  const { hub, random, name } = scene;
  await settle(scene);
  const count = 1 + random.below(4);
  const policy = Array.from({ length: count }, () => random.pick(LINES)).join("\n");
  // Of its own alone a repository is told; what collection frees is what is asked of the hub.
  const isWhole = round % 4 !== 3;
  const scope = isWhole ? { kind: "hub", pattern: name } : { kind: "repository", name };
  const wish = {
    scope,
    policy,
    inUse: random.below(4) === 0 ? "5d" : null,
  };
  const simulated = await simulateRetention(hub.url, ROOT, wish);
  // By now the pulls are written down.
  const before = look(scene);
  const again = await simulateRetention(hub.url, ROOT, wish);
  expect(again.items).toEqual(simulated.items);
  const run = await runRetention(hub.root, wish);
  expect(run, policy).toMatchObject({ state: "done", spared: 0 });
  const removals = (
    await done(hub.root(`GET /api/v1/retention/runs/${run.id}/removals?limit=1000`))
  ).body.items as readonly { tag?: string; digest: string; bytes: number }[];
  const said = simulated.items.filter(({ action }) => action === "remove");
  expect(
    removals.map(({ tag, digest, bytes }) => ({ tag, digest, bytes })),
    policy,
  ).toEqual(said.map(({ tag, digest, bytes }) => ({ tag, digest, bytes })));
  const gone = new Set(said.map(({ tag }) => tag));
  const kept = before.tags.filter(({ name: tag }) => !gone.has(tag));
  expect(look(scene).tags, policy).toEqual(kept);
  if (round % 2 === 0) {
    const undone = await runRetention(hub.root, { undo: run.id });
    expect(undone).toMatchObject({ state: "undone", restored: removals.length, lost: 0 });
    expect(look(scene), policy).toEqual(before);
    // Collection takes nothing of it.
    expect(await settle(scene), policy).toBe(0);
    expect(look(scene), policy).toEqual(before);
    return;
  }
  const freed = await settle(scene);
  if (isWhole) expect(freed, policy).toBe(simulated.report.freedBytes);
  else expect(freed, policy).toBeLessThanOrEqual(simulated.report.freedBytes);
  await assertWhole(scene, kept);
}

/** What the hub holds of the repository: tags with their times and pulls, and manifests. */
function look({ hub, name }: Scene) {
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { readOnly: true });
  const all = (sql: string) => database.prepare(sql).all(name) as Record<string, unknown>[];
  const of = "where r.name = ? order by 1, 2";
  return {
    tags: all(
      `select t.name, t.updated_at, m.digest, p.pulled_at, p.pulled_by from repositories r join tags t on t.repository_id = r.id
       join manifests m on m.id = t.manifest_id left join tag_pulls p on p.repository_id = r.id and p.tag = t.name ${of}`,
    ) as { name: string; digest: string }[],
    manifests: all(
      `select m.digest, m.pushed_at, p.pulled_at from repositories r join manifests m on m.repository_id = r.id
       left join manifest_pulls p on p.manifest_id = m.id ${of}`,
    ),
  };
}

/** Everything that a kept tag stands for can be read to the last byte. */
async function assertWhole(
  { client, name }: Scene,
  kept: readonly { readonly name: string }[],
): Promise<void> {
  for (const { name: tag } of kept) {
    const answer = await client.getManifest(name, tag);
    expect(answer.status).toBe(200);
    await assertReadable(client, name, JSON.parse(answer.body.toString()) as Partial<Shape>);
  }
}

interface Shape {
  readonly config: { digest: string };
  readonly layers: readonly { digest: string }[];
  readonly manifests: readonly { digest: string }[];
}

async function assertReadable(
  client: RegistryClient,
  name: string,
  { config, layers = [], manifests = [] }: Partial<Shape>,
): Promise<void> {
  for (const { digest } of [...(config ? [config] : []), ...layers])
    expect((await client.getBlob(name, digest)).status).toBe(200);
  for (const { digest } of manifests) {
    const child = await client.getManifest(name, digest);
    expect(child.status).toBe(200);
    await assertReadable(client, name, JSON.parse(child.body.toString()));
  }
}
