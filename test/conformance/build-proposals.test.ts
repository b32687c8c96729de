import { execFile } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGitServer } from "../harness/git-server.ts";
import { done, startAccountsHub } from "../harness/hub-api.ts";

const run = promisify(execFile);
const SECRET = "a secret of the webhooks";
const NAME = "acme/app";
const RULE = { sourceType: "branch", source: "main", dockerTag: "latest" };
const stack = new AsyncDisposableStack();
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let server: Awaited<ReturnType<typeof startGitServer>>;
let hookUrl: string;

const ask = async (line: string, body?: unknown) => (await done(hub.root(line, body))).body;
const builds = async () => (await ask(`GET /api/v1/builds/of/${NAME}`)).items;
const setRules = (rule: object) =>
  ask(`PUT /api/v1/build-rules/${NAME}`, { rules: [{ ...RULE, ...rule }] });
const sourceOf = async () => (await ask(`GET /api/v1/build-sources/of/${NAME}`)).items[0];

async function addSource(body: object = {}) {
  const wish = { url: server.url, provider: "github", hookSecret: SECRET, ...body };
  const added = await ask(`POST /api/v1/build-sources/of/${NAME}`, wish);
  hookUrl = new URL(new URL(added.hookUrl).pathname, hub.url).href;
  await fetched();
}

async function fetched() {
  await expect
    .poll(async () => (await sourceOf()).state, { timeout: 20_000, interval: 50 })
    .toBe("fetched");
}

async function ended(count: number) {
  const over = async () => (await builds()).filter(({ endedAt }: { endedAt?: string }) => endedAt);
  await expect.poll(async () => (await over()).length, { timeout: 60_000 }).toBe(count);
  return await builds();
}

/** A webhook of GitHub about a pull request; `head` is the repository that it says it is of. */
async function deliver(number: number, branch: string, head: number): Promise<number> {
  const body = JSON.stringify({
    ...{ action: "opened", number, at: randomUUID() },
    pull_request: {
      head: { ref: branch, repo: { id: head } },
      base: { ref: "main", repo: { id: 1 } },
    },
  });
  const signature = createHmac("sha256", SECRET).update(body).digest("hex");
  const headers = {
    "x-github-event": "pull_request",
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": `sha256=${signature}`,
  };
  return (await fetch(hookUrl, { method: "POST", headers, body })).status;
}

beforeAll(async () => {
  hub = stack.use(
    await startAccountsHub({
      settings: { "builds.builder": "buildah-trusted", "builds.git.allow": "127.0.0.0/8" },
    }),
  );
  server = stack.use(await startGitServer());
  await server.push("refs/heads/main", {
    Dockerfile: "FROM scratch\nCOPY made /made\n",
    made: "1",
  });
  await ask("POST /api/v1/organizations", { name: "acme" });
  await ask("POST /api/v1/repositories", { name: NAME, visibility: "public" });
  await setRules({ autotest: "internal" });
}, 60_000);
afterAll(() => stack.disposeAsync());

test("pull requests are built where a rule says so, and nothing of them is published", async () => {
  await addSource();
  const commit = await server.push("refs/heads/topic", { made: "2" });
  await server.git("push", "--quiet", "origin", "HEAD:refs/pull/7/head");
  expect(await deliver(7, "topic", 1)).toBe(202);
  const [internal] = await ended(1);
  const shown = { ref: "refs/pull/7/head", commit, reason: "proposal", tags: [] };
  expect(internal).toMatchObject({ ...shown, state: "succeeded" });
  expect((await hub.root(`GET /v2/${NAME}/manifests/latest`)).status).toBe(404);
  // The same again is built no more, and what comes from elsewhere not at all by this rule.
  await deliver(7, "topic", 1);
  await server.push("refs/pull/8/head", { made: "3" });
  await deliver(8, "topic", 2);
  await fetched();
  expect(await builds()).toHaveLength(1);
  await setRules({ autotest: "external" });
  // Which says that it is of the repository itself, and is not.
  await deliver(8, "topic", 1);
  const [external] = await ended(2);
  expect(external).toMatchObject({ ref: "refs/pull/8/head", state: "failed" });
  expect(external.why).toContain("not contained");
  await setRules({ autotest: "off" });
  await server.push("refs/pull/9/head", { made: "4" });
  await deliver(9, "topic", 1);
  await fetched();
  expect(await builds()).toHaveLength(2);
}, 90_000);

test("submodules are fetched only where that was asked, and only from where it was allowed", async () => {
  const lib = join(dirname(server.bare), "lib.git");
  await run("git", ["clone", "--quiet", "--bare", server.bare, lib]);
  const { stdout } = await run("git", ["-C", lib, "rev-parse", "refs/heads/main"]);
  const link = async (url: string) => {
    const link = `160000,${stdout.trim()},lib`;
    await server.git("update-index", "--add", "--cacheinfo", link);
    await server.git("config", "--file", ".gitmodules", "submodule.lib.path", "lib");
    await server.git("config", "--file", ".gitmodules", "submodule.lib.url", url);
    await server.git("add", ".gitmodules", "Dockerfile");
    await server.git("commit", "--quiet", "--message", url);
    await server.git("push", "--quiet", "--force", "origin", "HEAD:refs/heads/main");
  };
  const build = async (count: number) => {
    await ask(`POST /api/v1/build-sources/fetch/${NAME}`);
    return (await ended(count))[0];
  };
  await server.push("refs/heads/other", { Dockerfile: "FROM scratch\nCOPY lib/made /made\n" });
  await link("../lib.git");
  expect(await build(3)).toMatchObject({ state: "failed" });
  await ask(`DELETE /api/v1/build-sources/of/${NAME}`);
  await addSource({ submodules: [] });
  expect((await sourceOf()).submodules).toEqual([]);
  await ask(`POST /api/v1/builds/of/${NAME}`, { ref: "refs/heads/main" });
  expect((await ended(4))[0]).toMatchObject({ state: "succeeded", tags: ["latest"] });
  await link("../../../../etc");
  expect((await build(5)).why).toContain("leads out of the server");
  await link("http://localhost/lib.git");
  expect((await build(6)).why).toContain("none of the hosts");
}, 120_000);
