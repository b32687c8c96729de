import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openDocker } from "../harness/clients.ts";
import { findFreePort } from "../harness/free-port.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { PROGRAM, PROGRAM_ENVIRONMENT } from "../harness/program.ts";
import { Service } from "../harness/service.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const run = promisify(execFile);
const REPOSITORY = "acme/app";
const MARKER = "86397.41";
const SLOW = "7.4100";

const stack = new AsyncDisposableStack();
let home: string;
let hub: HubProcess;
let environment: Record<string, string>;

const root = (line: string, body?: unknown) => callerOf(hub.url, ROOT)(line, body);

async function startHub(): Promise<void> {
  hub = await HubProcess.start({ dataDirectory: join(home, "data"), env: environment });
}

/** A real `berth agent`. */
async function startAgent(name: string, ...args: readonly string[]): Promise<Service> {
  const { body } = await done(root("POST /api/v1/build-agents", { name }));
  const service = new Service({
    command: process.execPath,
    args: [PROGRAM, "agent", "--hub", hub.url, "--data", join(home, name), ...args],
    cwd: home,
    env: { ...PROGRAM_ENVIRONMENT, HOME: home, BERTH_AGENT_TOKEN: body.secret },
  });
  stack.defer(() => service.stop("SIGKILL"));
  await service.waitForLog(/Building for/, 60_000);
  return service;
}

async function push(branch: string, lines: readonly string[]): Promise<number> {
  const folder = join(home, "source");
  const git = (...args: string[]) =>
    run("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null" },
    });
  await writeFile(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
  await git("add", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message", branch);
  const login = `${ROOT.name}:${encodeURIComponent(ROOT.password)}`;
  const url = `http://${login}@${hub.host}/git/${REPOSITORY}.git`;
  await git("push", "--quiet", "--force", url, `HEAD:refs/heads/${branch}`);
  return (await done(root(`GET /api/v1/builds/of/${REPOSITORY}`))).body.items[0].id;
}

async function logOf(id: number): Promise<string> {
  return String((await done(root(`GET /api/v1/builds/${id}/log?follow=true`))).body);
}

async function stateOf(id: number) {
  return (await done(root(`GET /api/v1/builds/${id}`))).body;
}

async function isRunning(seconds: string): Promise<boolean> {
  const { stdout } = await run("ps", ["-eo", "args"]);
  return stdout.split("\n").some((line) => line.includes(`sleep ${seconds}`));
}

const sleeping = (seconds: string) => [
  "FROM scratch",
  "COPY busybox /bin/busybox",
  `RUN ["/bin/busybox", "sleep", "${seconds}"]`,
];

beforeAll(async () => {
  home = stack.use(await makeTempDirectory("agents")).path;
  const host = `127.0.0.1:${await findFreePort()}`;
  environment = {
    BERTH_ACCESS_MODE: "accounts",
    BERTH_ADMIN_PASSWORD: ROOT.password,
    BERTH_BUILDS_BUILDER: "agents",
    BERTH_BUILDS_AGENT_LEASE: "3s",
    ...{ BERTH_LISTEN: host, BERTH_URL: `http://${host}` },
  };
  await startHub();
  stack.defer(() => hub[Symbol.asyncDispose]());
  await done(root("POST /api/v1/organizations", { name: "acme" }));
  await done(root("POST /api/v1/repositories", { name: REPOSITORY }));
  const rule = { sourceType: "branch", source: "/.*/", dockerTag: "{sourceref}" };
  await done(root(`PUT /api/v1/build-rules/${REPOSITORY}`, { rules: [rule] }));
  await mkdir(join(home, "source"));
  await copyFile("/bin/busybox", join(home, "source", "busybox"));
  await run("git", ["-C", join(home, "source"), "init", "--quiet"]);
}, 60_000);

afterAll(() => stack.disposeAsync());

test("an agent builds what was pushed, and another what a killed one had begun", async () => {
  const first = await startAgent(
    "first",
    "--builder",
    "docker",
    "--address",
    `unix://${inject("dockerSocket")}`,
  );
  const made = await push("main", [
    "FROM scratch",
    "COPY busybox /bin/busybox",
    'RUN ["/bin/busybox", "sh", "-c", "echo made elsewhere > /made"]',
    'CMD ["/bin/busybox", "cat", "/made"]',
  ]);
  const log = await logOf(made);
  expect(log).toContain("Built by the agent first");
  expect(log).toContain("[2/2] RUN");
  expect(await stateOf(made)).toMatchObject({ state: "succeeded" });
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.run("login", "--username", ROOT.name, "--password", ROOT.password, hub.host);
  const printed = await docker.run("run", "--rm", `${hub.host}/${REPOSITORY}:main`);
  expect(printed).toContain("made elsewhere");
  const failing = await push("failing", [
    "FROM scratch",
    "COPY busybox /bin/busybox",
    'RUN ["/bin/busybox", "sh", "-c", "exit 42"]',
  ]);
  await logOf(failing);
  expect(await stateOf(failing)).toMatchObject({ state: "failed", exitCode: 42 });
  const slow = await push("slow", sleeping(SLOW));
  await expect.poll(() => isRunning(SLOW), { timeout: 30_000 }).toBe(true);
  await first.stop("SIGKILL");
  await expect.poll(() => isRunning(SLOW), { timeout: 5000 }).toBe(false);
  await startAgent("second");
  const [, rest] = (await logOf(slow)).split("first was not heard of any more");
  expect(rest).toContain("Built by the agent second");
  expect(await stateOf(slow)).toMatchObject({ state: "succeeded" });
}, 180_000);

test("an agent with buildah builds on a private image of the hub, which it has from the hub", async () => {
  const base = `${hub.host}/${REPOSITORY}:main`;
  const id = await push("onbase", [`FROM ${base}`, 'RUN ["/bin/busybox", "cat", "/made"]']);
  const log = await logOf(id);
  expect(log).toContain("Built by the agent second");
  expect(log).toContain("made elsewhere");
  const { body } = await root(`GET /v2/${REPOSITORY}/manifests/onbase`);
  expect(body.annotations["org.opencontainers.image.base.name"]).toBe(base);
  expect(await stateOf(id)).toMatchObject({ state: "succeeded" });
}, 60_000);

test("an agent drops what was cancelled, and what a killed hub had given to it", async () => {
  const id = await push("endless", sleeping(MARKER));
  await expect.poll(() => isRunning(MARKER), { timeout: 30_000 }).toBe(true);
  await hub.stop("SIGKILL");
  await startHub();
  // Once for the hub before, and once more for this one.
  await expect.poll(async () => logSoFar(id), { timeout: 40_000 }).toContain("agent second");
  await expect.poll(() => isRunning(MARKER), { timeout: 30_000 }).toBe(true);
  await done(root(`POST /api/v1/builds/${id}/cancel`));
  await expect.poll(() => isRunning(MARKER), { timeout: 5000 }).toBe(false);
  const next = await push("next", ["FROM scratch", "COPY busybox /bin/busybox"]);
  await logOf(next);
  expect(await stateOf(next)).toMatchObject({ state: "succeeded" });
}, 180_000);

async function logSoFar(id: number): Promise<string> {
  return String((await done(root(`GET /api/v1/builds/${id}/log`))).body ?? "");
}

test("an agent whose token the hub does not know says so, and what to do", async () => {
  const told = await run(
    process.execPath,
    [PROGRAM, "agent", "--hub", hub.url, "--data", join(home, "stranger")],
    { env: { ...PROGRAM_ENVIRONMENT, HOME: home, BERTH_AGENT_TOKEN: "berth_agent_unknown" } },
  ).then(
    () => "it built",
    ({ stderr }: { stderr: string }) => stderr,
  );
  expect(told).toMatch(/^berth: the hub does not know this token: .*berth build agents add/);
}, 60_000);

test("who may build is said by administrators, written down, and taken back at once", async () => {
  const { body } = await done(root("POST /api/v1/build-agents", { name: "third" }));
  const claim = async (secret: string) =>
    (
      await fetch(`${hub.url}/api/v1/build-agent/jobs/none/heartbeat`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret}` },
      })
    ).status;
  expect(await claim(body.secret)).toBe(404);
  await done(root("DELETE /api/v1/build-agents/third"));
  expect(await claim(body.secret)).toBe(401);
  expect(await claim(ROOT.password)).toBe(401);
  expect((await done(root("GET /api/v1/build-agents"))).body).toMatchObject({ level: "remote" });
  const audit = JSON.stringify((await done(root("GET /api/v1/audit?limit=50"))).body);
  expect(audit).toContain("build.agent.remove");
  expect(audit).not.toContain(body.secret);
});
