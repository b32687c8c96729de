import { describe, expect, test } from "vitest";
import { analyse, listed, readFixture } from "./analyse.fixture.ts";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe("package.json", () => {
  const lodash = json({
    name: "lodash",
    version: "4.17.11",
    license: "MIT",
    dependencies: { a: "^1.0.0", b: "1" },
    optionalDependencies: { b: "1" },
    peerDependencies: { react: ">=16", vue: "3" },
    peerDependenciesMeta: { vue: { optional: true } },
  });

  test("tells name, version, licence and dependencies", () => {
    expect(analyse("app/node_modules/lodash/package.json", lodash)).toEqual({
      packages: [
        {
          type: "npm",
          name: "lodash",
          version: "4.17.11",
          licences: ["MIT"],
          dependencies: [
            { kind: "requires", name: "a", constraint: "^1.0.0" },
            { kind: "optional", name: "b", constraint: "1" },
            { kind: "peer", name: "react", constraint: ">=16" },
            { kind: "optional", name: "vue", constraint: "3" },
          ],
        },
      ],
    });
  });

  test.each([
    ["usr/lib/node_modules/npm/node_modules/lodash/package.json", true],
    ["node_modules/@scope/lodash/package.json", true],
    ["app/node_modules/.pnpm/lodash@4.17.11/node_modules/lodash/package.json", true],
    ["opt/lodash/package.json", true],
    ["app/node_modules/resolve/test/lodash/package.json", false],
    ["app/node_modules/lodash/dist/package.json", false],
    ["app/node_modules/lodash/other-package.json", false],
  ])("at %s counts: %s", (path, counts) => {
    expect(listed(analyse(path, lodash))).toEqual(counts ? ["lodash 4.17.11"] : []);
  });

  test("of the application itself, which is private, is no package of the registry", () => {
    const own = json({ name: "express", version: "1.0.0", private: true });
    expect(analyse("app/package.json", own)).toEqual({});
  });

  test("with the licences of old is read as well", () => {
    const old = json({
      name: "old",
      version: "0.1.0",
      license: { type: "BSD" },
      licenses: [{ type: "MIT" }, "ISC"],
    });
    expect(analyse("node_modules/old/package.json", old)?.packages?.[0]?.licences).toEqual([
      "BSD",
      "MIT",
      "ISC",
    ]);
  });
});

describe("a distribution of Python", () => {
  test.each([
    [
      "pyyaml-METADATA",
      "usr/lib/python3/dist-packages/PyYAML-6.0.dist-info/METADATA",
      "PyYAML 6.0",
      "MIT",
    ],
    [
      "requests-PKG-INFO",
      "usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO",
      "requests 2.28.1",
      "Apache 2.0",
    ],
    [
      "requests-PKG-INFO",
      "usr/lib/python3/dist-packages/requests-2.28.1.egg-info",
      "requests 2.28.1",
      "Apache 2.0",
    ],
  ])("%s at %s", async (...[fixture, path, expected, licence]) => {
    const report = analyse(path, await readFixture(fixture));
    expect(listed(report)).toEqual([expected]);
    expect(report?.packages?.[0]?.licences).toEqual([licence]);
  });

  test("tells what it requires, under which condition, and for which extra", () => {
    const metadata = [
      "Metadata-Version: 2.4",
      "Name: black",
      "Version: 24.1.0",
      "License-Expression: MIT OR Apache-2.0",
      "Requires-Dist: click>=8.0.0",
      "Requires-Dist: tomli (>=1.1.0) ; python_version < '3.11'",
      "Requires-Dist: colorama>=0.4.3; extra == 'colorama'",
      "Requires-Dist: own @ file:///own.tar.gz",
      "",
      "Name: not-a-header",
    ];
    const path = "usr/lib/python3.11/site-packages/black-24.1.0.dist-info/METADATA";
    const [black] = analyse(path, Buffer.from(metadata.join("\n")))?.packages ?? [];
    expect(black?.licences).toEqual(["MIT OR Apache-2.0"]);
    expect(black?.dependencies).toEqual([
      { kind: "requires", name: "click", constraint: ">=8.0.0" },
      {
        kind: "requires",
        name: "tomli",
        constraint: ">=1.1.0",
        condition: "python_version < '3.11'",
      },
      {
        kind: "optional",
        name: "colorama",
        constraint: ">=0.4.3",
        condition: "extra == 'colorama'",
      },
      { kind: "requires", name: "own" },
    ]);
  });
});

describe("a gem", () => {
  const FOLDER = "usr/local/lib/ruby/gems/3.1.0/specifications";

  test("is what its specification says, without what only its author needs", async () => {
    const content = await readFixture("net-telnet-0.2.0.gemspec");
    expect(analyse(`${FOLDER}/net-telnet-0.2.0.gemspec`, content)).toEqual({
      packages: [{ type: "gem", name: "net-telnet", version: "0.2.0", licences: ["ruby"] }],
    });
    expect(listed(analyse(`${FOLDER}/default/net-telnet-0.2.0.gemspec`, content))).toHaveLength(1);
    expect(analyse("app/gems/net-telnet/net-telnet.gemspec", content)).toBeUndefined();
  });

  test("tells what it depends on", () => {
    const specification = [
      "Gem::Specification.new do |s|",
      '  s.name = "rails".freeze',
      '  s.version = "7.0.0"',
      '  s.add_runtime_dependency(%q<rack>.freeze, ["~> 2.0".freeze, ">= 2.0.1".freeze])',
      '  s.add_development_dependency(%q<rake>.freeze, [">= 0"])',
      "end",
    ];
    const content = Buffer.from(specification.join("\n"));
    const [rails] = analyse(`${FOLDER}/rails-7.0.0.gemspec`, content)?.packages ?? [];
    expect(rails?.dependencies).toEqual([
      { kind: "requires", name: "rack", constraint: "~> 2.0, >= 2.0.1" },
    ]);
  });
});

test("Composer's list of what it installed, in both forms", async () => {
  const expected = ["monolog/monolog 2.0.0", "psr/log 1.1.4"];
  const content = await readFixture("composer-installed.json");
  const report = analyse("app/vendor/composer/installed.json", content);
  expect(listed(report)).toEqual(expected);
  expect(report?.packages?.[0]?.dependencies).toEqual([
    { kind: "requires", name: "psr/log", constraint: "^1.0.1" },
  ]);
  const { packages } = JSON.parse(content.toString()) as { packages: unknown };
  expect(listed(analyse("app/vendor/composer/installed.json", json(packages)))).toEqual(expected);
});

test("the list of what a program of .NET was published with, without the program", async () => {
  expect(listed(analyse("app/App.deps.json", await readFixture("app.deps.json")))).toEqual([
    "Newtonsoft.Json 12.0.1",
    "System.Text.Encodings.Web 4.7.0",
  ]);
});
