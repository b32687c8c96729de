import { buildArtifact, randomImage } from "../harness/artifacts.ts";
import { done, type startAccountsHub } from "../harness/hub-api.ts";
import { buildImage, buildIndex, descriptor, type Image } from "../harness/images.ts";
import type { Randomness } from "../harness/randomness.ts";
import type { RegistryClient } from "../harness/registry-client.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const LINES = [
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

export interface Scene {
  readonly hub: Awaited<ReturnType<typeof startAccountsHub>>;
  readonly client: RegistryClient;
  readonly random: Randomness;
  readonly name: string;
  readonly pass: (milliseconds: number) => void;
}

/** A history of pushes, moves, pulls and deletions, with what hangs together in every way there is. */
export async function live(scene: Scene, steps = 8 + scene.random.below(16)): Promise<void> {
  const { random, name, pass } = scene;
  const images: Image[] = [];
  const layers: Buffer[] = [];
  const make = () => {
    const image = buildImage({
      layers: [pickLayer(random, layers), pickLayer(random, layers)],
      ...(random.below(3) === 0 && { labels: { keep: "yes" } }),
    });
    images.push(image);
    return image;
  };
  for (let left = steps; left > 0; left -= 1) {
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

/** Lets collection do all that is due, however long that takes; answers the bytes that it freed. */
export async function settle({ hub, pass }: Scene): Promise<number> {
  let freed = 0;
  for (let round = 0; round < 6; round += 1) {
    pass(25 * HOUR);
    const signal = AbortSignal.timeout(60_000);
    for await (const event of hub.registry.collector.run({ dryRun: false, signal }))
      if (event.type === "report") freed += event.freedBytes;
  }
  return freed;
}
