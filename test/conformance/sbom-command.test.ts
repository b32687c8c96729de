import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { COMMAND_GROUPS, COMMANDS } from "../../src/app/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import {
  AMD64,
  ARM64,
  buildImage,
  buildIndex,
  digestOf,
  ociLayout,
  writeOciLayout,
} from "../harness/images.ts";
import { type TarEntry, writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

async function type(...words: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const terminal = createTerminal({
    stdin: Readable.from([]),
    stdout,
    stderr,
    environment: {},
    signal: new AbortController().signal,
  });
  const program = { commands: COMMANDS, groups: COMMAND_GROUPS, terminal };
  const exitCode = await runProgram(program, ["sbom", ...words]);
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

function status(...names: readonly string[]): TarEntry {
  const paragraphs = names.map(
    (name) => `Package: ${name}\nStatus: install ok installed\nVersion: 1.0-1\n`,
  );
  return { name: "var/lib/dpkg/status", content: Buffer.from(paragraphs.join("\n")) };
}

const RELEASE: TarEntry = {
  name: "etc/os-release",
  content: Buffer.from('ID=debian\nVERSION_ID="12"\n'),
};
const LAYERS = [writeTar([RELEASE, status("bash")]), writeTar([status("bash", "curl")])];

function config(layers: readonly Buffer[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      ...AMD64,
      rootfs: { type: "layers", diff_ids: layers.map((one) => digestOf(one)) },
    }),
  );
}

function manifest(value: unknown): TarEntry {
  return { name: "manifest.json", content: Buffer.from(JSON.stringify(value)) };
}

/** As `docker save` wrote it until 24, and as it has since. */
const OLD_ARCHIVE = writeTar([
  ...LAYERS.map((content, index) => ({ name: `${index}/layer.tar`, content })),
  { name: "c.json", content: config(LAYERS) },
  manifest([
    {
      Config: "c.json",
      RepoTags: ["app:1"],
      Layers: LAYERS.map((_, index) => `${index}/layer.tar`),
    },
  ]),
]);
const IMAGE = buildImage({ layers: LAYERS });
const NEW_ARCHIVE = writeTar([
  ...ociLayout("1", IMAGE),
  manifest([
    {
      Config: `blobs/${IMAGE.config.digest.replace(":", "/")}`,
      RepoTags: null,
      Layers: IMAGE.layers.map(({ digest }) => `blobs/${digest.replace(":", "/")}`),
    },
  ]),
]);

const EXPECTED = {
  distribution: { id: "debian", version: "12", like: [], prettyName: "debian" },
  packages: [
    { type: "deb", name: "bash", version: "1.0-1", layer: 0, path: "var/lib/dpkg/status" },
    { type: "deb", name: "curl", version: "1.0-1", layer: 1, path: "var/lib/dpkg/status" },
  ],
  problems: [],
};

describe("what is in an image is listed without a hub", () => {
  test.each([
    ["an old archive of docker save", OLD_ARCHIVE],
    ["a new archive of docker save", NEW_ARCHIVE],
    ["an archive of an OCI layout", writeTar(ociLayout("1", IMAGE))],
  ])("of %s", async (_name, archive) => {
    await using directory = await makeTempDirectory("sbom");
    const file = join(directory.path, "image.tar");
    await writeFile(file, archive);
    const { stdout, exitCode } = await type(file, "--format", "json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject(EXPECTED);
  });

  test("of an OCI layout in a directory, as a table", async () => {
    await using directory = await makeTempDirectory("sbom");
    await writeOciLayout(directory.path, "1", IMAGE);
    const { stdout } = await type(directory.path);
    expect(stdout.split("\n")).toEqual([
      "TYPE  NAME  VERSION  FOUND IN",
      "deb   bash  1.0-1    var/lib/dpkg/status",
      "deb   curl  1.0-1    var/lib/dpkg/status",
      "",
    ]);
  });

  test.each([
    ["cyclonedx", "components"],
    ["spdx", "packages"],
    ["spdx3", "@graph"],
  ])("as a bill of materials in the format %s", async (format, list) => {
    await using directory = await makeTempDirectory("sbom");
    await writeOciLayout(directory.path, "1", IMAGE);
    const { stdout } = await type(directory.path, "--format", format);
    const names = JSON.parse(stdout)[list].map(({ name }: { name?: string }) => name);
    expect(names).toEqual(expect.arrayContaining(["bash", "curl", "debian"]));
    const unknown = await type(directory.path, "--format", "cobol");
    expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
    expect(unknown.stderr).toContain("table, json, cyclonedx, spdx, spdx3");
  });

  test("of one platform of several", async () => {
    await using directory = await makeTempDirectory("sbom");
    const arm = buildImage({ platform: ARM64, layers: [writeTar([status("only-arm")])] });
    await writeOciLayout(directory.path, "1", buildIndex([IMAGE, arm]));
    const forArm = await type(directory.path, "--platform", "linux/arm64");
    expect(forArm.stdout).toContain("only-arm");
    const forNobody = await type(directory.path, "--platform", "plan9/mips");
    expect(forNobody).toMatchObject({ exitCode: 1, stdout: "" });
    expect(forNobody.stderr).toContain("not for plan9/mips, but for linux/amd64, linux/arm64");
  });
});

const BAD_CONFIG = { Config: "../../etc/passwd", RepoTags: [], Layers: [] };

test.each([
  ["several images and no name", writeTar([manifest([BAD_CONFIG, BAD_CONFIG])]), "name one of"],
  ["a configuration outside of it", writeTar([manifest([BAD_CONFIG])]), "passwd is missing"],
  ["no image", writeTar([RELEASE]), "neither a docker-save archive nor an OCI image layout"],
  ["no archive at all", Buffer.alloc(3000, 65), "is not a whole tar archive"],
  ["an archive that is compressed as a whole", gzipSync(OLD_ARCHIVE), "decompress it first"],
])("a file with %s is refused with a sentence", async (_name, archive, sentence) => {
  await using directory = await makeTempDirectory("sbom");
  const file = join(directory.path, "image.tar");
  await writeFile(file, archive);
  const { exitCode, stdout, stderr } = await type(file);
  expect(stderr).toContain(sentence);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
});

function swapLayers(): Buffer {
  const layers = LAYERS.map((_, index) => `${1 - index}/layer.tar`);
  return writeTar([
    ...LAYERS.map((content, index) => ({ name: `${index}/layer.tar`, content })),
    { name: "c.json", content: config(LAYERS) },
    manifest([{ Config: "c.json", RepoTags: [], Layers: layers }]),
  ]);
}

test("a layer that is another one is listed as it is, and refused by those who ask whether it is", async () => {
  await using directory = await makeTempDirectory("sbom");
  const file = join(directory.path, "image.tar");
  await writeFile(file, swapLayers());
  const listed = JSON.parse((await type(file, "--format", "json")).stdout);
  // The upper layer is what stands there, with one package.
  expect(listed.packages.map(({ name }: { name: string }) => name)).toEqual(["bash"]);
  const { exitCode, stdout, stderr } = await type(file, "--verify");
  expect(stderr).toContain("not the one that the image's configuration names");
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  await writeFile(file, OLD_ARCHIVE);
  expect((await type(file, "--verify")).exitCode).toBe(0);
});

test("a layout whose blob is not what its name says is refused", async () => {
  await using directory = await makeTempDirectory("sbom");
  await writeOciLayout(directory.path, "1", IMAGE);
  const blob = join(directory.path, "blobs", IMAGE.config.digest.replace(":", "/"));
  await writeFile(blob, config([...LAYERS].reverse()));
  expect((await type(directory.path)).stderr).toContain("is not what its digest says");
});

test("a package cannot write to the terminal by its name", async () => {
  await using directory = await makeTempDirectory("sbom");
  const hostile = buildImage({ layers: [writeTar([status("a\u001b]0;owned\u0007b")])] });
  await writeOciLayout(directory.path, "1", hostile);
  expect((await type(directory.path)).stdout).not.toContain("\u001b");
});
