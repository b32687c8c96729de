import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sharedData } from "../../../test/harness/shared-data.ts";
import { createApkAnalyser } from "./apk.ts";

const FILE = { path: "lib/apk/db/installed", size: 1, mode: 0o644 };

function read(content: Buffer | string, isAskedFor = (_path: string) => true) {
  return createApkAnalyser(isAskedFor).analyse(FILE, Buffer.from(content));
}

test("the packages of an Alpine image are found with what they were built from", () => {
  const { packages = [] } = read(readFileSync(sharedData("fixtures", "apk-installed")));
  const lines = packages.map(({ name, version, source }) =>
    [name, version, source?.name ?? name].join(" "),
  );
  expect(lines).toEqual([
    "alpine-baselayout 3.4.3-r1 alpine-baselayout",
    "alpine-baselayout-data 3.4.3-r1 alpine-baselayout",
    "alpine-keys 2.4-r1 alpine-keys",
    "apk-tools 2.14.0-r0 apk-tools",
    "busybox 1.36.0-r9 busybox",
    "busybox-binsh 1.36.0-r9 busybox",
    "ca-certificates-bundle 20230506-r0 ca-certificates",
    "libc-utils 0.7.2-r5 libc-dev",
    "libcrypto3 3.1.0-r4 openssl",
    "libssl3 3.1.0-r4 openssl",
    "musl 1.2.4-r0 musl",
    "musl-utils 1.2.4-r0 musl",
    "scanelf 1.3.7-r1 pax-utils",
    "ssl_client 1.36.0-r9 busybox",
    "zlib 1.2.13-r1 zlib",
  ]);
  expect(packages[0]).toMatchObject({ architecture: "x86_64", licences: ["GPL-2.0-only"] });
});

test("dependencies, conflicts and what is provided are told apart", () => {
  const text =
    "P:a\nV:1-r0\nD:so:libc.musl-x86_64.so.1 b>=2 c~1.2 !d e@edge=3 /bin/sh\np:cmd:a=1-r0\n\n";
  expect(read(text).packages?.[0]?.dependencies).toEqual([
    { kind: "requires", name: "so:libc.musl-x86_64.so.1" },
    { kind: "requires", name: "b", constraint: ">= 2" },
    { kind: "requires", name: "c", constraint: "~ 1.2" },
    { kind: "conflicts", name: "d" },
    { kind: "requires", name: "e", constraint: "= 3" },
    { kind: "requires", name: "/bin/sh" },
    { kind: "provides", name: "cmd:a", constraint: "= 1-r0" },
  ]);
});

test("files that packages own are told where somebody asks for them", () => {
  const text = "P:a\nV:1-r0\nF:usr/lib\nR:x.json\nR:x.so\nF:\nR:root.json\n\n";
  const nobodys = "F:lost\nR:lost.json\n\n";
  const more = "P:b\nV:1-r0\nF:usr/lib\nR:y.json\n\n";
  const report = read(text + nobodys + more, (path) => path.endsWith(".json"));
  expect(report.ownedPaths).toEqual(["usr/lib/x.json", "root.json", "usr/lib/y.json"]);
  expect(report.owners).toEqual([0, 0, 1]);
});

test("names and versions that no package has are left out, and so is an origin", () => {
  const long = "x".repeat(600);
  const text = `P:${long}\nV:1\n\nP:a\nV:${long}\n\nP:b\nV:1\no:${long}\n\n`;
  expect(read(text).packages).toEqual([{ type: "apk", name: "b", version: "1", licences: [] }]);
});

test("only the database of the image itself is read, where apk 2 and 3 keep it", () => {
  const wants = (path: string) => createApkAnalyser(() => false).wants({ ...FILE, path });
  expect(wants("lib/apk/db/installed")).toBe(true);
  expect(wants("usr/lib/apk/db/installed")).toBe(true);
  expect(wants("rootfs/lib/apk/db/installed")).toBe(false);
});
