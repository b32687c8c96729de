import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const run = promisify(execFile);
const NAME = "acme/app";
const LIMIT = 4 * 1024 * 1024;
const stack = new AsyncDisposableStack();
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let home: string;
const shell = (script: string) => `RUN ["/bin/busybox", "sh", "-c", ${JSON.stringify(script)}]`;

const ask = async (line: string, body?: unknown) => (await done(hub.root(line, body))).body;
const builds = async () => (await ask(`GET /api/v1/builds/of/${NAME}`)).items;
const tags = async () => (await ask(`GET /v2/${NAME}/tags/list`)).tags;
const left = async () =>
  await readdir(join(hub.dataDirectory, "builds", "uploads")).catch(() => []);

async function send(archive: Uint8Array, query = "") {
  const pair = Buffer.from(`${ROOT.name}:${ROOT.password}`).toString("base64");
  const response = await fetch(`${hub.url}/api/v1/build-uploads/${NAME}?${query}`, {
    method: "POST",
    headers: { "content-type": "application/x-tar", authorization: `Basic ${pair}` },
    body: archive,
  });
  return { status: response.status, body: await response.json() };
}

function start(folder: string, ...args: readonly string[]) {
  const words = ["build", "upload", NAME, folder, "--hub", hub.url, "--user", ROOT.name, ...args];
  const environment = { ...process.env, BERTH_PASSWORD: ROOT.password };
  return run("bin/berth", words, { env: environment });
}

async function folderOf(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(home, name);
  await mkdir(folder);
  await copyFile("/bin/busybox", join(folder, "busybox"));
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
  return folder;
}

const file = (name: string, text = "x") => ({ name, content: Buffer.from(text) });

beforeAll(async () => {
  hub = stack.use(
    await startAccountsHub({
      settings: { "builds.builder": "buildah-trusted", "builds.pushBytes": String(LIMIT) },
    }),
  );
  home = stack.use(await makeTempDirectory("uploads")).path;
  await ask("POST /api/v1/organizations", { name: "acme" });
  await ask("POST /api/v1/repositories", { name: NAME });
}, 60_000);
afterAll(() => stack.disposeAsync());

test("a directory is sent without what it ignores, built, and published under its tags", async () => {
  const long = "n".repeat(150);
  const folder = await folderOf("app", {
    Dockerfile: [
      "FROM scratch",
      "COPY . /",
      "COPY busybox /bin/busybox",
      "ARG GREETING=none",
      shell(`echo greets $GREETING; ls; test -f /${long}; test -h /link; test ! -e /secret.key`),
    ].join("\n"),
    ".dockerignore": "*.key\nDockerfile\n",
    // Were it sent, it would be too much.
    "secret.key": "x".repeat(2 * LIMIT),
    [long]: "a name too long for a header",
  });
  await symlink("Dockerfile", join(folder, "link"));
  const { stdout } = await start(folder, "--tag", "v1", "v2", "--build-arg", "GREETING=all");
  expect(stdout).toContain("greets all");
  const [build] = await builds();
  expect(build).toMatchObject({ state: "succeeded", ref: "upload:v1,v2", tags: ["v1", "v2"] });
  expect(await tags()).toEqual(["v1", "v2"]);
  expect((await hub.root(`POST /api/v1/builds/${build.id}/retry`)).status).toBe(409);
  await expect.poll(left, { timeout: 20_000 }).toEqual([]);
}, 90_000);

test("whoever goes away leaves no build and no file", async () => {
  const folder = await folderOf("endless", {
    Dockerfile: ["FROM scratch", "COPY busybox /bin/busybox", shell("echo begun; sleep 600")].join(
      "\n",
    ),
  });
  const command = start(folder, "--tag", "gone");
  const ended = command.catch((cause: { code: number; stderr: string }) => cause);
  await expect.poll(async () => (await builds())[0].tags, { timeout: 30_000 }).toEqual(["gone"]);
  const [{ id }] = await builds();
  const state = async () => (await ask(`GET /api/v1/builds/${id}`)).state;
  await expect.poll(state, { timeout: 20_000 }).toBe("running");
  expect(await left()).toHaveLength(1);
  command.child.kill("SIGINT");
  expect(await ended).toMatchObject({ stderr: expect.stringContaining("is cancelled") });
  expect(await state()).toBe("cancelled");
  await expect.poll(left, { timeout: 20_000 }).toEqual([]);
}, 90_000);

const COMPOSE = "docker-compose.test.yml";
const MADE = ["FROM scratch", "COPY busybox /bin/busybox", 'CMD ["/bin/busybox", "true"]'].join(
  "\n",
);

test("an image whose own test fails is not published, and one that passes is", async () => {
  const command = "/bin/busybox sh -c 'echo tests $$DOCKER_TAG; exit $CODE'";
  const folder = await folderOf("tested", {
    Dockerfile: MADE,
    [COMPOSE]: `sut:\n  build: .\n  environment: [DOCKER_TAG]\n  command: ${command}\n`,
  });
  const failed = await start(folder, "--tag", "bad", "--build-arg", "CODE=3").catch(
    (cause) => cause,
  );
  expect(failed.stdout).toContain("tests bad");
  expect((await builds())[0]).toMatchObject({ state: "failed", exitCode: 3 });
  expect((await builds())[0].why).toContain("the test of docker-compose.test.yml failed");
  expect(await tags()).not.toContain("bad");
  await start(folder, "--tag", "good", "--build-arg", "CODE=0");
  expect(await tags()).toContain("good");
  await start(folder, "--tag", "untested", "--build-arg", "CODE=3", "--no-hooks");
  expect(await tags()).toContain("untested");
}, 120_000);

test.each([
  ["hooks/build", "hooks/build would take the place of what the hub does"],
  ["hooks/pre_build", "hooks/pre_build cannot be run: the hub has no image to run hooks in"],
  [COMPOSE, '"volumes" of sut is not supported'],
])("%s that cannot be run here fails before anything is built", async (path, why) => {
  const folder = await folderOf(`brought-${path.replace("/", "-")}`, { Dockerfile: MADE });
  await mkdir(join(folder, "hooks"));
  await writeFile(join(folder, path), "sut: { build: ., volumes: ['/:/host'] }\n");
  const failed = await start(folder, "--tag", "brought").catch((cause) => cause);
  expect(failed.stderr).toContain(why);
  expect(failed.stdout).not.toContain("STEP 1");
});

test("an archive that is not one is refused with the reason, and leaves nothing", async () => {
  const many = Array.from({ length: 12 }, (_, at) => file(`f${at}`, "x".repeat(400_000)));
  const link = Buffer.from(writeTar([file("link", "")]));
  link.write("2", 156);
  const cases = [
    [Buffer.from("no archive at all".repeat(100)), 400],
    [Buffer.alloc(1024), 400],
    [writeTar([file(`${"a/".repeat(45)}b`)]), 201],
    [Buffer.concat([checked(link, "2"), writeTar([file("link/x")])]), 400],
    [checked(writeTar([file("device", "")]), "3"), 400],
    [checked(writeTar([file("hard", "")]), "1"), 400],
    [writeTar(many), 413],
  ] as const;
  for (const [archive, status] of cases) {
    const answer = await send(archive);
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status });
  }
  expect((await send(writeTar([file("Dockerfile")]), "tags=a%20b")).status).toBe(400);
  const up = await send(writeTar([file("Dockerfile")]), "dockerfile=../Dockerfile");
  expect(up).toMatchObject({ status: 400 });
  await expect.poll(left, { timeout: 20_000 }).toEqual([]);
}, 60_000);

/** Another type in the first header, and no end behind it. */
function checked(archive: Uint8Array, type: string): Buffer {
  const block = Buffer.from(archive.subarray(0, 512));
  block.write(type, 156);
  block.write(" ".repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148);
  return block;
}
