import { afterEach, expect, test } from "vitest";
import { seeded } from "../faults/seeded.ts";
import { findDamage } from "../faults/store-check.ts";
import { buildArtifact, randomImage } from "../harness/artifacts.ts";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { buildIndex, descriptor, type Image } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";

const OWNER = { name: "olaf", password: SENTENCE };
const NAME = "acme/api";
const DAY = 86_400_000;
const random = new Randomness();

let now = Date.parse("2026-03-01T00:00:00Z");
afterEach(() => {
  now = Date.parse("2026-03-01T00:00:00Z");
});

async function startAcme(settings: Readonly<Record<string, string>> = {}) {
  const started = await startAccountsHub({ clock: () => new Date(now), settings });
  const hub = await withTerminal(started);
  await hub.addUsers("olaf", "wanda", "rita");
  await hub.addOrganization("acme", { olaf: "owner", wanda: "contributor" });
  const client = new RegistryClient(hub.url, { user: OWNER });
  return {
    ...hub,
    client,
    olaf: hub.as("olaf"),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

type Hub = Awaited<ReturnType<typeof startAcme>>;

const digestOf = ({ manifest }: Image) => manifest.digest;
const timeOf = (at: number) => encodeURIComponent(new Date(at).toISOString());

async function collect(hub: Hub): Promise<void> {
  const run = hub.registry.collector.run({ dryRun: false, signal: AbortSignal.timeout(60_000) });
  for await (const event of run) expect(event.type).not.toBe("failure");
}

const TAGS = ["latest", "v1", "v2"];

/** One tag that came to name an image, or was deleted. */
interface Move {
  readonly tag: string;
  readonly digest: string | undefined;
  readonly at: number;
}

/** Pushes and deletes at random, and writes down what became of it. The clock is set back now and then. */
async function playHistory(hub: Hub, dice: Randomness): Promise<readonly Move[]> {
  const images = Array.from({ length: 4 }, () => randomImage(random));
  for (const image of images) await hub.client.push(NAME, digestOf(image), image);
  const moves: Move[] = [];
  const current = new Map<string, string>();
  for (let turn = 0; turn < 60; turn += 1) {
    now += turn % 20 === 19 ? -5000 : 1 + dice.below(10_000);
    const tag = TAGS[dice.below(TAGS.length)] ?? "";
    const image = images[dice.below(images.length)] as Image;
    const digest = await moveAtRandom(hub, { tag, image, mayDelete: current.has(tag), dice });
    if (current.get(tag) !== digest) moves.push({ tag, digest, at: now });
    current.delete(tag);
    if (digest !== undefined) current.set(tag, digest);
  }
  return moves;
}

async function moveAtRandom(
  { client }: Hub,
  wish: { tag: string; image: Image; mayDelete: boolean; dice: Randomness },
): Promise<string | undefined> {
  const { tag, image, mayDelete, dice } = wish;
  if (mayDelete && dice.below(4) === 0) {
    await client.delete(`/v2/${NAME}/manifests/${tag}`);
    return undefined;
  }
  await client.pushManifest(NAME, tag, image.manifest);
  return digestOf(image);
}

function stateAt(moves: readonly Move[], at: number) {
  return TAGS.flatMap((tag) => {
    const digest = moves.findLast((move) => move.tag === tag && move.at <= at)?.digest;
    return digest === undefined ? [] : [{ tag, digest }];
  });
}

async function listPages({ olaf }: Hub, path: string) {
  const items = [];
  for (let last = ""; ; ) {
    const { body } = await done(olaf(`GET ${path}${last}`));
    items.push(...body.items);
    if (body.next === undefined) return items;
    last = `&last=${body.next}`;
  }
}

test("what tags were at any time is what a model remembers, also where the clock was set back", async () => {
  const dice = seeded();
  await using hub = await startAcme();
  const moves = await playHistory(hub, dice);
  const begun = Math.min(...moves.map(({ at }) => at));
  for (let turn = 0; turn < 40; turn += 1) {
    const at = begun - 1000 + dice.below(now - begun + 20_000);
    const expected = stateAt(moves, at);
    const states = `/api/v1/tag-states/${NAME}?limit=2&at=${timeOf(at)}`;
    const found = await listPages(hub, states);
    expect(found.map(({ tag, digest }) => ({ tag, digest }))).toEqual(expected);
    const tag = TAGS[turn % TAGS.length] ?? "";
    const one = await hub.olaf(`GET ${states}&tag=${tag}`);
    const known = expected.find((item) => item.tag === tag)?.digest;
    expect(one.body.items?.[0]?.digest).toBe(known);
    expect(one.status).toBe(known === undefined ? 404 : 200);
  }
  // Page by page, the latest first, nothing is left out and nothing comes twice.
  const listed = await listPages(hub, `/api/v1/tag-history/${NAME}?tag=v1&limit=3`);
  const expected = moves.filter(({ tag }) => tag === "v1").map(({ digest }) => digest);
  expect(listed.map(({ to }) => to)).toEqual(expected.toReversed());
});

test("two points of a tag's history are compared", async () => {
  await using hub = await startAcme();
  const { olaf, client } = hub;
  const [first, second] = [randomImage(random), randomImage(random)];
  await client.push(NAME, "v1", first);
  const at = now;
  now += 60_000;
  await client.push(NAME, "v1", second);
  expect((await client.delete(`/v2/${NAME}/manifests/${digestOf(first)}`)).status).toBe(202);
  const { body } = await done(
    olaf(`GET /api/v1/tag-differences/${NAME}?tag=v1&from=${timeOf(at)}`),
  );
  expect(body).toMatchObject({ from: digestOf(first), to: digestOf(second), platforms: [] });
  expect(body.layers.map(({ name }: { name: string }) => name)).toEqual([
    ...first.layers.map(({ digest }) => digest),
    ...second.layers.map(({ digest }) => digest),
  ]);
  const line = `tag diff ${NAME}:v1 --from ${digestOf(first)} --to ${digestOf(second)}`;
  const typed = await hub.typeAs(OWNER, line);
  expect(typed).toContain(`- layer ${first.layers[0]?.digest} (`);
  expect(typed).toContain(`+ layer ${second.layers[0]?.digest} (`);
  const same = await hub.typeAs(OWNER, `tag diff ${NAME}:v1 --from ${digestOf(second)}`);
  expect(same).toBe(`both are ${digestOf(second)}`);
  const absent = `sha256:${"0".repeat(64)}`;
  const gone = await olaf(`GET /api/v1/tag-differences/${NAME}?tag=v1&from=${absent}`);
  expect(gone.status).toBe(410);
});

test("an overwritten tag is pulled by what the history names, and restored by time and by digest", async () => {
  await using hub = await startAcme();
  const { olaf, client } = hub;
  const [first, second] = [randomImage(random), randomImage(random)];
  await client.push(NAME, "v1", first);
  now += 60_000;
  const token = { label: "ci-2", scopes: ["repo:write"] };
  const { secret } = (await done(olaf("POST /api/v1/account/tokens", token))).body;
  await using robot = new RegistryClient(hub.url, { user: { name: "olaf", password: secret } });
  await robot.push(NAME, "v1", second);
  const history = `GET /api/v1/tag-history/${NAME}?tag=v1`;
  const { body } = await done(olaf(history));
  expect(body.items).toMatchObject([
    { from: digestOf(first), to: digestOf(second), by: "olaf", token: "ci-2", cause: "push" },
    { to: digestOf(first), by: "olaf", cause: "push", state: "here" },
  ]);
  await client.assertPullable(NAME, body.items[1].to, first);
  const typed = await hub.typeAs(OWNER, `tag restore ${NAME}:v1 --to 2026-03-01T00:00:30Z`);
  expect(typed).toBe(`v1 names ${digestOf(first)}`);
  await client.assertPullable(NAME, "v1", first);
  await hub.typeAs(OWNER, `tag restore ${NAME}:v1 --to ${digestOf(second)}`);
  await client.assertPullable(NAME, "v1", second);
  expect((await done(olaf(history))).body.items[0].cause).toBe("restore");
  expect(await hub.typeAs(OWNER, `tag history ${NAME}:v1`)).toMatch(/olaf {2}ci-2 {3}push/);
  const past = await hub.typeAs(OWNER, `tag show ${NAME} --at 2026-03-01T00:00:30Z`);
  expect(past).toContain(digestOf(first));
  const trail = await hub.root("GET /api/v1/audit?action=repo.tag.push&name=acme/api:v1");
  expect(trail.body.items[0].after).toBe(
    JSON.stringify({ digest: digestOf(second), cause: "restore" }),
  );
  // Strangers of a public repository see who, and no token.
  await done(olaf(`PATCH /api/v1/repositories/${NAME}`, { visibility: "public" }));
  const seen = JSON.stringify((await done(hub.as("rita")(history))).body);
  expect(seen).toContain('"by":"olaf"');
  expect(seen).not.toContain("ci-2");
  const wish = { tag: "v1", digest: digestOf(first) };
  expect((await hub.as("rita")(`POST /api/v1/tag-restorations/${NAME}`, wish)).status).toBe(403);
  // The history goes where the repository goes.
  await done(olaf("POST /api/v1/repository-moves", { from: NAME, to: "acme/backend" }));
  const moved = await done(olaf(history.replace(NAME, "acme/backend")));
  expect(moved.body.items).toHaveLength(4);
});

test("a rule about tags holds for restoring as for pushing, and so does a right to new tags alone", async () => {
  await using hub = await startAcme();
  const { olaf, client } = hub;
  const [first, second] = [randomImage(random), randomImage(random)];
  for (const image of [first, second]) await client.push(NAME, "v1", image);
  const path = `POST /api/v1/tag-restorations/${NAME}`;
  const wish = { tag: "v1", digest: digestOf(first) };
  const right = { account: "rita", repository: NAME, actions: ["push"], createOnly: true };
  await done(olaf("PUT /api/v1/namespaces/acme/rights", right));
  expect((await hub.as("rita")(path, wish)).status).toBe(403);
  const rule = { immutable: { enabled: true, patterns: ["v.*"] } };
  await done(olaf(`PUT /api/v1/tag-rules/${NAME}`, rule));
  expect((await olaf(path, wish)).status).toBe(412);
  await client.assertPullable(NAME, "v1", second);
});

test("a deleted image comes back as it was: bytes, tags, platforms and signatures", async () => {
  await using hub = await startAcme({ "collection.untagged": "remove" });
  const { olaf, client } = hub;
  const index = buildIndex([randomImage(random), randomImage(random)]);
  await client.push(NAME, "v1", index);
  await client.pushManifest(NAME, "latest", index.manifest);
  const subject = descriptor(index.manifest);
  const signature = buildArtifact({ artifactType: "application/x-signature", subject });
  const stray = buildArtifact({ artifactType: "application/x-stray", subject });
  for (const one of [signature, stray]) await client.push(NAME, digestOf(one), one);
  expect((await client.delete(`/v2/${NAME}/manifests/${digestOf(stray)}`)).status).toBe(202);
  now += 1000;
  const referrers = `/v2/${NAME}/referrers/${index.manifest.digest}`;
  const before = (await client.get(referrers)).body.toString();
  const gone = [index.manifest, ...index.images.map(({ manifest }) => manifest)];
  for (const { digest } of [...gone, signature.manifest])
    expect((await client.delete(`/v2/${NAME}/manifests/${digest}`)).status).toBe(202);
  for (const reference of ["v1", "latest", ...gone.map(({ digest }) => digest)])
    expect((await client.getManifest(NAME, reference)).status).toBe(404);
  expect((await olaf(`GET /v2/repositories/${NAME}/tags/v1`)).status).toBe(404);
  expect(JSON.parse((await client.get(referrers)).body.toString()).manifests).toEqual([]);

  const trash = `/api/v1/trash/manifests/${NAME}`;
  const { body } = await done(olaf(`GET ${trash}`));
  const listed = body.items.find(({ digest }: { digest: string }) => digest === subject.digest);
  expect(listed).toMatchObject({ tags: ["latest", "v1"], by: "olaf", cause: "delete" });
  expect(listed.until).toBe(new Date(now + DAY).toISOString());
  const lost = await done(olaf(`GET /api/v1/trash/tags/${NAME}`));
  expect(lost.body.items).toMatchObject([
    { tag: "latest", digest: subject.digest, state: "deleted" },
    { tag: "v1", digest: subject.digest, state: "deleted" },
  ]);
  // Whoever may not delete does not bring back what somebody deleted, by whichever way.
  const wanda = hub.as("wanda");
  const wish = { tag: "v1" };
  expect((await wanda(`POST ${trash}`, { digest: subject.digest })).status).toBe(403);
  expect((await wanda(`POST /api/v1/tag-restorations/${NAME}`, wish)).status).toBe(403);

  // Somebody pushes one of the tags meanwhile: it is theirs.
  const other = randomImage(random);
  await client.push(NAME, "latest", other);
  now += DAY - 1001;
  await collect(hub);
  const said = await hub.typeAs(OWNER, `repo trash restore ${NAME} ${subject.digest}`);
  expect(said).toContain("tag v1 is back");
  expect(said).toContain("tag latest names something else by now");
  await client.assertPullable(NAME, "v1", index);
  await client.assertPullable(NAME, "latest", other);
  expect((await client.get(referrers)).body.toString()).toBe(before);
  now += 3 * DAY;
  await collect(hub);
  await client.assertPullable(NAME, "v1", index);
  expect((await client.get(referrers)).body.toString()).toBe(before);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("when grace is over a deletion is final, and the hub says so", async () => {
  await using hub = await startAcme();
  const { olaf, client } = hub;
  const image = randomImage(random);
  await client.push(NAME, "v1", image);
  const { digest } = image.manifest;
  expect((await client.delete(`/v2/${NAME}/manifests/${digest}`)).status).toBe(202);
  now += DAY;
  const answer = await olaf(`POST /api/v1/trash/manifests/${NAME}`, { digest });
  expect(answer).toMatchObject({ status: 410, body: { type: "urn:berth:problem:NOT_KEPT" } });
  await collect(hub);
  const { body } = await done(olaf(`GET /api/v1/tag-history/${NAME}?tag=v1`));
  expect(body.items[0]).toMatchObject({ from: digest, cause: "delete", state: "gone" });
  expect((await olaf(`GET /api/v1/trash/tags/${NAME}`)).body.items).toEqual([]);
  expect(await hub.typeAs(OWNER, `tag undelete ${NAME}:v1`)).toMatch(/cannot be brought back/);
});

test("undoing deletions against running collection leaves whole images or none", async () => {
  await using hub = await startAcme({ "collection.untagged": "remove" });
  const { olaf, client } = hub;
  const images = Array.from({ length: 12 }, () => randomImage(random));
  for (const [number, image] of images.entries()) await client.push(NAME, `v${number}`, image);
  for (const image of images) await client.delete(`/v2/${NAME}/manifests/${digestOf(image)}`);
  now += DAY - 1;
  const collecting = collect(hub).then(() => collect(hub));
  const answers = await Promise.all(
    images.map(async (image, number) => {
      if (number === 6) now += 1;
      return await olaf(`POST /api/v1/trash/manifests/${NAME}`, { digest: digestOf(image) });
    }),
  );
  await collecting;
  await collect(hub);
  for (const [number, { status }] of answers.entries()) {
    const image = images[number] as Image;
    expect([200, 410]).toContain(status);
    if (status === 200) await client.assertPullable(NAME, `v${number}`, image);
    else expect((await client.getManifest(NAME, `v${number}`)).status).toBe(404);
  }
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("history that is not kept for ever still tells what tags were since then", async () => {
  await using hub = await startAcme({ "history.keep": "10d" });
  const { olaf, client } = hub;
  const images = Array.from({ length: 4 }, () => randomImage(random));
  const begun = now;
  for (const image of images) {
    await client.push(NAME, "v1", image);
    now += 4 * DAY;
  }
  await hub.registry.tagHistory.trim(new Date(now - 10 * DAY), AbortSignal.timeout(10_000));
  const { body } = await done(olaf(`GET /api/v1/tag-history/${NAME}?tag=v1`));
  expect(body.items.map(({ to }: { to: string }) => to)).toEqual(
    images.slice(1).map(digestOf).toReversed(),
  );
  const states = `GET /api/v1/tag-states/${NAME}?tag=v1&at=`;
  const then = await done(olaf(states + timeOf(begun + 7 * DAY)));
  expect(then.body.items[0].digest).toBe(digestOf(images[1] as Image));
  expect((await olaf(states + timeOf(begun + 5 * DAY))).status).toBe(410);
});

test("a hub that is read-only brings nothing back", async () => {
  await using hub = await startAcme({ "storage.readOnly": "true" });
  await done(hub.root("POST /api/v1/repositories", { name: NAME }));
  const wish = { tag: "v1", digest: `sha256:${"0".repeat(64)}` };
  expect((await hub.olaf(`POST /api/v1/tag-restorations/${NAME}`, wish)).status).toBe(405);
});
