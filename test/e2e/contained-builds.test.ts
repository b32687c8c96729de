import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RepositoryId } from "../../src/repositories/index.ts";
import {
  BASE,
  BUSY,
  type ContainedBuilds,
  type Ended,
  openContainedBuilds,
  sh,
} from "../harness/contained-builds.ts";

let builds: ContainedBuilds;
let home: string;
let build: ContainedBuilds["build"];

beforeAll(async () => {
  builds = await openContainedBuilds();
  ({ home, build } = builds);
});

afterAll(() => builds[Symbol.asyncDispose]());

test("stages, arguments, mounts, secrets, health checks and users are built as written, and cached", async () => {
  const secret = join(home, "secret");
  await writeFile(secret, "opensesame");
  const lines = [
    "ARG BASE=scratch",
    "FROM $BASE AS tools",
    "COPY busybox /bin/busybox",
    sh("echo int main > /main.c && cp /main.c /main 2>/dev/null || /bin/busybox cp /main.c /main"),
    "FROM scratch",
    "ARG VERSION=none",
    "COPY busybox /bin/busybox",
    "COPY --from=tools --chown=7:8 /main /main",
    sh(
      "/bin/busybox test $(/bin/busybox cat /t/main) = int || /bin/busybox cat /t/main",
      "--mount=type=bind,from=tools,target=/t ",
    ),
    sh("/bin/busybox touch /c/x", "--mount=type=cache,id=one,target=/c "),
    sh("/bin/busybox wc -c < /run/secrets/key > /length", "--mount=type=secret,id=key "),
    sh("echo $VERSION > /version"),
    `HEALTHCHECK CMD [${BUSY}, "true"]`,
    "USER 7",
    `CMD [${BUSY}, "cat", "/main"]`,
  ];
  const wish = { args: { VERSION: "1.2'3" }, secrets: [{ id: "key", file: secret }] };
  const { result, log, error } = await build(lines, wish);
  expect(error, log).toBeUndefined();
  expect(log).not.toContain("opensesame");
  const [image] = result?.images ?? [];
  const folder = image?.folder ?? "";
  const manifest = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
  const blob = (digest: string) => readFile(join(folder, digest.replace("sha256:", "")));
  const { config } = JSON.parse((await blob(manifest.config.digest)).toString());
  expect(config).toMatchObject({
    User: "7",
    Healthcheck: { Test: ["CMD", "/bin/busybox", "true"] },
  });
  const layers = await Promise.all(
    manifest.layers.map(async (layer: { digest: string }) =>
      gunzipSync(await blob(layer.digest)).toString("latin1"),
    ),
  );
  expect(layers.some((layer) => layer.includes("1.2'3"))).toBe(true);
  expect(result?.steps.at(0)?.text).toBe("FROM scratch AS tools");
  const again = await build(lines, wish);
  expect(again.error, again.log).toBeUndefined();
  expect(again.result?.images[0]?.digest).toBe(image?.digest);
  expect(again.result?.cachedSteps).toBeGreaterThanOrEqual(8);
}, 120_000);

test("what the hub pulled is built on, and its layers stay as they were pulled", async () => {
  const made = await build([...BASE, sh("echo base > /base")]);
  const [image] = made.result?.images ?? [];
  const [folder, digest] = [image?.folder ?? "", image?.digest ?? ""];
  const localName = `hub.example.com/acme/base:${digest.replace(":", "-")}`;
  const base = { reference: "hub.example.com/acme/base:1", localName, digest, folder };
  const { error, log, result } = await build(["FROM hub.example.com/acme/base:1"], {
    dockerfileText: `FROM ${localName}\n${sh("/bin/busybox cat /base > /copy")}\n`,
    bases: [{ ...base, platform: "linux/amd64" }],
    cache: { repository: 9 as RepositoryId, isTrusted: true },
  });
  expect(error, log).toBeUndefined();
  const layersOf = async (of: string) =>
    JSON.parse(await readFile(join(of, "manifest.json"), "utf8")).layers;
  const layers = await layersOf(result?.images[0]?.folder ?? "");
  expect(layers.slice(0, -1)).toEqual(await layersOf(folder));
  expect(result?.basesUsed).toMatchObject([{ reference: base.reference, digest }]);
}, 120_000);

test("a command that fails ends the build with its exit code", async () => {
  const { error } = await build([...BASE, sh("exit 42")]);
  expect(error).toMatchObject({ name: "BuildFailed", exitCode: 42 });
}, 60_000);

/** The architecture that each image says it is for. */
async function architecturesOf({ result }: Ended): Promise<unknown[]> {
  const found = [];
  for (const { folder } of result?.images ?? []) {
    const { config } = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
    const bytes = await readFile(join(folder, config.digest.slice(7)), "utf8");
    found.push(JSON.parse(bytes).architecture);
  }
  return found;
}

test("an image for each platform, made by the programs of this machine", async () => {
  const lines = [
    "FROM --platform=$BUILDPLATFORM scratch AS make",
    "COPY busybox /bin/busybox",
    "ARG TARGETARCH",
    'RUN ["/bin/busybox", "sh", "-c", "echo made for $TARGETARCH > /made"]',
    "FROM scratch",
    "COPY --from=make /made /made",
  ];
  const platforms = ["linux/amd64", "linux/arm64"];
  for (const _turn of [1, 2])
    expect(await architecturesOf(await build(lines, { platforms }))).toEqual(["amd64", "arm64"]);
}, 90_000);

test("programs of another machine are not run, and what runs them is named", async () => {
  const strange = Buffer.from(await readFile("/bin/busybox"));
  // S390.
  strange.writeUInt16LE(22, 18);
  const at = join(home, "strange");
  await mkdir(at, { recursive: true });
  await writeFile(join(at, "program"), strange, { mode: 0o755 });
  await writeFile(
    join(at, "Dockerfile"),
    'FROM scratch\nCOPY program /program\nRUN ["/program"]\n',
  );
  const { error } = await build([], { source: at, platforms: ["linux/s390x"] });
  expect(error?.message).toContain("apt-get install binfmt-support qemu-user-static");
}, 60_000);
