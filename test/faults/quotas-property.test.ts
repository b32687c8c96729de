import { expect, test } from "vitest";
import { buildArtifact } from "../harness/artifacts.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import {
  buildImage,
  buildIndex,
  descriptor,
  digestOf,
  type Image,
  type ImageIndex,
} from "../harness/images.ts";
import type { Randomness } from "../harness/randomness.ts";
import { type Answer, RegistryClient } from "../harness/registry-client.ts";
import { scaled } from "./scale.ts";
import { seeded } from "./seeded.ts";
import { findDamage, listMiscounts } from "./store-check.ts";

const HOUR = 3_600_000;
const KIB = 1024;
const ROUNDS = scaled({ test: 40, soak: 3000 });
const AT_ONCE = 4;

const NAMESPACES = ["acme", "beta", "admin"] as const;
const NAMES = ["api", "web", "base"] as const;
const TAGS = ["1", "2", "latest"] as const;
const RESOURCES = ["bytes", "tags", "repositories"] as const;

interface Scene {
  readonly hub: Awaited<ReturnType<typeof startAccountsHub>>;
  readonly client: RegistryClient;
  readonly random: Randomness;
  readonly layers: Buffer[];
  readonly images: (Image | ImageIndex)[];
  readonly pass: (milliseconds: number) => void;
}

test("counts are what a recount finds, and nothing grows beyond its quota, whatever is done", async () => {
  const random = seeded();
  let now = Date.parse("2026-06-01T00:00:00Z");
  await using hub = await startAccountsHub({
    clock: () => new Date(now),
    settings: { "retention.enabled": "false" },
  });
  await using client = new RegistryClient(hub.url, { user: ROOT });
  for (const name of ["acme", "beta"]) await hub.addOrganization(name);
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  const scene: Scene = { hub, client, random, layers: [], images: [], pass };
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await lookAtScopes(scene);
    const steps = Array.from({ length: AT_ONCE }, () => random.pick(STEPS));
    await Promise.all(steps.map((step) => step(scene)));
    expect(listMiscounts(hub.dataDirectory), nameOf(steps)).toEqual([]);
    await assertWithin(scene, before, nameOf(steps));
    await random.pick(BETWEEN)(scene);
  }
  await settle(scene);
  await hub.close();
  expect(hub.errors).toEqual([]);
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
}, 1_800_000);

function nameOf(steps: readonly ((scene: Scene) => unknown)[]): string {
  return steps.map(({ name }) => name).join(", ");
}

function pickRepository({ random }: Scene): string {
  return `${random.pick(NAMESPACES)}/${random.pick(NAMES)}`;
}

function pickLayer({ random, layers }: Scene): Buffer {
  const known = random.below(2) === 0 ? layers[random.below(layers.length + 1)] : undefined;
  if (known !== undefined) return known;
  const made = random.bytes(KIB + random.below(20 * KIB));
  layers.push(made);
  return made;
}

function pickImage(scene: Scene): Image | ImageIndex {
  const { random, images } = scene;
  const known = random.below(3) === 0 ? images[random.below(images.length + 1)] : undefined;
  if (known !== undefined) return known;
  const make = () => buildImage({ layers: [pickLayer(scene), pickLayer(scene)] });
  const made = random.below(4) === 0 ? buildIndex([make(), make()]) : make();
  images.push(made);
  return made;
}

/** What may be refused for want of room, or because another step was faster. */
async function attempt(work: Promise<unknown>): Promise<void> {
  await work.catch((cause: Error) => {
    if (!/was answered with 4\d\d|the hub answered 4\d\d/.test(cause.message)) throw cause;
  });
}

async function push(scene: Scene): Promise<void> {
  const { client, random } = scene;
  await attempt(client.push(pickRepository(scene), random.pick(TAGS), pickImage(scene)));
}

async function pushByDigest(scene: Scene): Promise<void> {
  const image = pickImage(scene);
  await attempt(scene.client.push(pickRepository(scene), image.manifest.digest, image));
}

async function attach(scene: Scene): Promise<void> {
  const subject = descriptor(pickImage(scene).manifest);
  const artifact = buildArtifact({ artifactType: "application/vnd.test.sbom", subject });
  await attempt(scene.client.push(pickRepository(scene), artifact.manifest.digest, artifact));
}

async function mount(scene: Scene): Promise<void> {
  const query = `mount=${digestOf(pickLayer(scene))}&from=${pickRepository(scene)}`;
  const path = `/v2/${pickRepository(scene)}/blobs/uploads/?${query}`;
  const answer = await scene.client.send("POST", path);
  if (answer.status === 202) await scene.client.delete(locationIn(answer));
  else expect([201, 403, 404]).toContain(answer.status);
}

function locationIn({ headers: { location = "" } }: Answer): string {
  return location.startsWith("/") ? location : new URL(location).pathname;
}

async function deleteTag(scene: Scene): Promise<void> {
  const { client, random } = scene;
  await client.delete(`/v2/${pickRepository(scene)}/manifests/${random.pick(TAGS)}`);
}

async function deleteManifest(scene: Scene): Promise<void> {
  const { digest } = pickImage(scene).manifest;
  await scene.client.delete(`/v2/${pickRepository(scene)}/manifests/${digest}`);
}

async function deleteBlob(scene: Scene): Promise<void> {
  await scene.client.delete(`/v2/${pickRepository(scene)}/blobs/${digestOf(pickLayer(scene))}`);
}

async function undelete(scene: Scene): Promise<void> {
  const { digest } = pickImage(scene).manifest;
  const path = `POST /api/v1/trash/manifests/${pickRepository(scene)}`;
  await attempt(done(scene.hub.root(path, { digest })));
}

/** By the client, or by its cable. */
async function cancel(scene: Scene): Promise<void> {
  const { client, random } = scene;
  await attempt(
    (async () => {
      const location = await client.startUpload(pickRepository(scene));
      const bytes = random.bytes(8 * KIB);
      if (random.below(2) === 0) {
        await client.patch(location, bytes);
        await client.delete(location);
        return;
      }
      async function* breaks() {
        yield bytes;
        throw new Error("the cable was cut");
      }
      await client.send("PATCH", location, { body: breaks() }).catch(() => undefined);
    })(),
  );
}

async function move(scene: Scene): Promise<void> {
  const wish = { from: pickRepository(scene), to: pickRepository(scene) };
  await attempt(done(scene.hub.root("POST /api/v1/repository-moves", wish)));
}

async function create(scene: Scene): Promise<void> {
  const name = pickRepository(scene);
  await attempt(done(scene.hub.root("POST /api/v1/repositories", { name })));
}

async function removeRepository(scene: Scene): Promise<void> {
  if (scene.random.below(3) > 0) return;
  await attempt(done(scene.hub.root(`DELETE /api/v1/repositories/${pickRepository(scene)}`)));
}

const STEPS = [
  push,
  push,
  push,
  pushByDigest,
  attach,
  mount,
  deleteTag,
  deleteManifest,
  deleteBlob,
  undelete,
  cancel,
  move,
  create,
  removeRepository,
] as const;

type Standings = ReadonlyMap<string, ReadonlyMap<string, { used: number; limit: number | null }>>;

/** By scope and resource. */
async function lookAtScopes(scene: Scene): Promise<Standings> {
  const repositories = NAMESPACES.flatMap((space) => NAMES.map((name) => `${space}/${name}`));
  const paths = [
    "hub",
    ...NAMESPACES.map((name) => `namespaces/${name}`),
    ...repositories.map((name) => `repositories/${name}`),
  ];
  const standings = new Map();
  for (const path of paths) {
    const { status, body } = await scene.hub.root(`GET /api/v1/quotas/${path}`);
    if (status === 404) continue;
    expect(status).toBe(200);
    standings.set(path, new Map(RESOURCES.map((resource) => [resource, body[resource]])));
  }
  return standings;
}

/** A repository that was given away or made anew is not the one of before: it is held to its namespace's quota. */
async function assertWithin(scene: Scene, before: Standings, steps: string): Promise<void> {
  for (const [path, resources] of await lookAtScopes(scene)) {
    if (path.startsWith("repositories/")) continue;
    for (const [resource, { used, limit }] of resources) {
      const was = before.get(path)?.get(resource)?.used ?? 0;
      const what = `${used} ${resource} of ${limit} in ${path} after ${was}: ${steps}`;
      if (limit !== null && used > was) expect(used, what).toBeLessThanOrEqual(limit);
    }
    const arriving = async () =>
      (await done(scene.hub.root(`GET /api/v1/quotas/${path}`))).body.bytes.arriving;
    await expect.poll(arriving, { timeout: 5000, message: steps }).toBe(0);
  }
}

async function setQuota(scene: Scene): Promise<void> {
  const { hub, random } = scene;
  const scope = random.pick(["hub", "namespaces/acme", "namespaces/beta", "repositories/acme/api"]);
  const wish =
    random.below(3) === 0
      ? { bytes: null, tags: null }
      : { bytes: random.below(300) * KIB, tags: random.below(8) };
  const repositories = scope.startsWith("repositories")
    ? {}
    : { repositories: random.below(2) === 0 ? null : 1 + random.below(4) };
  await attempt(done(hub.root(`PATCH /api/v1/quotas/${scope}`, { ...wish, ...repositories })));
}

async function settle({ hub, pass }: Scene): Promise<void> {
  pass(25 * HOUR);
  const signal = AbortSignal.timeout(60_000);
  for await (const _ of hub.registry.collector.run({ dryRun: false, signal }));
  expect(listMiscounts(hub.dataDirectory)).toEqual([]);
}

async function wait({ pass, random }: Scene): Promise<void> {
  pass(random.below(HOUR));
}

const BETWEEN = [wait, wait, setQuota, settle] as const;
