import { createHash } from "node:crypto";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFreePort } from "../harness/free-port.ts";
import { startGitServer } from "../harness/git-server.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const BASE = "acme/base";
const APP = "acme/app";
const SENT = "acme/sent";
const SLSA = "https://slsa.dev/provenance/v1";
const DOCKERFILE = "FROM scratch\nCOPY made /made\n";

let dataDirectory: string;
let host: string;
let server: Awaited<ReturnType<typeof startGitServer>>;
/** Of what the Git server is asked for, which it never gets. */
let isSilent = false;

async function start(failPoints = ""): Promise<HubProcess> {
  return await HubProcess.start({
    dataDirectory,
    env: {
      ...{ BERTH_ACCESS_MODE: "accounts", BERTH_ADMIN_PASSWORD: ROOT.password },
      ...{ BERTH_BUILDS_BUILDER: "buildah-trusted", BERTH_BUILDS_GIT_ALLOW: "127.0.0.0/8" },
      ...{ BERTH_LISTEN: host, BERTH_URL: `http://${host}`, BERTH_BUILDS_BASE_DELAY: "0" },
      ...{ BERTH_FAIL_POINTS: failPoints },
    },
  });
}

const root = (line: string, body?: unknown) => callerOf(`http://${host}`, ROOT)(line, body);
const ask = async (line: string, body?: unknown) => (await done(root(line, body))).body;
const buildsOf = async (name: string) => (await ask(`GET /api/v1/builds/of/${name}`)).items;
const sourceOf = async (name: string) =>
  (await ask(`GET /api/v1/build-sources/of/${name}`)).items[0];
const uploads = () => readdir(join(dataDirectory, "builds", "uploads")).catch(() => []);

/** In which keys of Git servers lie while these are read. */
async function keyFolders(): Promise<string[]> {
  const hash = createHash("sha256").update(dataDirectory).digest("hex").slice(0, 16);
  return (await readdir("/dev/shm")).filter((name) => name.includes(hash));
}

/** Goes on until the hub is dead; who asked hears nothing. */
async function dies(hub: HubProcess, cause: () => Promise<unknown> = async () => undefined) {
  await cause().catch(() => undefined);
  expect(await hub.endsWithin(20_000)).toBe(true);
}

/** All of its builds are over and went well, and there are so many. */
async function haveSucceeded(name: string, count: number) {
  const states = async () =>
    (await buildsOf(name)).map(({ state }: { readonly state: string }) => state);
  await expect
    .poll(states, { timeout: 60_000, interval: 100 })
    .toEqual(Array.from({ length: count }, () => "succeeded"));
}

async function fetched(name: string) {
  await expect
    .poll(async () => (await sourceOf(name)).state, { timeout: 30_000, interval: 50 })
    .toBe("fetched");
}

async function fetchSource(name: string) {
  await ask(`POST /api/v1/build-sources/fetch/${name}`);
}

async function addRepository(name: string, rule: object) {
  await ask("POST /api/v1/repositories", { name });
  const rules = [{ sourceType: "branch", source: "main", dockerTag: "latest", ...rule }];
  await ask(`PUT /api/v1/build-rules/${name}`, { rules });
  await ask(`POST /api/v1/build-sources/of/${name}`, { url: server.url, provider: "other" });
  await fetched(name);
}

async function send(): Promise<number> {
  const archive = writeTar([
    { name: "Dockerfile", content: Buffer.from(DOCKERFILE) },
    { name: "made", content: Buffer.from("1") },
  ]);
  const pair = Buffer.from(`${ROOT.name}:${ROOT.password}`).toString("base64");
  const { status } = await fetch(`http://${host}/api/v1/build-uploads/${SENT}?tags=latest`, {
    method: "POST",
    headers: { "content-type": "application/x-tar", authorization: `Basic ${pair}` },
    body: archive,
  });
  return status;
}

/** What git leaves of itself where it is killed while it writes. */
async function leaveLocks(): Promise<void> {
  const folder = join(dataDirectory, "builds", "git");
  const mirrors = (await readdir(folder)).filter((name) => name.endsWith(".git"));
  for (const mirror of mirrors) {
    const at = (path: string) => join(folder, mirror, path);
    await mkdir(at("refs/heads"), { recursive: true });
    for (const path of ["packed-refs.lock", "shallow.lock", "refs/heads/main.lock"])
      await writeFile(at(path), "");
  }
}

/** An image that was built, and one that is based on that. */
async function buildBoth(): Promise<void> {
  await ask("POST /api/v1/organizations", { name: "acme" });
  await ask("POST /api/v1/repositories", { name: SENT });
  await addRepository(BASE, {});
  await addRepository(APP, { dockerfile: "app/Dockerfile" });
  for (const name of [BASE, APP]) {
    await ask(`POST /api/v1/builds/of/${name}`, { ref: "refs/heads/main" });
    await haveSucceeded(name, 1);
  }
}

interface Shown {
  readonly id: number;
  readonly digest: string;
}

/** How it was built is said once, by the hub's own key, and suffices a policy. */
async function sufficesWhereProvenanceIsRequired({ id, digest }: Shown): Promise<void> {
  const address = (build: number) => `http://${host}/api/v1/builds/${build}`;
  // The build before, of the same commit, made the same image.
  const said = async () => {
    const { claims } = await ask(`GET /api/v1/provenance/${BASE}?reference=${digest}`);
    return claims
      .filter((claim: object) => JSON.stringify(claim).includes(`"${address(id)}"`))
      .map(({ state }: { readonly state: string }) => state);
  };
  await expect.poll(said, { timeout: 15_000 }).toEqual(["verified"]);
  const whatPoliciesSay = async (build: number) => {
    const where = [{ path: "runDetails.metadata.invocationId", equals: address(build) }];
    const attestations = [{ type: SLSA, anyOf: [{ key: "berth-builds" }], where }];
    await ask(`PUT /api/v1/pull-policies?scope=${BASE}&name=built`, {
      ...{ mode: "enforce", rules: { attestations } },
    });
    const path = `/api/v1/pull-policies/explanations/${BASE}`;
    return (await ask(`GET ${path}?reference=${digest}`)).outcome;
  };
  expect(await whatPoliciesSay(id + 1)).toBe("refused");
  expect(await whatPoliciesSay(id)).toBe("allowed");
}

// One hub after the other in the same directory: each finds what the one before it left when it was killed.
test("whatever of a build a hub is killed in, the next one ends it, once and whole", async () => {
  await using home = await makeTempDirectory("builds-killed");
  dataDirectory = join(home.path, "data");
  host = `127.0.0.1:${await findFreePort()}`;
  await using git = await startGitServer({
    front: ({ url }) => isSilent && url?.endsWith("git-upload-pack") === true,
  });
  server = git;
  const dockerfiles = {
    Dockerfile: DOCKERFILE,
    "app/Dockerfile": `FROM ${host}/${BASE}:latest\nLABEL of=app\n`,
  };
  await server.push("refs/heads/main", { ...dockerfiles, made: "1" });
  {
    await using hub = await start();
    await buildBoth();
    await server.push("refs/heads/main", { made: "2" });
    isSilent = true;
    server.seen.length = 0;
    await fetchSource(BASE);
    await expect.poll(() => server.seen.at(-1)?.url).toMatch(/git-upload-pack$/);
    await hub.stop("SIGKILL");
    expect(await keyFolders()).toHaveLength(1);
    isSilent = false;
  }
  await leaveLocks();
  {
    await using hub = await start("build.fetched:kill");
    await dies(hub);
  }
  {
    // The first that is claimed is the base, the second what is built on it.
    await using hub = await start("build.claimed:kill@2");
    await dies(hub);
  }
  {
    await using hub = await start("build.uploaded:kill");
    await fetched(BASE);
    await haveSucceeded(BASE, 2);
    await haveSucceeded(APP, 2);
    expect((await buildsOf(APP))[0].reason).toBe("base");
    await dies(hub, send);
    expect(await uploads()).toHaveLength(1);
  }
  {
    await using hub = await start("build.queued:kill");
    await expect.poll(uploads, { timeout: 30_000 }).toEqual([]);
    expect(await buildsOf(SENT)).toEqual([]);
    await dies(hub, send);
  }
  {
    await using hub = await start("build.queued:kill");
    await haveSucceeded(SENT, 1);
    const [{ id }] = await buildsOf(BASE);
    await dies(hub, () => ask(`POST /api/v1/builds/${id}/retry`));
  }
  {
    await using hub = await start("build.published:kill");
    await dies(hub);
  }
  // It has said how the image was built, and not yet noted that the build is over: most often it is dead before it listens.
  await start("build.attested:kill").then(dies, (cause: Error) =>
    expect(cause.message).toContain("ended before"),
  );
  await using hub = await start();
  await haveSucceeded(BASE, 3);
  // Its tags had moved: it is not built a second time.
  const [published] = await buildsOf(BASE);
  expect(published).toMatchObject({
    ...{ reason: "retry", attempts: 1, why: expect.stringContaining("after it was published") },
    digest: expect.stringMatching(/^sha256:/),
  });
  const log = await ask(`GET /api/v1/builds/${published.id}/log`);
  expect(log.match(/^Provenance .*is signed and attached$/gm)).toHaveLength(1);
  await sufficesWhereProvenanceIsRequired(published);
  await expect.poll(uploads, { timeout: 30_000 }).toEqual([]);
  expect(await send()).toBe(201);
  await haveSucceeded(SENT, 2);
  expect(await readdir(join(dataDirectory, "builds", "work"))).toEqual([]);
  expect(await keyFolders()).toEqual([]);
  await hub.stop();
}, 240_000);
