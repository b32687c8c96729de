import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { ensureBuildUser } from "../harness/build-user.ts";
import { openDocker } from "../harness/clients.ts";
import { deliverPush, startGitServer } from "../harness/git-server.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const run = promisify(execFile);
const ENV = {
  BERTH_ACCESS_MODE: "accounts",
  BERTH_ADMIN_PASSWORD: ROOT.password,
  BERTH_BUILDS_BUILDER: "buildah",
  BERTH_SCANNING_ENABLED: "true",
  BERTH_BUILDS_GIT_ALLOW: "127.0.0.0/8",
};
const REPOSITORY = "acme/app";
const NO_PROMPT = {
  GIT_TERMINAL_PROMPT: "0",
  GIT_CONFIG_GLOBAL: "/dev/null",
  HOME: "/nonexistent",
};
const MARKER = "86399.17";

const stack = new AsyncDisposableStack();
let hub: HubProcess;
let folder: string;
let data: string;

const root = (line: string, body?: unknown) => callerOf(hub.url, ROOT)(line, body);
const git = async (...args: string[]) =>
  await run("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
    env: { ...process.env, ...NO_PROMPT },
  });

function gitUrl(password = ROOT.password): string {
  return `http://${ROOT.name}:${encodeURIComponent(password)}@${hub.host}/git/${REPOSITORY}.git`;
}

/** Pushes a Dockerfile to a branch, and answers the build that comes of it. */
async function push(branch: string, lines: readonly string[]): Promise<number> {
  await writeFile(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
  await git("add", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message", branch);
  await git("push", "--quiet", "--force", gitUrl(), `HEAD:refs/heads/${branch}`);
  const { body } = await done(root(`GET /api/v1/builds/of/${REPOSITORY}`));
  expect(body.items[0].ref).toBe(`refs/heads/${branch}`);
  return body.items[0].id;
}

/** Other rules for the repository while something is proved with them; those of before are back however it ends. */
async function withRule(rule: Record<string, unknown>): Promise<AsyncDisposable> {
  const path = `/api/v1/build-rules/${REPOSITORY}`;
  const { body: before } = await done(root(`GET ${path}`));
  await done(root(`PUT ${path}`, { rules: [{ sourceType: "branch", ...rule }] }));
  return {
    async [Symbol.asyncDispose]() {
      await done(root(`PUT ${path}`, before));
    },
  };
}

async function logOf(id: number): Promise<string> {
  return String((await done(root(`GET /api/v1/builds/${id}/log?follow=true`))).body);
}

/** The bill of materials that a scan attaches is another claim, and comes when it comes. */
const isHowItWasMade = ({ predicateType }: { predicateType: string | null }) =>
  predicateType === "https://slsa.dev/provenance/v1";

/** What a program prints that docker pulls by its tag and runs. */
async function runWithDocker(image: string): Promise<string> {
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.run("login", "--username", ROOT.name, "--password", ROOT.password, hub.host);
  await docker.run("pull", `${hub.host}/${image}`);
  return await docker.run("run", "--rm", `${hub.host}/${image}`);
}

async function stateOf(id: number) {
  return (await done(root(`GET /api/v1/builds/${id}`))).body;
}

async function isRunning(): Promise<boolean> {
  const { stdout } = await run("ps", ["-eo", "args"]);
  return stdout.split("\n").some((line) => line.includes(`sleep ${MARKER}`));
}

beforeAll(async () => {
  await ensureBuildUser();
  const home = stack.use(await makeTempDirectory("builds"));
  folder = join(home.path, "source");
  data = join(home.path, "data");
  await mkdir(folder);
  await copyFile("/bin/busybox", join(folder, "busybox"));
  hub = await HubProcess.start({ dataDirectory: data, env: ENV });
  stack.defer(() => hub[Symbol.asyncDispose]());
  await done(root("POST /api/v1/organizations", { name: "acme" }));
  await done(root("POST /api/v1/repositories", { name: REPOSITORY }));
  const rule = { sourceType: "branch", source: "/.*/", dockerTag: "{sourceref}" };
  await done(root(`PUT /api/v1/build-rules/${REPOSITORY}`, { rules: [rule] }));
  await git("init", "--quiet");
});

afterAll(() => stack.disposeAsync());

test("what is pushed with git is built, and docker runs it", async () => {
  const id = await push("main", [
    "FROM scratch",
    "COPY busybox /bin/busybox",
    'RUN ["/bin/busybox", "sh", "-c", "echo made by a build > /made"]',
    'CMD ["/bin/busybox", "cat", "/made"]',
  ]);
  const log = await logOf(id);
  expect(log).toContain("STEP 3/4");
  expect(await stateOf(id)).toMatchObject({ state: "succeeded", tags: ["main"] });
  const { body } = await root("GET /api/v1/audit?limit=50");
  expect(JSON.stringify(body)).toContain("repo.build.start");
  const { body: told } = await root(`GET /api/v1/build-advice/${REPOSITORY}`);
  expect(told).toMatchObject({ items: [{ dockerfile: "Dockerfile", builds: 1, advice: [] }] });
  expect(await runWithDocker(`${REPOSITORY}:main`)).toContain("made by a build");
}, 120_000);

test("a signed webhook of another Git server leads to an image that docker runs", async () => {
  await using server = await startGitServer();
  await copyFile("/bin/busybox", join(await server.git("rev-parse", "--show-toplevel"), "busybox"));
  const Dockerfile = 'FROM scratch\nCOPY busybox said /\nCMD ["/busybox", "cat", "/said"]\n';
  await server.push("refs/heads/main", { Dockerfile, said: "before the webhook" });
  const name = "acme/hooked";
  const rule = { sourceType: "branch", source: "main", dockerTag: "latest" };
  const source = { url: server.url, provider: "gitea", hookSecret: "what only both know" };
  await done(root("POST /api/v1/repositories", { name }));
  await done(root(`PUT /api/v1/build-rules/${name}`, { rules: [rule] }));
  const added = await done(root(`POST /api/v1/build-sources/of/${name}`, source));
  const isRead = async () =>
    (await done(root(`GET /api/v1/build-sources/of/${name}`))).body.items[0].state;
  await expect.poll(isRead, { timeout: 15_000 }).toBe("fetched");
  const commit = await server.push("refs/heads/main", { said: "made by a webhook" });
  const hookUrl = new URL(new URL(added.body.hookUrl).pathname, hub.url).href;
  const hook = { hookUrl, ref: "refs/heads/main", secret: source.hookSecret };
  const builds = async () => (await done(root(`GET /api/v1/builds/of/${name}`))).body.items;
  expect((await deliverPush({ ...hook, secret: "a guess" }, "gitea")).status).toBe(401);
  expect(await builds()).toEqual([]);
  expect((await deliverPush(hook, "gitea")).status).toBe(202);
  await expect.poll(async () => (await builds()).length, { timeout: 15_000 }).toBe(1);
  const [{ id }] = await builds();
  await logOf(id);
  expect(await stateOf(id)).toMatchObject({ state: "succeeded", commit, tags: ["latest"] });
  expect(await runWithDocker(`${name}:latest`)).toContain("made by a webhook");
}, 120_000);

test("an image that was built says how, verified by the hub's own key, and a badge how it went", async () => {
  const claims = async () =>
    (await done(root(`GET /api/v1/provenance/${REPOSITORY}?reference=main`))).body.claims;
  const slsa = { predicateType: "https://slsa.dev/provenance/v1", state: "verified" };
  await expect.poll(claims, { timeout: 15_000 }).toContainEqual(expect.objectContaining(slsa));
  const badge = `${hub.url}/badge/${REPOSITORY}.svg`;
  expect(await (await fetch(badge)).text()).toContain("build: unknown");
  await done(root(`PATCH /api/v1/repositories/${REPOSITORY}`, { visibility: "public" }));
  const shown = await fetch(badge);
  expect(await shown.text()).toContain("build: passing");
  expect(shown.headers.get("set-cookie")).toBeNull();
  const etag = shown.headers.get("etag") ?? "";
  expect((await fetch(badge, { headers: { "if-none-match": etag } })).status).toBe(304);
}, 60_000);

test("what is built for several platforms is one tag, and docker takes its own of it", async () => {
  const platforms = ["linux/amd64", "linux/arm64"];
  await using _ = await withRule({ source: "both", dockerTag: "both", platforms });
  const id = await push("both", [
    "FROM scratch",
    "COPY busybox /bin/busybox",
    'CMD ["/bin/busybox", "echo", "one of two"]',
  ]);
  const log = await logOf(id);
  expect(log).toContain("Provenance for linux/arm64 is signed");
  const { commit } = await stateOf(id);
  const { body } = await root(`GET /v2/${REPOSITORY}/manifests/both`);
  expect(body.mediaType).toBe("application/vnd.oci.image.index.v1+json");
  const annotations = { "org.opencontainers.image.revision": commit };
  expect(body.annotations).toMatchObject(annotations);
  for (const { digest, platform } of body.manifests) {
    const part = await root(`GET /v2/${REPOSITORY}/manifests/${digest}`);
    expect(part.body.annotations).toMatchObject(annotations);
    expect(platforms).toContain(`${platform.os}/${platform.architecture}`);
    const made = async () => {
      const said = await root(`GET /api/v1/provenance/${REPOSITORY}?reference=${digest}`);
      return said.body.claims.filter(isHowItWasMade);
    };
    await expect.poll(made, { timeout: 15_000 }).toHaveLength(1);
    const bills = async () =>
      (await root(`GET /v2/${REPOSITORY}/referrers/${digest}`)).body.manifests.filter(
        (one: { artifactType: string }) => one.artifactType === "application/vnd.cyclonedx+json",
      );
    await expect.poll(bills, { timeout: 30_000 }).toHaveLength(1);
  }
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.run("login", "--username", ROOT.name, "--password", ROOT.password, hub.host);
  expect(await docker.run("run", "--rm", `${hub.host}/${REPOSITORY}:both`)).toContain("one of two");
}, 120_000);

test("a log goes on where its reader stopped", async () => {
  const { body } = await done(root(`GET /api/v1/builds/of/${REPOSITORY}`));
  const { id } = body.items.at(-1);
  const headers = {
    accept: "text/event-stream",
    authorization: `Basic ${Buffer.from(`${ROOT.name}:${ROOT.password}`).toString("base64")}`,
  };
  const url = `${hub.url}/api/v1/builds/${id}/log`;
  const all = await (await fetch(url, { headers })).text();
  const [, last = ""] = /^id: (\d+-\d+)$/m.exec(all) ?? [];
  expect(all).toContain("event: end");
  const rest = await (await fetch(url, { headers: { ...headers, "last-event-id": last } })).text();
  expect(rest).not.toContain("STEP 1/");
});

test("layers that builds keep are shown, and forgotten when somebody says so", async () => {
  const path = `/api/v1/build-caches/of/${REPOSITORY}`;
  const sizeOf = async () => (await done(root(`GET ${path}`))).body.bytes;
  await expect.poll(sizeOf, { timeout: 10_000 }).toBeGreaterThan(100_000);
  const { body } = await done(root("GET /api/v1/build-caches"));
  const own = expect.objectContaining({ repository: REPOSITORY, isUsed: false });
  expect(body.items).toContainEqual(own);
  const folders = await readdir(join(data, "builds", "layers"));
  await done(root(`DELETE ${path}`));
  expect(await sizeOf()).toBe(0);
  expect(await readdir(join(data, "builds", "layers"))).toHaveLength(folders.length - 1);
});

test("a command that fails ends the build with its exit code", async () => {
  const lines = [
    "FROM scratch",
    "COPY busybox /bin/busybox",
    'RUN ["/bin/busybox", "sh", "-c", "exit 42"]',
  ];
  const id = await push("failing", lines);
  await logOf(id);
  expect(await stateOf(id)).toMatchObject({ state: "failed", exitCode: 42 });
}, 60_000);

test("a link out of the repository shows nothing of the machine", async () => {
  await run("ln", ["-sf", "/etc", join(folder, "outside")]);
  const rule = { source: "linked", dockerTag: "x", dockerfile: "outside/passwd" };
  await using _ = await withRule(rule);
  const id = await push("linked", ["FROM scratch"]);
  expect(await logOf(id)).not.toContain("root:");
  expect((await stateOf(id)).why).toContain("leads out of the repository");
});

const ENDLESS = [
  "FROM scratch",
  "COPY busybox /bin/busybox",
  `RUN ["/bin/busybox", "sleep", "${MARKER}"]`,
];

test("nothing is left running of a build that was cancelled", async () => {
  const id = await push("endless", ENDLESS);
  await expect.poll(isRunning, { timeout: 30_000 }).toBe(true);
  await done(root(`POST /api/v1/builds/${id}/cancel`));
  expect((await stateOf(id)).state).toBe("cancelled");
  await expect.poll(isRunning, { timeout: 5000 }).toBe(false);
}, 60_000);

test("nothing is left running of a hub that was killed, and the queue goes on", async () => {
  const id = await push("endless", ENDLESS);
  await expect.poll(isRunning, { timeout: 30_000 }).toBe(true);
  await hub.stop("SIGKILL");
  await expect.poll(isRunning, { timeout: 5000 }).toBe(false);
  hub = await HubProcess.start({ dataDirectory: data, env: ENV });
  await expect.poll(async () => (await stateOf(id)).state, { timeout: 20_000 }).toBe("running");
  const next = await push("next", ["FROM scratch", "COPY busybox /bin/busybox"]);
  await done(root(`POST /api/v1/builds/${id}/cancel`));
  await logOf(next);
  expect((await stateOf(next)).state).toBe("succeeded");
}, 120_000);

test("git asks for a password, and is told of no repository that it may not see", async () => {
  const url = `http://${hub.host}/git/${REPOSITORY}.git`;
  const ask = async (address: string) =>
    await run("git", ["ls-remote", address], { env: { ...process.env, ...NO_PROMPT } }).then(
      () => "shown",
      (cause: { stderr: string }) => cause.stderr,
    );
  expect(await ask(url)).toMatch(/could not read Username|Authentication failed/);
  expect(await ask(gitUrl("not the password"))).toMatch(/Authentication failed/);
  expect(await ask(gitUrl())).toBe("shown");
  const absent = gitUrl().replace(REPOSITORY, "acme/absent");
  expect(await ask(absent)).toContain("remote: there is no repository acme/absent here");
});
