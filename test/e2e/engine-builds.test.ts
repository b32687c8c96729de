import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openDocker } from "../harness/clients.ts";
import { findFreePort } from "../harness/free-port.ts";
import { callerOf, done, ROOT, SENTENCE } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { buildImage } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const run = promisify(execFile);
const BOB = { name: "bob", password: SENTENCE };

/** Builders that are trusted with their machine, and with no password of the hub all the same. */
describe.each(["docker", "buildah-trusted"])("builds by %s", (builder) => {
  const stack = new AsyncDisposableStack();
  let hub: HubProcess;
  let home: string;
  const root = (line: string, body?: unknown) => callerOf(hub.url, ROOT)(line, body);
  const bob = (line: string, body?: unknown) => callerOf(hub.url, BOB)(line, body);

  beforeAll(async () => {
    home = stack.use(await makeTempDirectory(builder)).path;
    const host = `127.0.0.1:${await findFreePort()}`;
    hub = await HubProcess.start({
      dataDirectory: join(home, "data"),
      env: {
        ...{ BERTH_ACCESS_MODE: "accounts", BERTH_ADMIN_PASSWORD: ROOT.password },
        ...{ BERTH_BUILDS_BUILDER: builder, BERTH_BUILDS_BASE_DELAY: "0" },
        ...(builder === "docker"
          ? { BERTH_BUILDS_ADDRESS: `unix://${inject("dockerSocket")}` }
          : {}),
        ...{ BERTH_LISTEN: host, BERTH_URL: `http://${host}` },
      },
    });
    stack.defer(() => hub[Symbol.asyncDispose]());
    await done(root("POST /api/v1/organizations", { name: "acme" }));
    await done(root("POST /api/v1/users", { name: BOB.name, password: BOB.password }));
    for (const [ask, name] of [
      [root, "acme/base"],
      [root, "acme/app"],
      [bob, "bob/app"],
    ] as const)
      await done(ask("POST /api/v1/repositories", { name }));
    const rule = { sourceType: "branch", source: "main", dockerTag: "latest" };
    for (const name of ["acme/app", "bob/app"])
      await done(root(`PUT /api/v1/build-rules/${name}`, { rules: [rule] }));
    await pushBase("first");
  }, 60_000);

  afterAll(() => stack.disposeAsync());

  /** `acme/base:1`, which is private, and says what it is. */
  async function pushBase(text: string): Promise<string> {
    await using registry = new RegistryClient(hub.url, { user: ROOT });
    const busybox = { name: "bin/busybox", mode: 0o755, content: await readFile("/bin/busybox") };
    const layer = writeTar([busybox, { name: "text", content: Buffer.from(text) }]);
    const image = buildImage({ layers: [layer], history: true });
    await registry.push("acme/base", "1", image);
    return image.manifest.digest;
  }

  async function pushSource(repository: string, user: typeof ROOT): Promise<number> {
    const folder = join(home, repository.replace("/", "-"));
    await mkdir(folder, { recursive: true });
    await copyFile("/bin/busybox", join(folder, "busybox"));
    const lines = [
      `FROM ${hub.host}/acme/base:1`,
      'RUN ["/bin/busybox", "sh", "-c", "/bin/busybox cp /text /made; /bin/busybox env"]',
      'CMD ["cat", "/made"]',
    ];
    await writeFile(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
    const git = (...args: string[]) =>
      run("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
        env: { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null" },
      });
    await git("init", "--quiet");
    await git("add", "--all");
    await git("commit", "--quiet", "--allow-empty", "--message", "one");
    const password = encodeURIComponent(user.password);
    const url = `http://${user.name}:${password}@${hub.host}/git/${repository}.git`;
    await git("push", "--quiet", "--force", url, "HEAD:refs/heads/main");
    const { body } = await done(root(`GET /api/v1/builds/of/${repository}`));
    return body.items[0].id;
  }

  const logOf = async (id: number) =>
    String((await done(root(`GET /api/v1/builds/${id}/log?follow=true`))).body);

  async function printed(): Promise<string> {
    await using docker = await openDocker(inject("dockerSocket"));
    await docker.run("login", "--username", ROOT.name, "--password", ROOT.password, hub.host);
    await docker.run("pull", `${hub.host}/acme/app:latest`);
    return await docker.run("run", "--rm", `${hub.host}/acme/app:latest`);
  }

  test("a private image of the hub is built on, and what is built on it follows it", async () => {
    const id = await pushSource("acme/app", ROOT);
    const log = await logOf(id);
    expect((await root(`GET /api/v1/builds/${id}`)).body.state, log).toBe("succeeded");
    expect(log).not.toContain(ROOT.password);
    expect(await printed()).toBe("first");
    const basesOf = async () =>
      (await done(root("GET /api/v1/build-bases/acme/app"))).body.items as unknown[];
    expect(await basesOf()).toMatchObject([{ base: `${hub.host}/acme/base:1`, isOutdated: false }]);
    const digest = await pushBase(`second ${id}`);
    const newest = async () =>
      (await done(root("GET /api/v1/builds/of/acme/app"))).body.items[0] as object;
    await expect
      .poll(newest, { timeout: 60_000, interval: 200 })
      .toMatchObject({ reason: "base", state: "succeeded" });
    expect(await basesOf()).toMatchObject([{ digest, isOutdated: false }]);
    expect(await printed()).toBe(`second ${id}`);
  }, 120_000);

  test("who may not pull a private image cannot build on it, though the builder has it", async () => {
    const id = await pushSource("bob/app", BOB);
    const log = await logOf(id);
    expect((await root(`GET /api/v1/builds/${id}`)).body).toMatchObject({
      state: "failed",
      why: expect.stringContaining(`${hub.host}/acme/base:1 cannot be built on: bob may not pull`),
    });
    expect(log).toContain("cannot be built on");
  }, 60_000);
});
