import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findFreePort } from "../harness/free-port.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { pushImage } from "../harness/pushed-image.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const run = promisify(execFile);
const BOB = { name: "bob", password: SENTENCE };
const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const stack = new AsyncDisposableStack();
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let host: string;
let elsewhere: Awaited<ReturnType<typeof startRegistry>>;
let token: string;
let home: string;

const hexOf = (bytes: string) => createHash("sha256").update(bytes).digest("hex");
const ask = async (line: string, body?: unknown) => (await done(hub.root(line, body))).body;

function makeImage(word: string) {
  const config = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    config: { Labels: { word } },
  });
  const manifest = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: MANIFEST, layers: [] },
    config: { mediaType: "x", size: config.length, digest: `sha256:${hexOf(config)}` },
  });
  return { config, manifest, digest: `sha256:${hexOf(manifest)}` };
}

/** Another registry, with one image that the test changes. */
async function startRegistry() {
  const state = { image: makeImage("first"), isDown: false };
  const server = createServer((request, response) => {
    const { image, isDown } = state;
    if (isDown) response.writeHead(503).end();
    else if (request.url?.includes("/manifests/"))
      response.writeHead(200, { "content-type": MANIFEST }).end(image.manifest);
    else response.writeHead(200).end(image.config);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { state, host: `127.0.0.1:${port}`, [Symbol.dispose]: () => server.close() };
}

async function push(repository: string, dockerfile: string, by = ROOT): Promise<void> {
  const folder = join(home, repository.replace("/", "-"));
  await mkdir(folder);
  const git = (...args: string[]) =>
    run("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null" },
    });
  await git("init", "--quiet", "--initial-branch=main");
  await writeFile(join(folder, "Dockerfile"), `${dockerfile}\n`);
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "first");
  const url = `http://${by.name}:${encodeURIComponent(by.password)}@${host}/git/${repository}.git`;
  await git("push", "--quiet", url, "main");
}

async function newRepository(name: string): Promise<void> {
  await ask("POST /api/v1/repositories", { name });
  const rules = [{ sourceType: "branch", source: "main", dockerTag: "latest" }];
  await ask(`PUT /api/v1/build-rules/${name}`, { rules });
}

async function asAgent(line: string, body?: string | object) {
  const [method = "GET", path = ""] = line.split(" ");
  const isJson = typeof body === "object";
  return await fetch(`${hub.url}/api/v1/build-agent/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined
        ? {}
        : { "content-type": isJson ? "application/json" : "application/octet-stream" }),
    },
    ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
  });
}

/** Takes the next build, and says that this image came of it. */
async function buildNext(word: string) {
  const claimed = await asAgent("POST claim");
  expect(claimed.status).toBe(200);
  const job = JSON.parse(await claimed.text());
  const base = await asAgent(`GET jobs/${job.id}/bases/0`);
  const archive = Buffer.from(await base.arrayBuffer());
  const { config, manifest, digest } = makeImage(word);
  await asAgent(`PUT jobs/${job.id}/images/0/${hexOf(config)}`, config);
  await asAgent(`PUT jobs/${job.id}/images/0/manifest.json`, manifest);
  const ended = await asAgent(`POST jobs/${job.id}/end`, { kind: "built", images: [{ digest }] });
  expect(ended.status).toBe(204);
  return { job, archive };
}

const buildsOf = async (name: string) => (await ask(`GET /api/v1/builds/of/${name}`)).items;
const logOf = async (id: number) => String(await ask(`GET /api/v1/builds/${id}/log?follow=true`));

beforeAll(async () => {
  home = stack.use(await makeTempDirectory("build-bases")).path;
  elsewhere = stack.use(await startRegistry());
  host = `127.0.0.1:${await findFreePort()}`;
  hub = stack.use(
    await startAccountsHub({
      settings: {
        ...{ listen: host, url: `http://${host}`, "builds.builder": "agents" },
        ...{ "builds.basePoll": "1s", "builds.baseDelay": "0s" },
        "builds.registries": `http://${elsewhere.host}`,
      },
    }),
  );
  token = (await ask("POST /api/v1/build-agents", { name: "first" })).secret;
  await hub.addUsers(BOB.name);
  await ask("POST /api/v1/organizations", { name: "acme" });
}, 60_000);
afterAll(() => stack.disposeAsync());

test("a private image of the hub is built on by whoever may pull it, and by nobody else", async () => {
  await ask("POST /api/v1/repositories", { name: "acme/base" });
  const image = { config: { os: "linux", architecture: "amd64" }, layers: ["a layer"] };
  const digest = await pushImage(hub.url, ROOT, { ...image, as: "acme/base:1" });
  await newRepository("acme/app");
  await push("acme/app", `FROM ${host}/acme/base:1`);
  const { job, archive } = await buildNext("on the base");
  const reference = `${host}/acme/base:1`;
  expect(job).toMatchObject({
    dockerfileText: `FROM ${reference}\n`,
    bases: [{ digest, reference }],
  });
  expect(archive.includes("a layer")).toBe(true);
  const [own] = await buildsOf("acme/app");
  expect(await logOf(own.id)).toContain("Published");
  const { body } = await hub.root("GET /v2/acme/app/manifests/latest");
  expect(body.annotations).toMatchObject({
    "org.opencontainers.image.base.name": reference,
    "org.opencontainers.image.base.digest": digest,
  });
  await done(hub.as(BOB.name)("POST /api/v1/repositories", { name: "bob/app" }));
  const rules = [{ sourceType: "branch", source: "main", dockerTag: "latest" }];
  await done(hub.as(BOB.name)("PUT /api/v1/build-rules/bob/app", { rules }));
  await push("bob/app", `FROM ${host}/acme/base:1`, BOB);
  const [refused] = await buildsOf("bob/app");
  expect(await logOf(refused.id)).toContain("bob may not pull it");
}, 60_000);

test("an image of another registry that becomes another is built on anew, once, and one that fails is asked less", async () => {
  await newRepository("acme/outside");
  const reference = `${elsewhere.host}/tools/base:1`;
  await push("acme/outside", `FROM ${reference}`);
  const { job } = await buildNext("before");
  expect(job.bases).toMatchObject([{ digest: elsewhere.state.image.digest }]);
  const shown = async () => (await ask("GET /api/v1/build-bases/acme/outside")).items[0];
  await expect.poll(async () => (await shown())?.lookedAt, { timeout: 10_000 }).toBeDefined();
  expect(await buildsOf("acme/outside")).toHaveLength(1);
  elsewhere.state.image = makeImage("second");
  const again = await buildNext("after");
  expect(again.job.bases).toMatchObject([{ digest: elsewhere.state.image.digest }]);
  elsewhere.state.isDown = true;
  await expect.poll(async () => (await shown()).why, { timeout: 10_000 }).toContain("503");
  expect(await shown()).toMatchObject({ isOutdated: false, digest: elsewhere.state.image.digest });
  const builds = await buildsOf("acme/outside");
  expect(builds.map(({ reason }: { reason: string }) => reason)).toEqual(["base", "push"]);
}, 60_000);
