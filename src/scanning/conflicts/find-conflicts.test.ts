import { describe, expect, test } from "vitest";
import type { DeclaredDependency, PackageType, PlacedPackage } from "../inventory/model.ts";
import { findConflicts } from "./find-conflicts.ts";

type Declared = readonly [kind: DeclaredDependency["kind"], name: string, constraint?: string];

function installed(
  type: PackageType,
  [name, version, path]: readonly [name: string, version: string, path: string],
  declared: readonly Declared[] = [],
): PlacedPackage {
  const dependencies = declared.map(([kind, wanted, constraint]) => ({
    kind,
    name: wanted,
    ...(constraint === undefined ? {} : { constraint }),
  }));
  return {
    type,
    name,
    version,
    licences: [],
    path,
    layer: 0,
    ownedByDistribution: false,
    dependencies,
  };
}

const found = (...packages: PlacedPackage[]) =>
  findConflicts({ packages }).map(({ kind, message }) => `${kind}: ${message}`);

describe("dpkg", () => {
  const deb = (name: string, version: string, ...declared: Declared[]) =>
    installed("deb", [name, version, "var/lib/dpkg/status"], declared);

  test("what is not there, and what is too old", () => {
    expect(
      found(
        deb(
          "nginx",
          "1.22.1-9",
          ["requires", "libssl3", ">= 3.0.0"],
          ["requires", "libpcre2-8-0", ">= 10.22"],
          ["optional", "nginx-doc"],
        ),
        deb("libssl3", "3.0.0~beta1-1"),
      ),
    ).toEqual([
      "unsatisfied: nginx 1.22.1-9 depends on libssl3 (>= 3.0.0), but libssl3 3.0.0~beta1-1 is installed",
      "missing: nginx 1.22.1-9 depends on libpcre2-8-0 (>= 10.22), which is not installed",
    ]);
  });

  test("another package that provides the name does, with a version only where it says one", () => {
    const exim = deb(
      "exim4",
      "4.96",
      ["provides", "mail-transport-agent"],
      ["conflicts", "mail-transport-agent"],
      ["provides", "mta-api", "= 2"],
    );
    expect(
      found(
        exim,
        deb("cron", "3", ["requires", "mail-transport-agent"], ["requires", "mta-api", ">= 2"]),
      ),
    ).toEqual([]);
    expect(
      found(exim, deb("cron", "3", ["requires", "mail-transport-agent", ">= 1"])),
    ).toHaveLength(1);
    expect(found(exim, deb("cron", "3", ["requires", "mta-api", ">= 3"]))).toHaveLength(1);
  });

  test("alternatives count", () => {
    const mawk = deb("mawk", "1.3.4");
    const either: PlacedPackage = {
      ...deb("base-files", "12"),
      dependencies: [
        { kind: "requires", name: "awk", alternatives: [{ name: "mawk", constraint: ">= 1.3" }] },
      ],
    };
    expect(found(either, mawk)).toEqual([]);
    expect(found(either)).toEqual([
      "missing: base-files 12 depends on awk | mawk (>= 1.3), which is not installed",
    ]);
  });

  test("two that exclude each other", () => {
    expect(
      found(
        deb("a", "1", ["breaks", "b", "<< 2"], ["conflicts", "c"]),
        deb("b", "1.9"),
        deb("c", "1"),
      ),
    ).toEqual([
      "incompatible: a 1 breaks b (<< 2), and b 1.9 is installed",
      "incompatible: a 1 conflicts with c, and c 1 is installed",
    ]);
    expect(found(deb("a", "1", ["breaks", "b", "<< 2"]), deb("b", "2"))).toEqual([]);
  });
});

describe("npm", () => {
  const npm = (path: string, version: string, ...declared: Declared[]) =>
    installed(
      "npm",
      [path.replace(/^.*node_modules\//, ""), version, `${path}/package.json`],
      declared,
    );

  test("each package finds what is beside and above it", () => {
    expect(
      found(
        npm(
          "app/node_modules/a",
          "1.0.0",
          ["requires", "b", "^2.0.0"],
          ["requires", "@s/c", "~1.1.0"],
          ["peer", "react", ">=17"],
          ["optional", "fsevents", "^2"],
        ),
        npm("app/node_modules/a/node_modules/b", "1.9.0"),
        npm("app/node_modules/b", "2.1.0"),
        npm("app/node_modules/@s/c", "1.1.4"),
        npm("app/node_modules/a/node_modules/react", "18.0.0"),
      ),
    ).toEqual([
      "unsatisfied: a 1.0.0 depends on b (^2.0.0), but finds b 1.9.0",
      "missing: a 1.0.0 needs beside it react (>=17), which is not installed",
    ]);
  });

  test("another name, a tag and an address are no versions that could differ", () => {
    expect(
      found(
        npm(
          "node_modules/a",
          "1.0.0",
          ["requires", "old", "npm:b@^1.0.0"],
          ["requires", "c", "latest"],
          ["requires", "d", "git+ssh://host/d.git"],
        ),
        { ...npm("node_modules/old", "1.2.0"), name: "b" },
        npm("node_modules/c", "7.0.0"),
        npm("node_modules/d", "0.0.1"),
      ),
    ).toEqual([]);
  });

  test("other projects do not count", () => {
    expect(
      found(
        npm("app/node_modules/a", "1.0.0", ["requires", "b", "1"]),
        npm("usr/lib/node_modules/b", "1.0.0"),
      ),
    ).toEqual(["missing: a 1.0.0 depends on b (1), which is not installed"]);
  });
});

describe("Python", () => {
  const site = "usr/lib/python3.11/site-packages";
  const pypi = (name: string, version: string, ...declared: Declared[]) =>
    installed("pypi", [name, version, `${site}/${name}-${version}.dist-info/METADATA`], declared);

  test("requirements by any spelling of a name", () => {
    expect(
      found(
        pypi(
          "requests",
          "2.19.0",
          ["requires", "urllib3", "<1.24,>=1.21.1"],
          ["requires", "Charset.Normalizer", ">=2"],
          ["requires", "idna"],
        ),
        pypi("urllib3", "1.25.0"),
        pypi("charset_normalizer", "3.0.0rc1"),
      ),
    ).toEqual([
      "unsatisfied: requests 2.19.0 requires urllib3 (<1.24,>=1.21.1), but urllib3 1.25.0 is installed",
      "missing: requests 2.19.0 requires idna, which is not installed",
    ]);
  });

  test.each([
    ["python_version < '3.8'", 0],
    ["python_version >= '3.8'", 1],
    ["python_version >= '3.8' and python_version < '4'", 1],
    ["sys_platform == 'win32'", 0],
    ["python_version >= '3.8' or os_name == 'nt'", 0],
  ])("a requirement under the condition %s", (condition, count) => {
    const package_: PlacedPackage = {
      ...pypi("a", "1"),
      dependencies: [{ kind: "requires", name: "b", condition }],
    };
    expect(found(package_)).toHaveLength(count);
  });

  test("two versions in one folder, of which one is loaded", () => {
    expect(found(pypi("a", "1"), pypi("A", "2"))).toEqual([
      "several-versions: a lies in one folder in the versions 1, 2; only one can be loaded",
    ]);
  });

  test("Debian's interpreter finds what pip put beside its own", () => {
    const at = (path: string, name: string, ...declared: Declared[]) =>
      installed(
        "pypi",
        [name, "1", `${path}/dist-packages/${name}-1.dist-info/METADATA`],
        declared,
      );
    const local = at("usr/local/lib/python3.11", "a", ["requires", "b"]);
    expect(found(local, at("usr/lib/python3", "b"))).toEqual([]);
    expect(found(local, at("opt/other/lib/python3.11", "b"))).toHaveLength(1);
  });
});

test("gems need one of the versions that are there", () => {
  const gem = (name: string, version: string, ...declared: Declared[]) =>
    installed(
      "gem",
      [name, version, `var/lib/gems/specifications/${name}-${version}.gemspec`],
      declared,
    );
  const rails = gem("rails", "7.0.0", ["requires", "rack", "~> 2.0, >= 2.2.0"]);
  expect(found(rails, gem("rack", "1.6.0"), gem("rack", "2.2.4"))).toEqual([]);
  expect(found(rails, gem("rack", "3.0.0"))).toEqual([
    "unsatisfied: rails 7.0.0 depends on rack (~> 2.0, >= 2.2.0), but rack 3.0.0 is installed",
  ]);
});

test("two versions of a jar on one class path", () => {
  const jar = (version: string, folder: string) =>
    installed("maven", ["org.slf4j:slf4j-api", version, `${folder}/slf4j-api-${version}.jar`]);
  expect(found(jar("1.7.0", "opt/a/lib"), jar("2.0.0", "opt/b/lib"))).toEqual([]);
  expect(found(jar("1.7.0", "opt/a/lib"), jar("2.0.0", "opt/a/lib"))).toHaveLength(1);
});

test("what lock files name is not installed, and breaks nothing", () => {
  const lock = installed("npm", ["a", "1.0.0", "app/package-lock.json"], [["requires", "b"]]);
  expect(found({ ...lock, locked: true })).toEqual([]);
});

test("a package manager that has overwritten the distribution's files", () => {
  const pip = installed("pypi", [
    "requests",
    "2.31.0",
    "usr/lib/python3/dist-packages/requests-2.31.0.dist-info/METADATA",
  ]);
  expect(found({ ...pip, overwritesDistribution: true })[0]).toMatch(
    /^two-owners: requests 2\.31\.0 was installed over/,
  );
});

test.each([
  ["deb", "var/lib/dpkg/status"],
  ["rpm", "var/lib/rpm/rpmdb.sqlite"],
] as const)("%s: packages that all conflict with all others keep nobody waiting", (type, path) => {
  const packages = Array.from({ length: 20_000 }, (_, index) =>
    installed(
      type,
      [`p${index}`, "1", path],
      [
        ["provides", "x"],
        ["conflicts", "x"],
      ],
    ),
  );
  const started = performance.now();
  const conflicts = findConflicts({ packages });
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(conflicts.length).toBeGreaterThan(0);
  expect(conflicts.length).toBeLessThanOrEqual(1000);
  expect(conflicts[0]?.message).toMatch(/p10 1 and 19989 more is installed$/);
});

test("Python: thousands of folders that one interpreter looks into are gone through once", () => {
  const packages = Array.from({ length: 10_000 }, (_, index) =>
    installed("pypi", [
      `p${index}`,
      "1",
      `usr/lib/python3.${index}/dist-packages/p-1.dist-info/METADATA`,
    ]),
  );
  const started = performance.now();
  expect(findConflicts({ packages })).toEqual([]);
  expect(performance.now() - started).toBeLessThan(5000);
});
