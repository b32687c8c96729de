import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { buildArtifact, randomImage } from "../harness/artifacts.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { buildImage, buildIndex, descriptor, type Image } from "../harness/images.ts";
import type { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { runRetention, simulateRetention } from "../harness/retention.ts";
import { scaled } from "./scale.ts";
import { seeded } from "./seeded.ts";
import { findDamage } from "./store-check.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CASES = scaled({ test: 8, soak: 400 });

const LINES = [
  "keep 20d",
  "keep n: 2",
  "keep n: 1 per minor of 2 minors",
  'keep n: 1 --match "web-*"',
  'keep --match "release-*"',
  'keep --filter "label=keep"',
  "keep untagged 15d",
  "keep untagged n: 1",
  'delete --match "*-dev"',
  'delete --match "*-dev" --older-than 10d',
  "delete --older-than 25d",
  'delete --filter "until=360h" --filter "label!=keep"',
  "delete untagged",
  "delete untagged --older-than 12d",
] as const;

// biome-ignore format: a table
const TAGS = [
  "1.0.0", "1.0.1", "v1.1.0", "1.2.0-rc.1", "1.2.0_5", "1.2.0.4",
  "web-1", "web-2", "release-7", "latest", "main-dev", "fix-dev",
] as const;

const IMMUTABLE = ["release-.*", "web-1", ".*-dev"] as const;

interface Scene {
  readonly hub: Awaited<ReturnType<typeof startAccountsHub>>;
  readonly client: RegistryClient;
  readonly random: Randomness;
  readonly name: string;
  readonly pass: (milliseconds: number) => void;
}

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

/** A history of pushes, moves, pulls and deletions, with what hangs together in every way there is. */
async function live(scene: Scene): Promise<void> {
  const { random, name, pass } = scene;
  const images: Image[] = [];
  const layers: Buffer[] = [];
  const make = () => {
    const image = buildImage({ layers: [pickLayer(random, layers), pickLayer(random, layers)] });
    images.push(image);
    return image;
  };
  for (let left = 8 + random.below(16); left > 0; left -= 1) {
    pass(random.below(3 * DAY));
    const known = images[random.below(Math.max(images.length, 1))] ?? make();
    await random.pick(STEPS)({ ...scene, tag: random.pick(TAGS), known, make });
  }
  if (random.below(3) === 0) {
    const immutable = { enabled: true, patterns: [random.pick(IMMUTABLE)] };
    await done(scene.hub.root(`PUT /api/v1/tag-rules/${name}`, { immutable }));
  }
}

interface Step extends Scene {
  readonly tag: string;
  readonly known: Image;
  readonly make: () => Image;
}

const pushNew = async ({ client, name, tag, make }: Step) =>
  void (await client.push(name, tag, make()));

const STEPS = [
  pushNew,
  pushNew,
  async ({ client, name, tag, known }: Step) => void (await client.push(name, tag, known)),
  async ({ client, name, tag, make }: Step) =>
    void (await client.push(name, tag, buildIndex([make(), make()]))),
  async (step: Step) => {
    await step.client.push(step.name, step.known.manifest.digest, step.known);
    await attach(step, step.known);
  },
  async (step: Step) => {
    await step.client.push(step.name, step.known.manifest.digest, step.known);
    await sign(step, step.known);
  },
  async (step: Step) => await pushUntagged(step, step.make()),
  async ({ client, name, tag }: Step) => void (await client.delete(`/v2/${name}/manifests/${tag}`)),
  async ({ client, name, tag }: Step) => void (await client.getManifest(name, tag)),
  async ({ client, known }: Step) => void (await client.push("acme/elsewhere", "latest", known)),
] as const;

/** Sometimes one that another image has, too. */
function pickLayer(random: Randomness, layers: Buffer[]): Buffer {
  const known =
    random.below(3) === 0 ? layers[random.below(Math.max(layers.length, 1))] : undefined;
  if (known !== undefined) return known;
  const made = random.bytes(100 + random.below(2000));
  layers.push(made);
  return made;
}

async function pushUntagged({ client, name }: Scene, image: Image): Promise<void> {
  await client.push(name, image.manifest.digest, image);
}

async function attach({ client, name }: Scene, to: Image): Promise<void> {
  const subject = descriptor(to.manifest);
  const artifact = buildArtifact({ artifactType: "application/vnd.test.sbom", subject });
  await client.push(name, artifact.manifest.digest, artifact);
}

async function sign({ client, name, random }: Scene, to: Image): Promise<void> {
  const tag = `${to.manifest.digest.replace(":", "-")}.sig`;
  await client.push(name, tag, randomImage(random, [64]));
}

async function judge(scene: Scene, round: number): Promise<void> {
  const { hub, random, name } = scene;
  await settle(scene);
  const count = 1 + random.below(4);
  const policy = Array.from({ length: count }, () => random.pick(LINES)).join("\n");
  const wish = {
    scope: { kind: "repository", name },
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
  expect(await settle(scene), policy).toBe(simulated.report.freedBytes);
  await assertWhole(scene, kept);
}

/** Lets collection do all that is due, however long that takes; answers the bytes that it freed. */
async function settle({ hub, pass }: Scene): Promise<number> {
  let freed = 0;
  for (let round = 0; round < 6; round += 1) {
    pass(25 * HOUR);
    const signal = AbortSignal.timeout(60_000);
    for await (const event of hub.registry.collector.run({ dryRun: false, signal }))
      if (event.type === "report") freed += event.freedBytes;
  }
  return freed;
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
