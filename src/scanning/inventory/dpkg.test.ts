import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sharedData } from "../../../test/harness/shared-data.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { dpkgAnalyser } from "./dpkg.ts";
import { dpkgCopyrightAnalyser } from "./dpkg-copyright.ts";
import { createDpkgOwnershipAnalyser } from "./dpkg-ownership.ts";
import type { FoundPackage } from "./model.ts";
import { osReleaseAnalyser } from "./os-release.ts";

function read(path: string, content: string): readonly FoundPackage[] {
  const file = { path, size: content.length, mode: 0o644 };
  return dpkgAnalyser.analyse(file, Buffer.from(content)).packages ?? [];
}

const FORMAT = [
  ["Package", "Version", "Architecture"],
  ["source:Package", "source:Version"],
]
  .flat()
  .map((field) => `\${${field}}`)
  .join("\t");

test.each(["dpkg-status-bookworm-12.15-minbase-2026-11-23", "dpkg-status-valid"])(
  "of %s is read what dpkg-query itself reads",
  async (name) => {
    await using directory = await makeTempDirectory("dpkg");
    mkdirSync(join(directory.path, "info"));
    copyFileSync(sharedData("fixtures", name), join(directory.path, "status"));
    const words = ["--admindir", directory.path, "-W", "-f", `${FORMAT}\n`];
    const expected = execFileSync("dpkg-query", words, { encoding: "utf8", stdio: "pipe" });
    const content = readFileSync(sharedData("fixtures", name), "utf8");
    const lines = read("var/lib/dpkg/status", content).map((found) =>
      [
        ...[found.name, found.version, found.architecture],
        ...[found.source?.name ?? found.name, found.source?.version ?? found.version],
      ].join("\t"),
    );
    expect(lines.toSorted()).toEqual(expected.trim().split("\n").toSorted());
    expect(lines.length).toBeGreaterThan(6);
  },
);

test("names and versions beyond any real one are none", () => {
  const paragraph = (name: string, version: string) =>
    `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n\n`;
  const status =
    paragraph("a".repeat(600), "1") + paragraph("b", "1".repeat(300)) + paragraph("c", "1");
  expect(read("var/lib/dpkg/status", status).map(({ name }) => name)).toEqual(["c"]);
  const source = `${paragraph("d", "1").trimEnd()}\nSource: ${"s".repeat(600)}\n`;
  expect(read("var/lib/dpkg/status", source)[0]).not.toHaveProperty("source");
});

test("what was removed is not installed; what was unpacked and not configured is, as Trivy counts it", () => {
  const paragraph = (name: string, status: string) =>
    `Package: ${name}\nStatus: ${status}\nVersion: 1\n`;
  const content = [
    paragraph("kept", "install ok installed"),
    paragraph("held", "hold ok installed"),
    paragraph("removed", "deinstall ok config-files"),
    paragraph("broken", "install reinstreq half-installed"),
    paragraph("unpacked", "install ok unpacked"),
    paragraph("configured", "install ok half-configured"),
    paragraph("awaited", "install ok triggers-awaited"),
    paragraph("pending", "install ok triggers-pending"),
    paragraph("leaving", "deinstall ok installed"),
    paragraph("never", "unknown ok not-installed"),
    paragraph("damaged", "install ok"),
    "Package: nothing\nVersion: 1\n",
  ].join("\n");
  expect(read("var/lib/dpkg/status", content).map(({ name }) => name)).toEqual([
    ...["kept", "held", "broken", "unpacked", "configured", "awaited", "pending", "leaving"],
  ]);
});

test("distroless images have a file for each package, without a status", () => {
  const content = "Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all\n";
  expect(read("var/lib/dpkg/status.d/tzdata", content)).toMatchObject([
    { name: "tzdata", version: "2024a-0+deb12u1" },
  ]);
});

test("only the distribution's own database is read", () => {
  const wants = (path: string) => dpkgAnalyser.wants({ path, size: 1, mode: 0o644 });
  expect(wants("var/lib/dpkg/status")).toBe(true);
  for (const path of [
    "opt/vcpkg/installed/vcpkg/status",
    "srv/root/var/lib/dpkg/status",
    "var/lib/dpkg/status-old",
    "var/lib/dpkg/status.d/tzdata.md5sums",
    "var/lib/dpkg/status.d/a/b",
  ]) {
    expect([path, wants(path)]).toEqual([path, false]);
  }
});

test("dependencies are read with constraints, alternatives and architectures", () => {
  const content = [
    "Package: a",
    "Status: install ok installed",
    "Version: 1",
    "Pre-Depends: libc6:any (>= 2.36)",
    "Depends: x | y (<< 2),",
    " z",
    "Breaks: old (<= 1~)",
    "Recommends: nice",
    "Provides: mail-agent (= 3)",
  ].join("\n");
  expect(read("var/lib/dpkg/status", content)[0]?.dependencies).toEqual([
    { kind: "requires", name: "libc6", constraint: ">= 2.36" },
    { kind: "requires", name: "x", alternatives: [{ name: "y", constraint: "<< 2" }] },
    { kind: "requires", name: "z" },
    { kind: "optional", name: "nice" },
    { kind: "breaks", name: "old", constraint: "<= 1~" },
    { kind: "provides", name: "mail-agent", constraint: "= 3" },
  ]);
});

test("of what packages own, only what somebody asks for is kept", () => {
  const analyser = createDpkgOwnershipAnalyser((path) => path.endsWith(".json"));
  const file = (path: string) => ({ path, size: 1, mode: 0o644 });
  const list = "/.\n/usr\n/usr/share/nodejs/x/package.json\n/usr/bin/x\n";
  expect(analyser.analyse(file("var/lib/dpkg/info/x.list"), Buffer.from(list)).ownedPaths).toEqual([
    "usr/share/nodejs/x/package.json",
  ]);
  const sums = "d41d8cd98f00b204e9800998ecf8427e  usr/share/x.json\n";
  const path = "var/lib/dpkg/status.d/x.md5sums";
  expect(analyser.analyse(file(path), Buffer.from(sums)).ownedPaths).toEqual(["usr/share/x.json"]);
});

test("os-release says what the distribution is", () => {
  const content = readFileSync(sharedData("fixtures", "os-release-bookworm"));
  const file = { path: "etc/os-release", size: content.length, mode: 0o644 };
  expect(osReleaseAnalyser.analyse(file, content).distribution).toEqual({
    id: "debian",
    version: "12",
    like: [],
    prettyName: "Debian GNU/Linux 12 (bookworm)",
  });
  const rocky = Buffer.from(
    '# comment\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID=\'9.4\'\n',
  );
  expect(osReleaseAnalyser.analyse(file, rocky).distribution).toEqual({
    id: "rocky",
    version: "9.4",
    like: ["rhel", "centos", "fedora"],
    prettyName: "rocky",
  });
  expect(osReleaseAnalyser.analyse(file, Buffer.from("hello")).distribution).toBeUndefined();
});

test("licences of Debian's packages are those that their copyright files name", () => {
  const path = "usr/share/doc/curl/copyright";
  const file = { path, size: 1, mode: 0o644 };
  const machine = [
    "Format: https://example.org/copyright-format/1.0/",
    "Files: *\nCopyright: X\nLicense: curl\n",
    "Files: debian/*\nLicense: GPL-2+ or Expat\n The text\n",
    "License: curl\n Permission is hereby granted",
  ].join("\n");
  expect(dpkgCopyrightAnalyser.analyse(file, Buffer.from(machine)).licences).toEqual({
    type: "deb",
    name: "curl",
    names: ["curl", "GPL-2+ or Expat"],
  });
  const prose = "On Debian systems, see /usr/share/common-licenses/LGPL-2.1.\nLicense: mine\n";
  expect(dpkgCopyrightAnalyser.analyse(file, Buffer.from(prose)).licences?.names).toEqual([
    "LGPL-2.1",
  ]);
});
