import { expect, test } from "vitest";
import { measureCpu } from "../../../../test/harness/cpu-time.ts";
import { writeElf } from "../../../../test/harness/elf.ts";
import { Randomness } from "../../../../test/harness/randomness.ts";
import { writeZip } from "../../../../test/harness/zip.ts";
import type { FileReport } from "../model.ts";
import { analyse, readFixture } from "./analyse.fixture.ts";

const MUTATIONS = 60;
const SLOWEST_MS = 1000;

async function samples(): Promise<[path: string, content: Buffer][]> {
  const inner = writeZip([
    {
      name: "META-INF/maven/a/b/pom.properties",
      content: Buffer.from("groupId=a\nartifactId=b\nversion=1\n"),
    },
  ]);
  const elf = writeElf({
    is64: true,
    isBigEndian: false,
    address: 0x400000,
    sections: [
      {
        name: ".go.buildinfo",
        content: Buffer.concat([
          Buffer.from("\xff Go buildinf:\x08\x02", "latin1"),
          Buffer.alloc(1200, 1),
        ]),
      },
      { name: ".dep-v0", content: Buffer.from("x\u009c", "latin1") },
    ],
  });
  const files: readonly [string, string][] = [
    ["app/package-lock.json", "package-lock-v1.json"],
    ["app/package-lock.json", "package-lock-v3.json"],
    ["app/yarn.lock", "yarn-v1.lock"],
    ["app/yarn.lock", "yarn-berry.lock"],
    ["app/pnpm-lock.yaml", "pnpm-lock-v9.yaml"],
    ["app/poetry.lock", "poetry.lock"],
    ["app/uv.lock", "uv.lock"],
    ["app/Pipfile.lock", "Pipfile.lock"],
    ["app/Cargo.lock", "Cargo.lock"],
    ["app/Gemfile.lock", "Gemfile.lock"],
    ["app/requirements.txt", "Gemfile.lock"],
    ["app/composer.lock", "composer.lock"],
    ["vendor/composer/installed.json", "composer-installed.json"],
    ["app/app.deps.json", "app.deps.json"],
    ["app/packages.lock.json", "packages.lock.json"],
    ["lib/x.dist-info/METADATA", "requests-PKG-INFO"],
    ["lib/specifications/x.gemspec", "net-telnet-0.2.0.gemspec"],
  ];
  const read = files.map(
    async ([path, name]): Promise<[string, Buffer]> => [path, await readFixture(name)],
  );
  return [
    ...(await Promise.all(read)),
    ["opt/app.jar", writeZip([{ name: "WEB-INF/lib/inner.jar", content: inner }])],
    ["usr/bin/tool", elf],
  ];
}

/** Flips, cuts, repeats and overwrites with what tends to hurt; the first four bytes stay, by which files are chosen. */
function mutate(content: Buffer, randomness: Randomness): Buffer {
  const mutated = Buffer.from(content);
  const at = () => 4 + randomness.below(Math.max(1, mutated.length - 8));
  for (let count = 1 + randomness.below(6); count > 0; count -= 1) {
    mutated[at()] = randomness.pick([0, 0xff, 0x7f, 0x22, 0x7b, 0x5b, 0x0a, randomness.below(256)]);
  }
  const extremes = [0, 0xffffffff, 0x7fffffff, mutated.length] as const;
  if (randomness.below(2) === 0) mutated.writeUInt32LE(randomness.pick([...extremes]), at());
  if (randomness.below(4) === 0) return mutated.subarray(0, at());
  if (randomness.below(4) === 0) {
    return Buffer.concat([mutated, ...Array<Buffer>(50).fill(mutated.subarray(at()))]);
  }
  return mutated;
}

test("whatever a file holds, it is read in time, and the worst is a problem that is told", async () => {
  const randomness = new Randomness();
  for (const [path, content] of await samples()) {
    expect(analyse(path, content, 0o755), path).toBeDefined();
    for (let round = 0; round < MUTATIONS; round += 1) {
      const mutated = mutate(content, randomness);
      const context = `${path}, seed ${randomness.seed}, round ${round}`;
      let report: FileReport | undefined;
      const cpu = measureCpu(() => {
        report = analyse(path, mutated, 0o755);
      });
      expect(cpu, context).toBeLessThan(SLOWEST_MS);
      for (const { name, version } of report?.packages ?? []) {
        expect(`${name}${version}`, context).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }
  }
});

const megabytes = (text: string, count = 8) => text.repeat((count * 1024 * 1024) / text.length);

test.each([
  [
    "app/package-lock.json",
    `{"dependencies":${'{"a":{"dependencies":'.repeat(100_000)}{}${"}}".repeat(100_000)}}`,
  ],
  ["app/package-lock.json", megabytes("[", 4)],
  ["app/yarn.lock", `"a@1":\n${megabytes("  x ")}`],
  ["app/yarn.lock", megabytes('"')],
  ["app/pnpm-lock.yaml", `packages:\n\n  /${megabytes("a/")}:\n`],
  ["app/pnpm-lock.yaml", `packages:\n\n  ${megabytes("a@")}:\n`],
  ["app/requirements.txt", `a${megabytes(" ")}x`],
  ["app/requirements.txt", megabytes("a==1\n")],
  ["app/requirements.txt", megabytes(" #")],
  ["app/Gemfile.lock", `GEM\n    ${megabytes("a ")}(1)`],
  ["app/Cargo.lock", `a = ${megabytes("[", 1)}`],
  ["app/uv.lock", megabytes("[[package]]\n", 1)],
  ["lib/x.dist-info/METADATA", `Name: a\n${megabytes(" b\n", 4)}`],
  ["lib/x.dist-info/METADATA", megabytes("Requires-Dist: a;;\n", 4)],
  ["lib/specifications/x.gemspec", megabytes("s.add_dependency(%q<a>, [\n", 4)],
])("%s that is made to be slow is not", (path, text) => {
  const content = Buffer.from(text);
  expect(measureCpu(() => analyse(path, content))).toBeLessThan(5 * SLOWEST_MS);
});
