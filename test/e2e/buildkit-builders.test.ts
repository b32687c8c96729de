import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Builder, BuildJob, BuildResult } from "../../src/builds/builder/builder.ts";
import { buildJob } from "../../src/builds/builder/buildkit/build-job.ts";
import {
  type BuilderAddress,
  connectToBuildkitd,
  connectToEngine,
} from "../../src/builds/builder/buildkit/connections.ts";
import { GrpcClient } from "../../src/builds/builder/buildkit/grpc-client.ts";
import { createBuildkit, receiveArchive } from "../../src/builds/builder/buildkit.ts";
import { createDockerEngine } from "../../src/builds/builder/docker-engine.ts";
import type { RepositoryId } from "../../src/repositories/index.ts";
import { makeCertificate } from "../harness/certificate.ts";
import { openDocker } from "../harness/clients.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { writeImageFolder } from "../harness/image-folder.ts";
import { buildImage } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const run = promisify(execFile);
const MIB = 1024 * 1024;
const MARKER = "86398.23";
const BUSYBOX = "/bin/busybox";
const sh = (command: string) => `["${BUSYBOX}", "sh", "-c", "${command}"]`;

const stack = new AsyncDisposableStack();
let home: string;
let base: string;
let baseDigest: string;
let engine: Builder;
let printed = "";
let count = 0;

function address(): BuilderAddress {
  return { url: new URL(`unix://${inject("dockerSocket")}`), tls: undefined };
}

async function makeJob(lines: readonly string[], more: Partial<BuildJob> = {}): Promise<BuildJob> {
  const source = join(home, `source-${count}`);
  const work = join(home, `work-${count++}`);
  await mkdir(source);
  await mkdir(work);
  await cp(BUSYBOX, join(source, "busybox"));
  await writeFile(join(source, "Dockerfile"), `${lines.join("\n")}\n`);
  const limits = { memoryBytes: 512 * MIB, cpus: 1, processes: 512, diskBytes: 512 * MIB };
  return {
    ...{ source, work, context: ".", dockerfile: "Dockerfile", target: undefined, args: {} },
    ...{ secrets: [], platforms: [], bases: [], network: "filtered" },
    cache: { repository: 7 as RepositoryId, isTrusted: true },
    limits: { ...limits, wallMs: 60_000, idleMs: 60_000, logBytes: MIB },
    ...more,
  };
}

async function build(job: BuildJob, signal = AbortSignal.timeout(60_000)): Promise<BuildResult> {
  printed = "";
  return await engine.build(
    job,
    (event) => {
      if (event.kind === "output") printed += event.bytes.toString("utf8");
    },
    signal,
  );
}

/** What the image says of itself: the configuration of the first one. */
async function configOf({ images }: BuildResult) {
  const [image] = images;
  if (image === undefined) throw new Error("there is no image");
  const manifest = JSON.parse(await readFile(join(image.folder, "manifest.json"), "utf8"));
  for (const { digest, size } of [manifest.config, ...manifest.layers])
    expect((await readFile(join(image.folder, digest.slice(7)))).length).toBe(size);
  const name = manifest.config.digest.slice(7);
  return JSON.parse(await readFile(join(image.folder, name), "utf8")).config;
}

async function isRunning(): Promise<boolean> {
  const { stdout } = await run("ps", ["-eo", "args"]);
  return stdout.split("\n").some((line) => line.includes(`sleep ${MARKER}`));
}

beforeAll(async () => {
  home = stack.use(await makeTempDirectory("buildkit")).path;
  engine = createDockerEngine(address());
  const layer = writeTar([{ name: "bin/busybox", content: await readFile(BUSYBOX) }]);
  const image = buildImage({ layers: [layer] });
  base = join(home, "base");
  baseDigest = image.manifest.digest;
  await writeImageFolder(base, image);
});

afterAll(() => stack.disposeAsync());

const bases = (reference: string) => [
  { reference, platform: "linux/amd64", digest: baseDigest, folder: base },
];

test("stages on a base of the hub's, with ARG in FROM, owners, a user and a health check", async () => {
  const lines = [
    "ARG TAG",
    "FROM hub.invalid/acme/base:$TAG AS make",
    "ARG GREETING=nothing",
    `RUN ${sh("echo $GREETING > /made")}`,
    "FROM scratch AS other",
    "FROM hub.invalid/acme/base:$TAG AS last",
    "COPY --from=make --chown=7:8 /made /made",
    "HEALTHCHECK --interval=7s CMD true",
    "USER 7",
    "FROM scratch",
  ];
  // Tests are tried again, on the same engine.
  const greeting = randomBytes(4).toString("hex");
  const job = await makeJob(lines, {
    ...{ args: { TAG: "1", GREETING: greeting }, target: "last" },
    bases: bases("hub.invalid/acme/base:1"),
  });
  const result = await build(job);
  expect(await configOf(result)).toMatchObject({
    User: "7",
    Healthcheck: { Interval: 7_000_000_000 },
  });
  expect(result.basesUsed).toEqual([expect.objectContaining({ digest: baseDigest })]);
  expect(result.cachedSteps).toBe(0);
  expect(result.steps.map(({ text }) => text)).toContain(`RUN ${sh(`echo ${greeting} > /made`)}`);
  const again = await build({ ...job, work: (await makeJob([])).work });
  expect(again.images[0]?.digest).toBe(result.images[0]?.digest);
  expect(again.cachedSteps).toBeGreaterThanOrEqual(2);
  expect(printed).toContain("CACHED");
  await using docker = await openDocker(inject("dockerSocket"));
  expect(await docker.run("images", "--format", "{{.Repository}}")).not.toContain("berth-build");
}, 60_000);

test("an image for each platform", async () => {
  const platforms = ["linux/amd64", "linux/arm64"];
  const job = await makeJob(["FROM scratch", "COPY busybox /bin/busybox"], { platforms });
  const { images } = await build(job);
  expect(images.map(({ platform }) => platform)).toEqual(platforms);
  for (const [at, { folder }] of images.entries()) {
    const { config } = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
    const bytes = await readFile(join(folder, config.digest.slice(7)), "utf8");
    expect(`linux/${JSON.parse(bytes).architecture}`).toBe(platforms[at]);
  }
}, 60_000);

test("what is built on is the hub's, whatever the engine has by that name, and that stays", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  const reference = "hub.invalid/acme/taken:1";
  const archive = join(home, "theirs.tar");
  await writeFile(archive, writeTar([{ name: "theirs", content: Buffer.from("theirs") }]));
  const id = (await docker.run("import", archive, reference)).trim();
  const lines = [`FROM ${reference} AS one`, `FROM ${reference}`, `RUN ${sh("echo mine > /mine")}`];
  await configOf(await build(await makeJob(lines, { bases: bases(reference) })));
  expect(await docker.run("inspect", "--format", "{{.Id}}", reference)).toContain(id);
  await docker.run("rmi", reference);
}, 60_000);

test("a base that is named by its digest", async () => {
  const reference = `hub.invalid/acme/base@${baseDigest}`;
  const job = await makeJob([`FROM ${reference}`, "LABEL a=b"], { bases: bases(reference) });
  expect(await configOf(await build(job))).toMatchObject({ Labels: { a: "b" } });
}, 60_000);

test("mounts of a cache, a file and a secret, which is in no layer", async () => {
  const secret = join(home, "secret");
  await writeFile(secret, "only while it builds");
  const lines = [
    "# syntax=frontend.invalid/not/asked:1",
    "FROM scratch",
    "COPY busybox /bin/busybox",
    "RUN --mount=type=cache,target=/cache --mount=type=bind,target=/src --mount=type=secret,id=key \\",
    `  ${sh("cat /run/secrets/key > /dev/stderr; ls /src > /seen; test -d /cache").replaceAll("cat ", `${BUSYBOX} cat `).replaceAll("; ls", `; ${BUSYBOX} ls`)}`,
  ];
  const job = await makeJob(lines, { secrets: [{ id: "key", file: secret }] });
  await configOf(await build(job));
  expect(printed).toContain("only while it builds");
}, 60_000);

test("a BuildKit that pulls by itself is given a token for the images it builds on, and for nothing else", async () => {
  await using hub = await HubProcess.start({
    env: { BERTH_ACCESS_MODE: "accounts", BERTH_ADMIN_PASSWORD: ROOT.password },
  });
  const root = callerOf(hub.url, ROOT);
  await done(root("POST /api/v1/organizations", { name: "acme" }));
  await using registry = new RegistryClient(hub.url, { user: ROOT });
  const layer = writeTar([{ name: "bin/busybox", content: await readFile(BUSYBOX) }]);
  const labels = { of: randomBytes(4).toString("hex") };
  const image = buildImage({ layers: [layer], labels });
  for (const name of ["acme/base", "acme/secret"]) {
    await done(root("POST /api/v1/repositories", { name }));
    await registry.push(name, "1", image);
  }
  const asked: string[] = [];
  const tokens: string[] = [];
  const findToken = async (host: string, repository: string) => {
    asked.push(`${host}/${repository}`);
    if (repository !== "acme/base") return undefined;
    const scope = `repository:${repository}:pull`;
    const { body } = await done(root(`GET /v2/token?service=berth&scope=${scope}`));
    tokens.push(body.token);
    return { text: body.token, lifetimeSeconds: 1800 };
  };
  const { digest } = image.manifest;
  const pinned = {
    findToken,
    bases: [{ reference: `${hub.host}/acme/base:1`, platform: "linux/amd64", digest }],
  };
  const look = `RUN ${sh(`echo ${digest}; ${BUSYBOX} env; ${BUSYBOX} grep -rs eyJ /run /etc /tmp; true`)}`;
  const made = await build(
    await makeJob([`FROM ${hub.host}/acme/base@${digest}`, look], { pinned }),
  );
  expect(await configOf(made)).toMatchObject({ Labels: labels });
  expect(made.basesUsed).toEqual(pinned.bases);
  expect(new Set(asked)).toEqual(new Set([`${hub.host}/acme/base`]));
  expect(tokens).not.toEqual([]);
  expect(printed).toContain(`${digest}`);
  for (const token of tokens) expect(printed).not.toContain(token.slice(0, 20));
  const other = await makeJob([`FROM ${hub.host}/acme/secret@${digest}`], { pinned });
  await expect(build(other)).rejects.toMatchObject({ name: "BuildFailed" });
  expect(asked).toContain(`${hub.host}/acme/secret`);
}, 60_000);

test("what .dockerignore leaves out is never sent, and a link leads nowhere", async () => {
  const lines = ["FROM scratch", "COPY . /", `RUN ["/busybox", "sh", "-c", "/busybox ls -R /"]`];
  const job = await makeJob(lines);
  await writeFile(join(job.source, ".dockerignore"), "secrets\n*.md\n!keep.md\n");
  await mkdir(join(job.source, "secrets"));
  await writeFile(join(job.source, "secrets", "left-out"), "");
  await writeFile(join(job.source, "dropped.md"), "");
  await writeFile(join(job.source, "keep.md"), "");
  await run("ln", ["-s", "/etc/passwd", join(job.source, "link")]);
  await build(job);
  expect(printed).toContain("keep.md");
  expect(printed).not.toContain("dropped.md");
  expect(printed).not.toContain("left-out");
}, 60_000);

test("a command that fails ends the build with its exit code", async () => {
  const job = await makeJob([
    "FROM scratch",
    "COPY busybox /bin/busybox",
    `RUN ${sh("echo before; exit 42")}`,
  ]);
  await expect(build(job)).rejects.toMatchObject({ name: "BuildFailed", exitCode: 42 });
  expect(printed).toContain("before");
}, 60_000);

test("nothing is left running of a build that is cancelled", async () => {
  const lines = [
    "FROM scratch",
    "COPY busybox /bin/busybox",
    `RUN ["${BUSYBOX}", "sleep", "${MARKER}"]`,
  ];
  const stop = new AbortController();
  const building = build(await makeJob(lines), stop.signal);
  const ended = expect(building).rejects.toThrow("cancelled");
  await expect.poll(isRunning, { timeout: 30_000 }).toBe(true);
  stop.abort(new Error("cancelled"));
  await ended;
  await expect.poll(isRunning, { timeout: 5000 }).toBe(false);
}, 60_000);

test("doctor says what an engine is, or that there is none", async () => {
  const { isFine, level, checks } = await engine.probe();
  expect({ isFine, level }).toEqual({ isFine: true, level: "trusted" });
  expect(checks.map(({ detail }) => detail).join("\n")).toContain("with BuildKit for linux/");
  const nobody = { url: new URL(`unix://${home}/none.sock`), tls: undefined };
  expect((await createDockerEngine(nobody).probe()).isFine).toBe(false);
  expect((await createBuildkit(nobody).probe()).isFine).toBe(false);
}, 60_000);

test("an engine that goes away ends the build, and nothing else", async () => {
  const path = join(home, "going.sock");
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const behind = connect(inject("dockerSocket"));
    socket.pipe(behind).pipe(socket);
    socket.on("error", () => behind.destroy()).on("close", () => behind.destroy());
    behind.on("error", () => socket.destroy());
    open.add(socket);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(path, resolve);
  await promise;
  const going = createDockerEngine({ url: new URL(`unix://${path}`), tls: undefined });
  const lines = [
    "FROM scratch",
    "COPY busybox /bin/busybox",
    `RUN ["${BUSYBOX}", "sleep", "${MARKER}"]`,
  ];
  const signal = AbortSignal.timeout(60_000);
  const building = going.build(await makeJob(lines), () => undefined, signal);
  const ended = expect(building).rejects.toThrow();
  await expect.poll(isRunning, { timeout: 30_000 }).toBe(true);
  server.close();
  for (const socket of open) socket.destroy();
  await ended;
  await expect.poll(isRunning, { timeout: 5000 }).toBe(false);
}, 60_000);

/** A builder that shows a certificate and asks for one, as `dockerd --tlsverify` and buildkitd do. */
async function openTlsFront(open: () => Promise<Duplex>) {
  const { path } = stack.use(await makeTempDirectory("builder-tls"));
  await makeCertificate(path);
  const tls = { ca: join(path, "ca.crt"), cert: join(path, "ca.crt"), key: join(path, "key.pem") };
  const [cert, key] = [await readFile(tls.cert), await readFile(tls.key)];
  const spoken: (string | false | null)[] = [];
  const options = { ca: cert, cert, key, requestCert: true, ALPNProtocols: ["h2", "http/1.1"] };
  const server = createTlsServer(options, async (socket) => {
    spoken.push(socket.alpnProtocol);
    const behind = await open();
    socket.pipe(behind).pipe(socket);
    socket.on("error", () => behind.destroy()).on("close", () => behind.destroy());
    behind.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.defer(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { place: { url: new URL(`tcp://127.0.0.1:${port}`), tls }, spoken };
}

/** As `place`, with the certificate of somebody whom the builder has never seen. */
async function asStranger(place: BuilderAddress): Promise<BuilderAddress> {
  const { path } = stack.use(await makeTempDirectory("stranger-tls"));
  await makeCertificate(path);
  const ca = place.tls?.ca ?? "";
  return { ...place, tls: { ca, cert: join(path, "ca.crt"), key: join(path, "key.pem") } };
}

test("an engine that asks for certificates builds for who shows the right one, and for nobody else", async () => {
  const { place } = await openTlsFront(async () => connect(inject("dockerSocket")));
  const secure = createDockerEngine(place);
  const job = await makeJob(["FROM scratch", "COPY busybox /bin/busybox", "LABEL by=tls"]);
  const made = await secure.build(job, () => undefined, AbortSignal.timeout(60_000));
  expect(await configOf(made)).toMatchObject({ Labels: { by: "tls" } });
  expect((await createDockerEngine(await asStranger(place)).probe()).isFine).toBe(false);
  const unencrypted = { ...place, tls: undefined };
  expect((await createDockerEngine(unencrypted).probe()).isFine).toBe(false);
}, 60_000);

test("a BuildKit elsewhere sends what it has built over the session, which is encrypted", async () => {
  const { place, spoken } = await openTlsFront(() => connectToEngine(address()));
  expect((await createBuildkit(await asStranger(place)).probe()).isFine).toBe(false);
  expect(spoken).toEqual([]);
  using client = new GrpcClient(await connectToBuildkitd(place));
  const job = await makeJob(["FROM scratch", "COPY busybox /bin/busybox"]);
  const signal = AbortSignal.timeout(30_000);
  // The BuildKit of Docker 20.10 sends archives of files, but none of images.
  const result = await buildJob(
    client,
    { job, tell: () => undefined, signal },
    {
      dockerfile: join(job.source, "Dockerfile"),
      exportTo: (work) => ({
        ...{ exporter: "tar", exporterAttributes: {} },
        services: { "/moby.filesync.v1.FileSend/DiffCopy": receiveArchive(`${work}.tar`) },
        collect: async () => `${work}.tar`,
      }),
    },
  );
  const archive = result.images[0]?.digest ?? "";
  expect((await run("tar", ["-t", "-f", archive])).stdout).toContain("bin/busybox");
  // What gRPC's own servers insist on.
  expect(new Set(spoken)).toEqual(new Set(["h2"]));
}, 60_000);
