import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, test } from "vitest";
import { openImage, scanInventory, writeBill } from "../../src/scanning/index.ts";
import type { ImageInventory } from "../../src/scanning/inventory/model.ts";
import { IS_SOAK } from "../faults/scale.ts";
import { run } from "../harness/command.ts";
import { debianRoot } from "../harness/debian-root.ts";
import { buildImage, digestOf, writeOciLayout } from "../harness/images.ts";
import { languageLayer } from "../harness/language-layer.ts";
import { openOracles } from "../harness/scan-oracles.ts";
import { sharedData } from "../harness/shared-data.ts";
import { type TarEntry, writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

type Differences = Readonly<Record<string, string>>;

/**
 * Where another scanner sees something else in one of the images, and why that is right. `+` is what it has and we do not; a
 * line may end in `*`. A line that no longer differs has to go.
 */
const DIFFERENCES: Readonly<Record<string, Readonly<Record<"trivy" | "snyk", Differences>>>> = {
  bookworm: {
    trivy: {
      "+ npm berth *":
        "it says of itself that it is private: the application, which nobody can depend on",
      "- golang github.com/evanw/esbuild (devel)":
        "Trivy leaves out the module that a program was built from",
      "- golang stdlib *": "Trivy of this age leaves out Go's own library",
    },
    snyk: {
      "+ golang golang.org/x/sys/unix v0.0.0-20220715151400-c0bba94af5f8":
        "Snyk names packages, we their module",
      "- golang golang.org/x/sys v0.0.0-20220715151400-c0bba94af5f8":
        "Snyk names packages, we their module",
      "- golang github.com/evanw/esbuild (devel)":
        "Snyk leaves out the module that a program was built from",
      "- pypi idna *": "Snyk reads no eggs, which Debian installs",
      "- pypi requests *": "Snyk reads no eggs, which Debian installs",
      "- pypi urllib3 *": "Snyk reads no eggs, which Debian installs",
      "- gem *": "Snyk reads no gems in images",
      "- maven *": "Snyk tells jars by digests alone, which it asks its service about",
    },
  },
  rpm: {
    trivy: {},
    snyk: {
      "- rpm openssl-libs 1:1.1.1k-6.el8_5": "Snyk reads one database of an image and no second",
    },
  },
};

let oracles: Awaited<ReturnType<typeof openOracles>>;

beforeAll(async () => {
  oracles = await openOracles();
}, 10 * 60_000);

test("in a root of bookworm with npm, PyPI, gems, jars and Go is found what Trivy and Snyk find", async () => {
  const layers = [await frozenRoot(), await languageLayer(oracles.goProgram)];
  const inventory = await compare("bookworm", layers);
  const diffIds = layers.map((layer) => digestOf(layer));
  const subject = { name: "root:1", diffIds, id: randomUUID(), created: new Date(), version: "1" };
  const validate = new Ajv2020({ strict: false }).compile(oracles.spdx3Schema);
  const isValid = validate(JSON.parse(writeBill("spdx3", { inventory, subject })));
  expect({ isValid, errors: validate.errors }).toEqual({ isValid: true, errors: null });
});

test("in databases of rpm is found what Trivy and Snyk find", async () => {
  const release = 'ID="almalinux"\nVERSION_ID="8.9"\nPRETTY_NAME="AlmaLinux 8.9"\n';
  const [sqlite, berkeley] = await Promise.all(
    ["rpmdb-openssl-libs-1.1.1k-6.el8_5.sqlite", "rpm-Packages_epoch"].map((name) =>
      readFile(sharedData("fixtures", name)),
    ),
  );
  if (sqlite === undefined || berkeley === undefined) throw new Error("the fixtures are gone");
  await compare("rpm", [
    writeTar([
      file("etc/os-release", Buffer.from(release)),
      // Trivy goes by this one.
      file("etc/almalinux-release", Buffer.from("AlmaLinux release 8.9 (Midnight Oncilla)\n")),
      file("var/lib/rpm/Packages", berkeley),
    ]),
    writeTar([file("usr/lib/sysimage/rpm/rpmdb.sqlite", sqlite)]),
  ]);
});

/** One takes a minute to make, which is kept in `.cache/`. */
const WHOLE_ROOTS = IS_SOAK
  ? (["bookworm", "bullseye", "trixie"] as const)
  : (["bookworm"] as const);

test.each(WHOLE_ROOTS)(
  "in a whole new root of %s is found what Trivy and Snyk find",
  async (suite) => {
    await compare(`whole ${suite}`, [await readFile(await debianRoot(suite))]);
  },
  25 * 60_000,
);

/** What debootstrap left on the day that its data was frozen: the packages stay the same while Debian's move on. */
async function frozenRoot(): Promise<Buffer> {
  const [release, status] = await Promise.all(
    ["os-release-bookworm", "dpkg-status-bookworm-12.15-minbase-2026-11-23"].map((name) =>
      readFile(sharedData("fixtures", name)),
    ),
  );
  if (release === undefined || status === undefined) throw new Error("the fixtures are gone");
  return writeTar([
    file("etc/os-release", release),
    file("etc/debian_version", Buffer.from("12.15\n")),
    file("var/lib/dpkg/status", status),
  ]);
}

function file(name: string, content: Buffer): TarEntry {
  return { name, content, mode: 0o644 };
}

async function compare(title: string, layers: readonly Buffer[]): Promise<ImageInventory> {
  await using directory = await makeTempDirectory("oracles");
  const layout = join(directory.path, "layout");
  await writeOciLayout(layout, "1", buildImage({ layers }));
  const archive = join(directory.path, "image.tar");
  // Snyk reads archives as docker and skopeo write them, and no others.
  await run("skopeo", ["copy", "-q", `oci:${layout}:1`, `docker-archive:${archive}:root:1`]);
  await using image = await openImage(archive, { platform: "linux/amd64" });
  const inventory = await scanInventory(image, {});
  expect(inventory.problems).toEqual([]);
  const ours = inventory.packages.map(({ type, name, version }) => `${type} ${name} ${version}`);
  for (const name of ["trivy", "snyk"] as const) {
    const found = differencesOf(ours, await oracles[name](archive));
    const explained = Object.keys(DIFFERENCES[title]?.[name] ?? {});
    expect({ name, ...judge(found, explained) }).toEqual({ name, unexplained: [], vanished: [] });
  }
  return inventory;
}

/** `+ deb x 1` is what they have and we do not. */
function differencesOf(ours: readonly string[], theirs: readonly string[]): string[] {
  const [own, others] = [new Set(ours), new Set(theirs)];
  return [
    ...theirs.filter((line) => !own.has(line)).map((line) => `+ ${line}`),
    ...ours.filter((line) => !others.has(line)).map((line) => `- ${line}`),
  ].toSorted();
}

function judge(found: readonly string[], explained: readonly string[]) {
  const fits = (line: string, pattern: string) =>
    pattern.endsWith("*") ? line.startsWith(pattern.slice(0, -1)) : line === pattern;
  return {
    unexplained: found.filter((line) => !explained.some((pattern) => fits(line, pattern))),
    vanished: explained.filter((pattern) => !found.some((line) => fits(line, pattern))),
  };
}
