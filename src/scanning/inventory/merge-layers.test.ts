import { expect, test } from "vitest";
import { mergeLayers } from "./merge-layers.ts";
import type { FileReport, FoundPackage, LayerReport } from "./model.ts";
import { encodePathSet, hashPath, PathSet } from "./path-set.ts";

function layer(
  files: Readonly<Record<string, FileReport>>,
  more: { whiteouts?: string[]; opaque?: string[]; others?: string[] } = {},
): LayerReport {
  const { whiteouts = [], opaque = [], others = [] } = more;
  const occupied = encodePathSet([...Object.keys(files), ...others].map(hashPath));
  return { diffId: "sha256:0", analyserVersion: 1, files, whiteouts, opaque, occupied };
}

function holds(...names: readonly string[]): FileReport {
  return { packages: names.map((name) => found(name)) };
}

function found(text: string, type: FoundPackage["type"] = "deb"): FoundPackage {
  const [name = "", version = "1"] = text.split("=");
  return { type, name, version, licences: [] };
}

function namesOf(layers: readonly LayerReport[]): string[] {
  return mergeLayers(layers).packages.map(
    ({ name, version, layer }) => `${name} ${version} @${layer}`,
  );
}

test("the topmost report of a path counts, also when it says nothing", () => {
  expect(namesOf([layer({ "a/x": holds("one") }), layer({ "a/x": holds("two") })])).toEqual([
    "two 1 @1",
  ]);
  expect(namesOf([layer({ "a/x": holds("one") }), layer({ "a/x": {} })])).toEqual([]);
});

test("a package is of the layer that brought its version, however often its database was written again", () => {
  const layers = [
    layer({ status: holds("libc", "curl=1") }),
    layer({ status: holds("libc", "curl=2", "nginx") }),
    layer({ status: holds("libc", "curl=2", "nginx", "jq") }),
    layer({ other: holds("x") }),
  ];
  expect(namesOf(layers)).toEqual(["libc 1 @0", "curl 2 @1", "nginx 1 @1", "jq 1 @2", "x 1 @3"]);
});

test.each([
  ["a whiteout of the file", { whiteouts: ["a/b/x"] }],
  ["a whiteout of a directory above it", { whiteouts: ["a"] }],
  ["an opaque directory above it", { opaque: ["a"] }],
  ["an opaque root", { opaque: [""] }],
  ["a link in its place", { others: ["a/b/x"] }],
  ["a link in the place of a directory above it", { others: ["a/b"] }],
])("%s removes it, but nothing of the same or of higher layers", (_name, more) => {
  const lower = layer({ "a/b/x": holds("lower"), "ab/x": holds("beside") });
  const upper = layer({ "a/c/y": holds("upper") }, more);
  const names = namesOf([lower, upper, layer({ "a/b/x": holds("again") })]);
  expect(names).not.toContain("lower 1 @0");
  expect(names).toContain("upper 1 @1");
  expect(names).toContain("again 1 @2");
  expect(names.includes("beside 1 @0")).toBe(!("opaque" in more && more.opaque[0] === ""));
});

test("a language's file that a distribution's package owns is marked, with usr/ or without", () => {
  const files = {
    "var/lib/dpkg/info/node-x.list": {
      ownedPaths: ["usr/share/nodejs/x/package.json", "bin/tool"],
    },
    "usr/share/nodejs/x/package.json": { packages: [found("x", "npm")] },
    "usr/bin/tool": { packages: [found("tool", "golang")] },
    "app/package.json": { packages: [found("app", "npm")] },
  };
  const owned = mergeLayers([layer(files)]).packages.map((one) => [
    one.name,
    one.ownedByDistribution,
  ]);
  expect(owned).toEqual([
    ["x", true],
    ["tool", true],
    ["app", false],
  ]);
  const gone = layer({}, { whiteouts: ["var/lib/dpkg/info/node-x.list"] });
  expect(mergeLayers([layer(files), gone]).packages.every((one) => !one.ownedByDistribution)).toBe(
    true,
  );
});

test("what npm or pip put over a distribution's file is not the distribution's, whatever is added to its database later", () => {
  const database = "lib/apk/db/installed";
  const path = "usr/lib/node_modules/x/package.json";
  const owns = (...names: string[]): FileReport => ({
    packages: names.map((name) => found(name, "apk")),
    ownedPaths: [path],
    owners: [names.findIndex((name) => name.startsWith("x"))],
  });
  const npm = (version: string) => ({ [path]: { packages: [found(`x=${version}`, "npm")] } });
  const ownedIn = (layers: readonly LayerReport[]) =>
    mergeLayers(layers).packages.flatMap(({ type, version, ownedByDistribution }) =>
      type === "npm" ? [[version, ownedByDistribution]] : [],
    );
  const base = layer({ [database]: owns("x=1"), ...npm("1") });
  const overwritten = layer(npm("2"));
  const added = layer({ [database]: owns("curl=1", "x=1") });
  expect(ownedIn([base, added])).toEqual([["1", true]]);
  expect(ownedIn([base, overwritten])).toEqual([["2", false]]);
  expect(ownedIn([base, overwritten, added])).toEqual([["2", false]]);
  // A newer version of the package brings the file back.
  const upgraded = layer({ [database]: owns("curl=1", "x=3"), ...npm("3") });
  expect(ownedIn([base, overwritten, added, upgraded])).toEqual([["3", true]]);
});

test("etc/os-release counts before the one of the vendor, and problems are told with their layer", () => {
  const debian = { id: "debian", version: "12", like: [], prettyName: "Debian" };
  const files = {
    "usr/lib/os-release": { distribution: debian },
    "etc/os-release": { distribution: { ...debian, id: "mine" } },
  };
  const merged = mergeLayers([layer(files), layer({ "a/b": { problem: "broken" } })]);
  expect(merged.distribution?.id).toBe("mine");
  expect(merged.problems).toEqual([{ path: "a/b", layer: 1, reason: "broken" }]);
  const without = layer({}, { others: ["etc/os-release"] });
  expect(mergeLayers([layer(files), without]).distribution?.id).toBe("debian");
});

test("a set of paths has what was put into it and nothing else", () => {
  const paths = Array.from(
    { length: 20_000 },
    (_, index) => `usr/share/doc/package-${index}/copyright`,
  );
  const set = new PathSet(encodePathSet(paths.map(hashPath)));
  expect(paths.every((path) => set.has(path))).toBe(true);
  expect(paths.some((path) => set.has(`${path}.gz`))).toBe(false);
  expect(new PathSet(encodePathSet([])).has("")).toBe(false);
});
