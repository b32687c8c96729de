import { randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openDocker } from "../harness/clients.ts";
import { PROJECT, plainEnvironment } from "../harness/clone.ts";
import { run } from "../harness/command.ts";
import { writeHtpasswd } from "../harness/htpasswd.ts";
import { randomContext } from "../harness/images.ts";
import { readReadmeCommands } from "../harness/readme.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { Service } from "../harness/service.ts";
import { makeTempDirectory, type TempDirectory } from "../harness/temp-directory.ts";

const ALICE = { name: "alice", password: "correct-horse-battery" };
const BUILD_MS = 300_000;
const ANY_PORT = ["--network", "host", "--env", "BERTH_LISTEN=127.0.0.1:0"];
const OPEN = ["--env", "BERTH_ACCESS_MODE=open"];

let docker: Client;
let auth: TempDirectory;

beforeAll(async () => {
  docker = await openDocker(inject("dockerSocket"));
  auth = await makeTempDirectory("auth");
  await chmod(auth.path, 0o755);
  await writeHtpasswd(join(auth.path, "htpasswd"), [ALICE]);
  const commands = await readReadmeCommands();
  const lines = commands.get("In a container")?.join("") ?? "";
  // npm needs what it usually has: its settings, and the certificates that the machine trusts.
  const env = { ...plainEnvironment(), DOCKER_HOST: docker.environment.DOCKER_HOST ?? "" };
  await run("sh", ["-euc", lines], { cwd: PROJECT, env, timeoutMs: BUILD_MS });
}, BUILD_MS);
afterAll(async () => {
  await docker[Symbol.asyncDispose]();
  await auth[Symbol.asyncDispose]();
});
beforeEach(({ skip }) => {
  skip(!inject("canRunContainers"), "this machine stores images but runs no containers");
});

/** A container of the image with a name of its own, gone when its block ends. */
async function startContainer(options: readonly string[], command: readonly string[] = []) {
  const name = `berth-${randomBytes(5).toString("hex")}`;
  await docker.run("run", "--detach", "--name", name, ...options, "berth:latest", ...command);
  const remove = async () => void (await docker.run("rm", "--force", name));
  try {
    return { name, host: await waitForHost(name), remove, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function waitForHost(name: string): Promise<string> {
  await using log = new Service({
    command: "docker",
    args: ["logs", "--follow", name],
    env: docker.environment,
  });
  const [, host = ""] = await log.waitForLog(/listens on http:\/\/(127\.0\.0\.1:\d+)/);
  return host;
}

async function makeVolume() {
  const name = await docker.run("volume", "create");
  return { name, [Symbol.asyncDispose]: async () => void (await docker.run("volume", "rm", name)) };
}

async function buildAndPush(image: string): Promise<string> {
  await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");
  await docker.run("push", image);
  return docker.run("image", "inspect", "--format", "{{.Id}}", image);
}

test("with the variables of a compose file for registry:2, a push outlives its container", async () => {
  await using volume = await makeVolume();
  const options = [
    ...["--network", "host", "--env", "REGISTRY_HTTP_ADDR=127.0.0.1:0"],
    ...["--env", "REGISTRY_STORAGE_DELETE_ENABLED=true", "--env", "REGISTRY_AUTH=htpasswd"],
    ...["--env", "REGISTRY_AUTH_HTPASSWD_REALM=Registry"],
    ...["--env", "REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd"],
    ...["--env", "REGISTRY_HTTP_SECRET=only-for-tests", "--volume", `${auth.path}:/auth:ro`],
    ...["--volume", `${volume.name}:/var/lib/registry`],
  ];
  const first = await startContainer(options);
  await docker.loginRefused(first.host, { ...ALICE, password: "wrong" });
  await docker.login(first.host, ALICE);
  const id = await buildAndPush(`${first.host}/team/app:1`);
  await buildAndPush(`${first.host}/team/app:2`);
  await first.remove();

  await using second = await startContainer(options);
  await docker.login(second.host, ALICE);
  await docker.run("pull", `${second.host}/team/app:1`);
  expect(
    await docker.run("image", "inspect", "--format", "{{.Id}}", `${second.host}/team/app:1`),
  ).toBe(id);
  await using client = new RegistryClient(`http://${second.host}`, { user: ALICE });
  expect((await client.delete("/v2/team/app/manifests/2")).status).toBe(202);
});

test.each([
  { how: "mounted where registry:2 keeps its own", command: [] },
  { how: "named as its image is told to", command: ["/etc/docker/registry/config.yml"] },
  { how: "named with serve", command: ["serve", "/etc/docker/registry/config.yml"] },
])("a configuration of registry:2, $how, is what the container runs by", async ({ command }) => {
  await using directory = await makeTempDirectory("registry-config");
  await chmod(directory.path, 0o755);
  const file = join(directory.path, "config.yml");
  await writeFile(
    file,
    "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: /var/lib/registry\nhttp:\n  addr: 127.0.0.1:0\n",
  );
  const mount = ["--volume", `${file}:/etc/docker/registry/config.yml:ro`];
  await using container = await startContainer(["--network", "host", ...mount], command);
  await buildAndPush(`${container.host}/team/app:1`);
  await using client = new RegistryClient(`http://${container.host}`);
  // Deletion is off by default there, and on with Berth's own defaults.
  expect((await client.delete("/v2/team/app/manifests/1")).status).toBe(405);
});

test("without any configuration it is a hub by Berth's own defaults", async () => {
  await using container = await startContainer(ANY_PORT);
  const env = docker.environment;
  const { output } = await run("docker", ["logs", container.name], { env });
  const user = { name: "admin", password: /the password "([^"]+)"/.exec(output)?.[1] ?? "" };
  await docker.login(container.host, user);
  await buildAndPush(`${container.host}/team/app:1`);
  await using client = new RegistryClient(`http://${container.host}`, { user });
  expect((await client.delete("/v2/team/app/manifests/1")).status).toBe(202);
});

test("it runs as nobody in particular, without rights, on a read-only disk, and stops when asked", async () => {
  const hardening = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
  await using volume = await makeVolume();
  await using container = await startContainer([
    ...[...ANY_PORT, ...OPEN, ...hardening],
    ...["--volume", `${volume.name}:/var/lib/registry`],
  ]);
  await buildAndPush(`${container.host}/team/app:1`);
  expect(await docker.run("exec", container.name, "id", "-u")).toBe("65532");
  const health = `http://${container.host}/v2/`;
  await docker.run("exec", container.name, "wget", "-q", "--spider", health);

  await docker.run("stop", "--time", "20", container.name);
  expect(await docker.run("inspect", "--format", "{{.State.ExitCode}}", container.name)).toBe("0");
});

test("a volume that belongs to root is refused with the reason, and the README's line hands it over", async () => {
  await using volume = await makeVolume();
  const mount = ["--volume", `${volume.name}:/var/lib/registry`];
  const asRoot = ["run", "--rm", "--user", "0", "--entrypoint", "sh", ...mount, "berth:latest"];
  // Not empty: the Engine gives an empty volume to the image's user by itself.
  const leave = "mkdir /var/lib/registry/docker && chown -R 0:0 /var/lib/registry";
  await docker.run(...asRoot, "-c", leave);
  const refusal = await docker.refused("run", "--rm", ...ANY_PORT, ...mount, "berth:latest");
  expect(refusal).toContain("/var/lib/registry");
  expect(refusal).not.toContain("bug");

  const commands = await readReadmeCommands();
  const line = commands.get("Coming from registry:2")?.find((block) => block.includes("chown"));
  expect(line).toBeDefined();
  await run("sh", ["-euc", (line ?? "").replace("registry:/var", `${volume.name}:/var`)], {
    env: docker.environment,
  });
  await using container = await startContainer([...ANY_PORT, ...OPEN, ...mount]);
  await buildAndPush(`${container.host}/team/app:1`);
});
