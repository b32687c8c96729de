import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findFreePort } from "../harness/free-port.ts";
import { startGitServer } from "../harness/git-server.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { buildImage } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { writeTar } from "../harness/tar.ts";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;

const NAME = "acme/app";
const CYCLONEDX = "application/vnd.cyclonedx+json";
const stack = new AsyncDisposableStack();
let elsewhere: Hub;
/** Nothing is added to what is built, and nothing is looked at unless somebody asks. */
let quiet: Hub;

async function startBuildHub(settings: Readonly<Record<string, string>>): Promise<Hub> {
  const host = `127.0.0.1:${await findFreePort()}`;
  const hub = stack.use(
    await startAccountsHub({
      settings: {
        ...{ "builds.builder": "buildah-trusted", "scanning.enabled": "true" },
        ...{ "builds.git.allow": "127.0.0.0/8", "builds.baseDelay": "0s" },
        ...{ listen: host, url: `http://${host}`, ...settings },
      },
    }),
  );
  await done(hub.root("POST /api/v1/organizations", { name: "acme" }));
  await done(hub.root("POST /api/v1/repositories", { name: NAME }));
  const rule = { sourceType: "branch", source: "main", dockerTag: "latest" };
  await done(hub.root(`PUT /api/v1/build-rules/${NAME}`, { rules: [rule] }));
  return hub;
}

/** A public image of another registry. */
async function moveBase(text: string): Promise<string> {
  await using registry = new RegistryClient(elsewhere.url, { user: ROOT });
  const layer = writeTar([{ name: "text", content: Buffer.from(text) }]);
  const image = buildImage({ layers: [layer], history: true });
  await registry.push("tools/base", "1", image);
  return image.manifest.digest;
}

const buildsOf = async (hub: Hub) =>
  (await done(hub.root(`GET /api/v1/builds/of/${NAME}`))).body.items;

/** Asks for a build of the branch, and answers it when it is over. */
async function build(hub: Hub) {
  await done(hub.root(`POST /api/v1/builds/of/${NAME}`, { ref: "refs/heads/main" }));
  const [{ id }] = await buildsOf(hub);
  const { body: log } = await done(hub.root(`GET /api/v1/builds/${id}/log?follow=true`));
  const [ended] = await buildsOf(hub);
  expect(ended.state, log).toBe("succeeded");
  return ended;
}

async function addSource(hub: Hub, url: string): Promise<void> {
  await done(hub.root(`POST /api/v1/build-sources/of/${NAME}`, { url, provider: "other" }));
  const state = async () =>
    (await done(hub.root(`GET /api/v1/build-sources/of/${NAME}`))).body.items[0].state;
  await expect.poll(state, { timeout: 15_000, interval: 50 }).toBe("fetched");
}

beforeAll(async () => {
  elsewhere = stack.use(await startAccountsHub());
  await done(elsewhere.root("POST /api/v1/organizations", { name: "tools" }));
  const base = { name: "tools/base", visibility: "public" };
  await done(elsewhere.root("POST /api/v1/repositories", base));
  quiet = await startBuildHub({
    ...{ "builds.sboms": "false", "builds.basePoll": "0s" },
    "builds.registries": `http://${new URL(elsewhere.url).host}`,
  });
}, 60_000);
afterAll(() => stack.disposeAsync());

test("a hub that never looks at other registries follows none of them, and builds on what they have when it is asked", async () => {
  await using server = await startGitServer();
  const reference = `${new URL(elsewhere.url).host}/tools/base:1`;
  await server.push("refs/heads/main", { Dockerfile: `FROM ${reference}\nLABEL a=b\n` });
  const first = await moveBase("first");
  await addSource(quiet, server.url);
  await build(quiet);
  const bases = async () => (await done(quiet.root(`GET /api/v1/build-bases/${NAME}`))).body.items;
  expect(await bases()).toEqual([expect.objectContaining({ base: reference, digest: first })]);
  const second = await moveBase("second");
  await build(quiet);
  const [now] = await bases();
  expect(now).toMatchObject({ base: reference, digest: second, isOutdated: false });
  expect(now).not.toHaveProperty("lookedAt");
  const reasons = (await buildsOf(quiet)).map(({ reason }: { readonly reason: string }) => reason);
  expect(reasons).toEqual(["asked", "asked"]);
}, 60_000);

/** Whether a bill of materials of an image is attached, or is about to be: what is due is so until it is attached. */
async function hasBill(hub: Hub, digest: string): Promise<boolean> {
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { readOnly: true });
  const due = database
    .prepare("select 1 from bills_due join manifests on id = manifest_id where digest = ?")
    .get(digest);
  if (due !== undefined) return true;
  const { body } = await done(hub.root(`GET /v2/${NAME}/referrers/${digest}`));
  return body.manifests.some(
    ({ artifactType }: { readonly artifactType: string }) => artifactType === CYCLONEDX,
  );
}

test("what is built has a bill of materials, and none where that is switched off", async () => {
  await using server = await startGitServer();
  await server.push("refs/heads/main", { Dockerfile: "FROM scratch\nCOPY Dockerfile /\n" });
  const usual = await startBuildHub({});
  await addSource(usual, server.url);
  const { digest } = await build(usual);
  expect(await hasBill(usual, digest)).toBe(true);
  if ((await buildsOf(quiet)).length === 0) await addSource(quiet, server.url);
  const made = (await buildsOf(quiet))[0] ?? (await build(quiet));
  const scanned = async () =>
    (await quiet.root(`GET /api/v1/scans/${NAME}?reference=${made.digest}`)).body?.scans?.[0]
      ?.state;
  await expect.poll(scanned, { timeout: 20_000 }).toBe("done");
  expect(await hasBill(quiet, made.digest)).toBe(false);
}, 60_000);
