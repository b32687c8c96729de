import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { armFailPoints } from "../../src/platform/fail-point.ts";
import { findDamage } from "../faults/store-check.ts";
import { randomImage } from "../harness/artifacts.ts";
import { callerOf, done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { tokenFor } from "../harness/tokens.ts";

const NO_GRACE = { "collection.grace": "0s", "collection.allowShortGrace": "true" };
const OWNER = { name: "olaf", password: SENTENCE };
const KEPT = /^acme\/api was moved or deleted, so a push does not make it anew.*berth repo create/;

const random = new Randomness();
type AccountsHub = Awaited<ReturnType<typeof startAccountsHub>>;

afterEach(() => armFailPoints(undefined));

async function startAcme(settings: Readonly<Record<string, string>> = NO_GRACE) {
  const hub = await startAccountsHub({ settings });
  await hub.addUsers("olaf", "wanda", "stranger");
  await hub.addOrganization("acme", { olaf: "owner", wanda: "contributor" });
  return hub;
}

test("a deleted repository is gone from every door, and its bytes from the disk once they are collected", async () => {
  await using hub = await startAcme();
  await using client = new RegistryClient(hub.url, { user: OWNER });
  const olaf = hub.as("olaf");
  const [image, shared] = [randomImage(random), randomImage(random)];
  await client.push("acme/api", "v1", image);
  await client.push("acme/api", "v2", shared);
  await client.push("acme/other", "v1", shared);
  expect((await client.getManifest("acme/api", "v1")).status).toBe(200);
  expect((await hub.as("wanda")("DELETE /api/v1/repositories/acme/api")).status).toBe(403);
  expect((await hub.as("stranger")("DELETE /api/v1/repositories/acme/api")).status).toBe(404);
  expect((await olaf("DELETE /api/v1/repositories/acme/api")).status).toBe(204);
  for (const request of [
    "GET /api/v1/repositories/acme/api",
    "DELETE /api/v1/repositories/acme/api",
    "GET /v2/repositories/acme/api",
    "GET /v2/repositories/acme/api/tags",
    "GET /v2/acme/api/tags/list",
    "GET /v2/acme/api/manifests/v1",
    `GET /v2/acme/api/blobs/${image.layers[0]?.digest}`,
  ]) {
    expect([request, (await olaf(request)).status]).toEqual([request, 404]);
  }
  for (const [ask, request] of [
    [olaf, "GET /v2/_catalog"],
    [hub.root, "GET /v2/_catalog"],
    [hub.root, "GET /api/v1/repositories"],
  ] as const) {
    const { body } = await ask(request);
    const names = body.items?.map(({ name }: { name: string }) => name);
    expect(body.repositories ?? names).toEqual(["acme/other"]);
  }
  await settle(hub);
  await client.assertPullable("acme/other", "v1", shared);
  for (const { digest } of [image.manifest, image.config, ...image.layers])
    expect(await hasFile(hub, digest)).toBe(false);
  const entries = await hub.root("GET /api/v1/audit?action=repo.delete&name=acme/api");
  expect(entries.body.items).toHaveLength(1);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("Docker Hub's address deletes, too, and deletion that is switched off is off on all doors", async () => {
  {
    await using hub = await startAcme();
    await hub.push(OWNER, "acme/api:v1");
    expect((await hub.as("olaf")("DELETE /v2/repositories/acme/api/")).status).toBe(202);
    expect((await hub.as("olaf")("GET /v2/acme/api/tags/list")).status).toBe(404);
  }
  for (const setting of ["delete.enabled", "storage.readOnly"] as const) {
    await using hub = await startAcme({
      [setting]: setting === "delete.enabled" ? "false" : "true",
    });
    await done(hub.as("olaf")("POST /api/v1/repositories", { name: "acme/api" }));
    for (const path of [
      "/api/v1/repositories/acme/api",
      "/v2/repositories/acme/api",
      "/v2/repositories/acme/api/tags/v1",
      "/v2/acme/api/manifests/v1",
    ]) {
      expect([path, (await hub.as("olaf")(`DELETE ${path}`)).status]).toEqual([path, 405]);
    }
    expect((await hub.as("olaf")("GET /api/v1/repositories/acme/api")).status).toBe(200);
  }
});

test("S30: what gets the name of a deleted repository is opened by nothing that was granted for that", async () => {
  await using hub = await startAcme();
  const [olaf, wanda] = [hub.as("olaf"), hub.as("wanda")];
  const image = "acme/api:v1";
  await hub.push(OWNER, image);
  const old = await tokenFor(hub.url, { name: "wanda", password: SENTENCE }, "acme/api");
  const limited = await olaf("POST /api/v1/account/tokens", {
    label: "ci",
    scopes: ["repo:write"],
    repositories: ["acme/api"],
  });
  const pattern = await olaf("POST /api/v1/account/tokens", {
    label: "all",
    scopes: ["repo:write"],
    repositories: ["acme/*"],
  });
  const robot = await olaf("POST /api/v1/organizations/acme/robots", {
    label: "ci",
    resources: [{ repositories: "acme/api", actions: ["pull", "push"] }],
  });
  await done(
    olaf("PUT /api/v1/namespaces/acme/rights", {
      account: "stranger",
      repository: "acme/api",
      actions: ["pull"],
    }),
  );
  const asRobot = callerOf(hub.url, { name: "acme+ci", password: robot.body.secret });
  const asLimited = hub.as("olaf", limited.body.secret);
  const asPattern = hub.as("olaf", pattern.body.secret);
  const list = "GET /v2/acme/api/tags/list";
  for (const ask of [asRobot, asLimited, asPattern, hub.as("stranger")])
    expect((await ask(list)).status).toBe(200);
  const upload = await wanda("POST /v2/acme/api/blobs/uploads/");
  const session = new URL(upload.headers.get("location") ?? "", hub.url).pathname;
  expect((await wanda(`GET ${session}`)).status).toBe(204);

  await done(olaf("DELETE /api/v1/repositories/acme/api"));
  // Nobody makes it anew without meaning to, and those who could are told how.
  expect(await hub.push({ name: "wanda", password: SENTENCE }, image)).toEqual({
    status: 403,
    message: expect.stringMatching(KEPT),
  });
  expect((await hub.push({ name: "stranger", password: SENTENCE }, image)).status).toBe(404);
  await done(wanda("POST /api/v1/repositories", { name: "acme/api" }));

  expect((await wanda(`GET ${session}`)).status).toBe(404);
  expect((await wanda(list)).status).toBe(200);
  expect((await asPattern(list)).status).toBe(200);
  expect((await asLimited(list)).status).toBe(404);
  expect((await asRobot(list)).status).toBe(404);
  expect((await hub.as("stranger")(list)).status).toBe(404);
  expect((await bearer(hub, old, "/v2/acme/api/tags/list")).status).toBe(401);
  const renewed = await tokenFor(hub.url, { name: "wanda", password: SENTENCE }, "acme/api");
  expect((await bearer(hub, renewed, "/v2/acme/api/tags/list")).status).toBe(200);
  // Given again, to the repository that has the name now.
  const { id } = robot.body;
  const resources = [{ repositories: "acme/api", actions: ["pull"] }];
  await done(olaf(`PATCH /api/v1/organizations/acme/robots/${id}`, { resources }));
  expect((await asRobot(list)).status).toBe(200);
  expect((await hub.push({ name: "wanda", password: SENTENCE }, image)).status).toBe(201);
});

test("S30: an upload that was under way when its repository was deleted and made anew stores nothing", async () => {
  await using hub = await startAcme();
  await using client = new RegistryClient(hub.url, { user: OWNER });
  await hub.push(OWNER, "acme/api:v1");
  const bytes = random.bytes(1000);
  armFailPoints("upload.before-verify:delay=500");
  const pushing = client.pushBlob("acme/api", bytes).then(
    () => "stored",
    () => "refused",
  );
  await new Promise((resolve) => setTimeout(resolve, 150));
  await done(hub.as("olaf")("DELETE /api/v1/repositories/acme/api"));
  await done(hub.as("olaf")("POST /api/v1/repositories", { name: "acme/api" }));
  expect(await pushing).toBe("refused");
});

test("a name becomes free for a push again after the cooldown", async () => {
  let now = new Date("2026-01-01T00:00:00Z");
  await using hub = await startAccountsHub({ clock: () => now, settings: NO_GRACE });
  await hub.addUsers("olaf");
  await hub.push(OWNER, "olaf/app:v1");
  await done(hub.as("olaf")("DELETE /api/v1/repositories/olaf/app"));
  expect((await hub.push(OWNER, "olaf/app:v1")).status).toBe(403);
  now = new Date("2026-02-01T00:00:00Z");
  expect((await hub.push(OWNER, "olaf/app:v1")).status).toBe(201);
});

test("users and organizations that hold repositories stay, and are told how to get rid of them", async () => {
  await using hub = await startAcme();
  await hub.push(OWNER, "acme/api:v1");
  const refused = await hub.as("olaf")("DELETE /api/v1/organizations/acme");
  expect(refused.body.detail).toContain("berth repo delete acme/api");
  await done(hub.as("olaf")("DELETE /api/v1/repositories/acme/api"));
  expect((await hub.as("olaf")("DELETE /api/v1/organizations/acme")).status).toBe(204);
  await settle(hub);
});

test("emptying goes on where it was cut off, and leaves nothing half there meanwhile", async () => {
  await using hub = await startAcme();
  await using client = new RegistryClient(hub.url, { user: OWNER });
  const image = randomImage(random);
  await client.push("acme/api", "v0", image);
  const tags = Array.from({ length: 300 }, (_, index) => `v${index}`);
  await Promise.all(tags.map((tag) => client.putManifest("acme/api", tag, image.manifest)));
  armFailPoints("repository-emptying.before-commit:throw@2");
  await done(hub.as("olaf")("DELETE /api/v1/repositories/acme/api"));
  await expect(hub.registry.emptying.run(AbortSignal.timeout(10_000))).rejects.toThrow(
    "fail point",
  );
  expect((await hub.as("olaf")("GET /v2/acme/api/tags/list")).status).toBe(404);
  armFailPoints(undefined);
  await settle(hub);
  expect(await hasFile(hub, image.config.digest)).toBe(false);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

/** Empties what was deleted, and collects what it held. */
async function settle(hub: AccountsHub): Promise<void> {
  await hub.registry.emptying.run(AbortSignal.timeout(30_000));
  for (let round = 0; round < 2; round += 1)
    await done(callerOf(hub.url, ROOT)("POST /api/v1/operations/collect", { dryRun: false }));
}

async function hasFile(hub: AccountsHub, digest: string): Promise<boolean> {
  const [, hex = ""] = digest.split(":");
  const path = `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  return await access(join(hub.dataDirectory, path)).then(
    () => true,
    () => false,
  );
}

async function bearer(hub: AccountsHub, token: string, path: string): Promise<Response> {
  return await fetch(hub.url + path, { headers: { authorization: `Bearer ${token}` } });
}
