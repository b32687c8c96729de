import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BuildBase, BuildResult } from "../../src/builds/builder/builder.ts";
import { openBuilder } from "../../src/builds/builder/open-builder.ts";
import type { Build } from "../../src/builds/builds-store.ts";
import { BroughtStages, type SideJob } from "../../src/builds/hooks/brought-stages.ts";
import { ensureBuildUser } from "../harness/build-user.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const MIB = 1024 * 1024;
const LIMITS = {
  ...{ memoryBytes: 256 * MIB, cpus: 2, processes: 300, diskBytes: 200 * MIB },
  ...{ wallMs: 90_000, idleMs: 90_000, logBytes: MIB },
};
const TOOLS = "hub.example/acme/tools:1";
const BUILD = {
  ...{ id: 7, ref: "refs/heads/main", commit: "1".repeat(40), context: "app", tags: ["v1"] },
  dockerfile: "app/Dockerfile",
  options: { args: { VERSION: "9" }, secrets: [], platforms: [], target: undefined, hooks: true },
} as unknown as Build;

const stack = new AsyncDisposableStack();
let home: string;
let builder: ReturnType<typeof openBuilder>;
let tools: BuildBase;
let log = "";
let runs = 0;

async function run({ withSecrets: _, ...job }: SideJob): Promise<BuildResult> {
  const whole = { ...job, context: ".", target: undefined, secrets: [], limits: LIMITS };
  return await builder.build(
    { ...whole, cache: undefined },
    (event) => {
      if (event.kind === "output") log += event.bytes.toString();
    },
    AbortSignal.timeout(90_000),
  );
}

async function write(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await copyFile("/bin/busybox", join(root, "busybox"));
}

/** A build as the hub does it, with a source of these files. */
async function open(files: Readonly<Record<string, string>>) {
  runs += 1;
  const work = join(home, String(runs));
  const source = join(work, "source");
  await write(source, files);
  log = "";
  const onTesting = async () => undefined;
  const stages = await BroughtStages.open(
    {
      ...{ hookImage: TOOLS, host: "hub.example", repository: "acme/api", message: "one\\ntwo $3" },
      ...{ run, onTesting, signal: AbortSignal.timeout(90_000) },
      print: () => undefined,
      prepareBases: async () => ({ bases: [tools], dockerfileText: undefined }),
    },
    BUILD,
    { work, source },
  );
  return { stages, work };
}

beforeAll(async () => {
  await ensureBuildUser();
  home = stack.use(await makeTempDirectory("hooks")).path;
  builder = openBuilder("buildah", {
    ...{ data: join(home, "data"), address: undefined, tls: undefined },
  });
  const source = join(home, "tools");
  const work = join(home, "tools-work");
  await mkdir(work);
  const lines = ["FROM scratch", "COPY busybox /bin/busybox", "COPY busybox /bin/sh"];
  await write(source, {
    Dockerfile: [...lines, 'CMD ["/bin/busybox", "cat", "/made"]'].join("\n"),
  });
  const common = { source, work, dockerfile: "Dockerfile", dockerfileText: undefined, args: {} };
  const { images } = await run({
    ...{ ...common, bases: [], platforms: [], network: "none", withSecrets: false },
  });
  const { digest = "", folder = "" } = images[0] ?? {};
  tools = { reference: TOOLS, platform: "", digest, folder };
}, 60_000);
afterAll(() => stack.disposeAsync());

test("hooks run in the sandbox, and the build sees what they made", async () => {
  const { stages } = await open({
    "app/Dockerfile": "FROM scratch",
    "app/hooks/pre_build": [
      "#!/bin/sh",
      'echo "$SOURCE_BRANCH $DOCKER_REPO $IMAGE_NAME $DOCKERFILE_PATH $VERSION $COMMIT_MSG" > made',
      "busybox id -u; busybox ps | busybox wc -l; busybox ls /berth/source",
      `test ! -e ${process.cwd()} && echo alone`,
    ].join("\n"),
  });
  const source = await stages.beforeBuild();
  const made = await readFile(join(source, "app/made"), "utf8");
  expect(made).toBe(
    "main hub.example/acme/api hub.example/acme/api:v1 Dockerfile 9 one\\ntwo $3\n",
  );
  expect(log).toContain("alone");
}, 60_000);

test("a hook that fails fails the build with its code", async () => {
  const { stages } = await open({
    "app/Dockerfile": "FROM scratch",
    "app/hooks/pre_push": "#!/bin/sh\nexit 5\n",
  });
  await stages.beforeBuild();
  await stages.afterBuild(undefined);
  await expect(stages.beforePush()).rejects.toMatchObject({ exitCode: 5 });
}, 60_000);

test("what was built is tested in the sandbox, without a network", async () => {
  const sut = (script: string) =>
    `sut:\n  build: .\n  entrypoint: [/bin/busybox, sh, -c]\n  command: [${JSON.stringify(script)}]\n`;
  const image = { platform: undefined, digest: tools.digest, folder: tools.folder };
  const script = "busybox cat /proc/net/dev; echo tag $$DOCKER_TAG; exit 4";
  const { stages } = await open({
    "app/Dockerfile": "FROM scratch",
    "app/docker-compose.test.yml": sut(script),
  });
  await expect(stages.afterBuild(image)).rejects.toMatchObject({ exitCode: 4 });
  expect(log).toContain("tag v1");
  expect(log.match(/^ +\w+:/gm)).toEqual(["    lo:"]);
  const passing = await open({
    "app/Dockerfile": "FROM scratch",
    "app/a.test.yml": sut("echo passes"),
  });
  await passing.stages.afterBuild(image);
  expect(log).toContain("passes");
}, 60_000);
