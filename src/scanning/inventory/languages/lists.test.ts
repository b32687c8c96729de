import { describe, expect, test } from "vitest";
import { analyse, listed, readFixture } from "./analyse.fixture.ts";

const NPM = [
  "@sindresorhus/is 4.0.0",
  "axios 0.21.0",
  "follow-redirects 1.16.3",
  "fsevents 2.3.2",
  "lodash 4.17.11",
  "minimist 1.2.0",
];
// Neither yarn nor pnpm 9 says with a package whether it is for development alone.
const NPM_AND_DEVELOPMENT = [...NPM, "left-pad 1.3.0"].toSorted();

/** Fixture, where it lies in an image, what it names. */
const LISTS: readonly [fixture: string, path: string, expected: readonly string[]][] = [
  ["package-lock-v1.json", "app/package-lock.json", NPM],
  ["package-lock-v2.json", "app/package-lock.json", NPM],
  ["package-lock-v3.json", "app/npm-shrinkwrap.json", NPM],
  ["yarn-v1.lock", "app/yarn.lock", NPM_AND_DEVELOPMENT],
  [
    "yarn-berry.lock",
    "app/yarn.lock",
    NPM_AND_DEVELOPMENT.filter((entry) => !entry.startsWith("fsevents")),
  ],
  ["pnpm-lock-v5.yaml", "app/pnpm-lock.yaml", NPM],
  ["pnpm-lock-v6.yaml", "app/pnpm-lock.yaml", NPM],
  ["pnpm-lock-v9.yaml", "app/pnpm-lock.yaml", NPM_AND_DEVELOPMENT],
  ["poetry.lock", "app/poetry.lock", ["jinja2 2.10", "markupsafe 3.0.2"]],
  ["uv.lock", "app/uv.lock", ["jinja2 2.10", "markupsafe 3.0.2"]],
  ["Pipfile.lock", "app/Pipfile.lock", ["jinja2 2.10", "markupsafe 3.0.2"]],
  ["Cargo.lock", "src/Cargo.lock", ["smallvec 1.6.0", "time 0.1.42"]],
  ["Gemfile.lock", "app/Gemfile.lock", ["nokogiri 1.13.10", "racc 1.6.0", "rack 2.0.1"]],
  [
    "composer.lock",
    "app/composer.lock",
    ["guzzlehttp/guzzle 7.4.4", "guzzlehttp/psr7 2.3.0", "symfony/polyfill-php80 1.26.0"],
  ],
  [
    "packages.lock.json",
    "src/packages.lock.json",
    ["Newtonsoft.Json 12.0.1", "System.Memory 4.5.4"],
  ],
];

describe.each(LISTS)("%s", (fixture, path, expected) => {
  test("names exactly what is meant to be installed", async () => {
    const report = analyse(path, await readFixture(fixture));
    expect(report?.problem).toBeUndefined();
    expect(listed(report).toSorted()).toEqual(expected);
    expect(report?.packages?.every(({ locked }) => locked === true)).toBe(true);
  });

  test("is not believed where another package brought it", async () => {
    const content = await readFixture(fixture);
    expect(analyse(path.replace(/^[^/]+/, "app/node_modules/left-pad"), content)).toBeUndefined();
    expect(analyse(path.replace(/^[^/]+/, "app/vendor/left-pad"), content)).toBeUndefined();
  });
});

test("a lock file of npm carries licences and what a package depends on", async () => {
  const report = analyse("app/package-lock.json", await readFixture("package-lock-v3.json"));
  const axios = report?.packages?.find(({ name }) => name === "axios");
  expect(axios?.licences).toEqual(["MIT"]);
  expect(axios?.dependencies).toEqual([
    { kind: "requires", name: "follow-redirects", constraint: "^1.10.0" },
  ]);
});

test("requirements.txt counts as far as it pins", () => {
  const lines = [
    "Jinja2==2.10 # templates",
    "requests[socks] == 2.19.0 ; python_version >= '3.6'",
    "urllib3===1.24.1 --hash=sha256:00",
    "flask>=1.0",
    "django==2.*",
    "-r other.txt",
    "--index-url mirror",
    "git+ssh://host/own.git#egg=own",
    "own @ file:///own.tar.gz",
  ];
  const expected = ["Jinja2 2.10", "requests 2.19.0", "urllib3 1.24.1"];
  const text = lines.join("\r\n");
  expect(listed(analyse("app/requirements.txt", Buffer.from(text)))).toEqual(expected);
  expect(listed(analyse("app/requirements.txt", Buffer.from(`\uFEFF${text}`, "utf16le")))).toEqual(
    expected,
  );
});
