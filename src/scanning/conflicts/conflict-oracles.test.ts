import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { digestOf } from "../../../test/harness/images.ts";
import { writeTar } from "../../../test/harness/tar.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { ANALYSERS } from "../analysers.ts";
import { mergeLayers } from "../inventory/merge-layers.ts";
import { analyseLayer } from "../layers/analyse-layer.ts";
import { LAYER_LIMITS } from "../layers/layer-limits.ts";
import { findConflicts } from "./find-conflicts.ts";

/** Files by their paths in an image. */
type Files = Readonly<Record<string, string | Buffer>>;

/** What we say of an image: `PACKAGE NAME`, where the package and what it declares about the name do not fit together. */
async function ourVerdict(files: Files): Promise<string[]> {
  const tar = writeTar(
    Object.entries(files).map(([name, content]) => ({ name, content: Buffer.from(content) })),
  );
  const open = async function* () {
    yield tar;
  };
  const report = await analyseLayer(
    { diffId: digestOf(tar), open },
    { analysers: ANALYSERS, analyserVersion: 1, limits: LAYER_LIMITS },
  );
  const { packages, problems } = mergeLayers([report]);
  expect(problems).toEqual([]);
  return unique(
    findConflicts({ packages }).map((found) => `${found.package.name} ${found.wants?.name}`),
  );
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)].toSorted();
}

function writeFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

function ask(command: string, words: readonly string[], env: Readonly<Record<string, string>>) {
  const options = { encoding: "utf8", env: { ...process.env, LC_ALL: "C", ...env } } as const;
  const { stdout, stderr, error } = spawnSync(command, words, options);
  if (error !== undefined) throw error;
  return stdout + stderr;
}

const paragraph = (name: string, version: string, ...fields: readonly string[]) =>
  [
    `Package: ${name}`,
    "Status: install ok installed",
    "Priority: optional",
    "Section: misc",
    "Maintainer: Nobody <nobody@example.org>",
    "Architecture: all",
    `Version: ${version}`,
    ...fields,
    "Description: a package",
    "",
  ].join("\n");

const LIBRARY = paragraph("lib", "1:2.0-1+b1", "Provides: lib-api (= 3), mta");
const DPKG: readonly (readonly [string, readonly string[]])[] = [
  [
    "whole",
    [
      LIBRARY,
      paragraph("app", "1.0", "Depends: lib (>= 1:2.0), lib-api (>= 3), mta, gone | lib (<< 2:0)"),
      paragraph("exim", "4", "Conflicts: exim, gone", "Breaks: app (<< 1.0)"),
    ],
  ],
  [
    "broken",
    [
      LIBRARY,
      paragraph("app", "1.0~rc1", "Depends: lib (>= 1:2.0-2), lib-api (>> 3), mta (>= 1), gone"),
      paragraph("either", "1", "Depends: gone (>= 2) | lost", "Pre-Depends: lib (= 1:2.0-1)"),
      paragraph("exim", "4", "Conflicts: mta", "Breaks: app (<< 1.0)"),
    ],
  ],
];

test.each(DPKG)("dpkg: what is %s to apt is so to us", async (title, paragraphs) => {
  const files = {
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
    "var/lib/dpkg/status": paragraphs.join("\n"),
  };
  await using directory = await makeTempDirectory("apt");
  writeFiles(directory.path, files);
  const folders = ["var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "etc/apt"];
  for (const folder of folders) mkdirSync(join(directory.path, folder), { recursive: true });
  const status = join(directory.path, "var/lib/dpkg/status");
  const options = [`Dir=${directory.path}`, `Dir::State::status=${status}`, "Debug::NoLocking=1"];
  const said = ask("apt-get", ["check", ...options.flatMap((option) => ["-o", option])], {});
  const theirs: string[] = [];
  let subject = "";
  for (const line of said.split("\n")) {
    const [, name, relation] =
      /^ (\S+)? *(?:: )?(?:Depends|PreDepends|Conflicts|Breaks): (\S+)/.exec(line) ?? [];
    if (relation === undefined) continue;
    subject = name ?? subject;
    theirs.push(`${subject} ${relation}`);
  }
  expect(await ourVerdict(files), said).toEqual(unique(theirs));
  expect(theirs.length > 0).toBe(title === "broken");
});

const manifest = (name: string, version: string, more: object = {}) =>
  JSON.stringify({ name, version, ...more });

const NPM: readonly (readonly [string, Files])[] = [
  [
    "whole",
    {
      "srv/app/package.json": manifest("app", "1.0.0", { dependencies: { a: "^1.0.0", b: "2" } }),
      "srv/app/node_modules/a/package.json": manifest("a", "1.4.0", {
        dependencies: { b: "^1.0.0" },
        optionalDependencies: { gone: "1" },
        peerDependencies: { b: ">=2", lost: "1" },
        peerDependenciesMeta: { lost: { optional: true } },
      }),
      "srv/app/node_modules/a/node_modules/b/package.json": manifest("b", "1.0.5"),
      "srv/app/node_modules/b/package.json": manifest("b", "2.0.1"),
    },
  ],
  [
    "broken",
    {
      "srv/app/package.json": manifest("app", "1.0.0", {
        dependencies: { a: "^2.0.0", b: "2", lost: "1" },
      }),
      "srv/app/node_modules/a/package.json": manifest("a", "1.4.0", {
        dependencies: { b: "^1.0.0", gone: "^3.0.0" },
        peerDependencies: { b: ">=3", "@s/peer": "1" },
      }),
      "srv/app/node_modules/b/package.json": manifest("b", "2.0.1-rc.1", {
        dependencies: { a: "~1.4" },
      }),
    },
  ],
];

test.each(NPM)("npm: what is %s to npm is so to us", async (title, files) => {
  await using directory = await makeTempDirectory("npm");
  writeFiles(directory.path, files);
  const said = ask(
    "npm",
    ["ls", "--all", "--json", "--prefix", join(directory.path, "srv/app")],
    {},
  );
  const root: NpmNode = JSON.parse(said.slice(0, said.lastIndexOf("}\n") + 1));
  const theirs = complaintsOf(root);
  expect(await ourVerdict(files), said).toEqual(unique(theirs));
  expect(theirs.length > 0).toBe(title === "broken");
});

interface NpmNode {
  readonly problems?: readonly string[];
  /** `"^1.0.0" from the root project, "2" from node_modules/a` */
  readonly invalid?: string;
  readonly dependencies?: Readonly<Record<string, NpmNode>>;
}

function complaintsOf({ problems = [], dependencies = {} }: NpmNode): string[] {
  const missing = problems.flatMap((problem) => {
    const [, name, by] = /^missing: (@?[^@]+)@.*, required by (@?[^@]+)@/.exec(problem) ?? [];
    return name === undefined ? [] : [`${by} ${name}`];
  });
  const below = Object.entries(dependencies).flatMap(([name, node]) => {
    const demands = [
      ...(node.invalid ?? "").matchAll(/ from (the root project|node_modules\/\S+?)(?:,|$)/g),
    ];
    const invalid = demands.map(
      ([, from = ""]) =>
        `${from.startsWith("the") ? "app" : from.replace("node_modules/", "")} ${name}`,
    );
    return [...invalid, ...complaintsOf(node)];
  });
  return [...missing, ...below];
}

const SITE = "usr/local/lib/python3.11/site-packages";
const distribution = (name: string, version: string, ...requires: readonly string[]) => ({
  [`${SITE}/${name.replace(/\W/g, "_")}-${version}.dist-info/METADATA`]: [
    ...["Metadata-Version: 2.1", `Name: ${name}`, `Version: ${version}`],
    ...requires.map((requirement) => `Requires-Dist: ${requirement}`),
    "",
  ].join("\n"),
});

const PYTHON: readonly (readonly [string, Files])[] = [
  [
    "whole",
    {
      ...distribution(
        "Berth_app",
        "1.0",
        "berth.lib[extra]>=1.2,!=1.3",
        "berth-old; python_version < '3'",
        "berth-more; extra == 'more'",
      ),
      ...distribution("berth-lib", "1.4.post1"),
    },
  ],
  [
    "broken",
    {
      ...distribution("berth_app", "1.0", "berth-lib>=2", "berth-gone", "berth-pre>=2.0"),
      ...distribution("berth-lib", "1.4", "berth-app~=1.1 ; python_version >= '3.6'"),
      ...distribution("berth-pre", "2.0rc1"),
    },
  ],
];

test.each(PYTHON)("PyPI: what is %s to pip is so to us", async (title, files) => {
  await using directory = await makeTempDirectory("pip");
  writeFiles(directory.path, files);
  // What else the machine has is not asked about.
  const said = ask("/usr/bin/python3", ["-m", "pip", "check"], {
    PYTHONPATH: join(directory.path, SITE),
  });
  const theirs = said.split("\n").flatMap((line) => {
    const [, by, name] =
      /^(berth\S*) \S+ (?:requires|has requirement) (berth[\w.-]*)/i.exec(line) ?? [];
    return by === undefined || name === undefined ? [] : [`${plain(by)} ${plain(name)}`];
  });
  const ours = unique(
    (await ourVerdict(files)).map((line) => line.split(" ").map(plain).join(" ")),
  );
  expect(ours, said).toEqual(unique(theirs));
  expect(theirs.length > 0).toBe(title === "broken");
});

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

const GEMS = "usr/lib/ruby/gems/3.1.0";
const gem = (name: string, version: string, ...requires: readonly string[]) => ({
  [`${GEMS}/specifications/${name}-${version}.gemspec`]: [
    "Gem::Specification.new do |s|",
    `  s.name = "${name}".freeze`,
    `  s.version = "${version}"`,
    `  s.summary = "x".freeze`,
    `  s.authors = ["x".freeze]`,
    ...requires.map((requirement) => `  s.add_runtime_dependency(${requirement})`),
    "end",
    "",
  ].join("\n"),
});

const RUBY: readonly (readonly [string, Files])[] = [
  [
    "whole",
    {
      ...gem(
        "berth-app",
        "1.0",
        `%q<berth-lib>.freeze, ["~> 2.1", "!= 2.3"]`,
        `%q<berth-any>.freeze, [">= 0"]`,
      ),
      ...gem("berth-lib", "2.10.0"),
      ...gem("berth-lib", "1.0.0"),
      ...gem("berth-any", "0.0.1.a"),
    },
  ],
  [
    "broken",
    {
      ...gem(
        "berth-app",
        "1.0",
        `%q<berth-lib>.freeze, ["~> 2.1.0"]`,
        `%q<berth-gone>.freeze, [">= 0"]`,
      ),
      ...gem("berth-lib", "2.2.0", `%q<berth-app>.freeze, ["< 1.0"]`),
    },
  ],
];

test.each(RUBY)("gems: what is %s to RubyGems is so to us", async (title, files) => {
  await using directory = await makeTempDirectory("gems");
  writeFiles(directory.path, files);
  const script = `Gem::Specification.each { |s| s.runtime_dependencies.each { |d|
    puts "#{s.name} #{d.name}" if s.name.start_with?("berth") && Gem::Specification.none? { |o| d.name == o.name && d.requirement.satisfied_by?(o.version) } } }`;
  const folder = join(directory.path, GEMS);
  const said = ask("ruby", ["-W0", "-e", script], { GEM_HOME: folder, GEM_PATH: folder });
  const theirs = said.split("\n").filter(Boolean);
  expect(await ourVerdict(files), said).toEqual(unique(theirs));
  expect(theirs.length > 0).toBe(title === "broken");
});

/** A package of nothing but what it declares. */
const SPEC = [
  ...["Name: berth", "Epoch: 1", "Version: 2.0", "Release: 3", "Summary: x", "License: MIT"],
  ...["BuildArch: noarch", "Provides: berth-api = 5", "Provides: berth-any"],
  ...["%description", "x", "%files"],
  ...part("whole", [
    "Requires: berth >= 1:2.0, berth = 1:2.0-3, berth < 2:0, berth-api > 4, berth-any >= 9",
    "Requires: berth-api",
    "Conflicts: berth < 1:2.0-3",
    "Conflicts: berth-gone",
  ]),
  ...part("broken", [
    "Requires: berth > 1:2.0-3, berth-api < 5, berth-gone, berth-lost >= 2",
    "Requires: berth = 2.0",
  ]),
  ...part("foe", ["Conflicts: berth-api >= 5", "Conflicts: berth-broken < 1"]),
].join("\n");

function part(name: string, declared: readonly string[]): string[] {
  const head = [`%package ${name}`, "Summary: x"];
  return [...head, ...declared, `%description ${name}`, "x", `%files ${name}`];
}

test("rpm: what is whole and broken to rpm is so to us", async () => {
  await using directory = await makeTempDirectory("rpm");
  const run = (command: string) =>
    execFileSync("sh", ["-c", command], { cwd: directory.path, stdio: "pipe" });
  writeFiles(directory.path, { "berth.spec": `${SPEC}\n`, "db/empty": "" });
  run(`rpmbuild --define "_topdir $PWD" -bb berth.spec`);
  run("rpm --dbpath $PWD/db -i --justdb --nodeps RPMS/noarch/*.rpm");
  const database = join(directory.path, "db");
  const words = ["--dbpath", database, "-V", "--nofiles", "-a"];
  const said = ask("rpm", words, {});
  const theirs: string[] = [];
  for (const line of said.split("\n")) {
    const [, needed, subject] =
      /^\s+(\S+).* (?:is needed by|conflicts with) (?:\(installed\) )?([a-z-]+?)-(?:\d+:)?\d/.exec(
        line,
      ) ?? [];
    if (needed !== undefined) theirs.push(`${subject} ${needed}`);
  }
  const ours = await ourVerdict({
    "var/lib/rpm/rpmdb.sqlite": readFileSync(join(database, "rpmdb.sqlite")),
  });
  expect(ours, said).toEqual(unique(theirs));
  expect(ours.some((line) => line.startsWith("berth-whole "))).toBe(false);
}, 120_000);
