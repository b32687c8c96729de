import { describe, expect, test } from "vitest";
import { measureCpu } from "../../../test/harness/cpu-time.ts";
import { readDockerIgnore } from "./docker-ignore.ts";
import { LINT_RULES, lintDockerfile } from "./lint-dockerfile.ts";

/** docs.docker.com/reference/build-checks */
const BUILDKIT =
  "ConsistentInstructionCasing CopyIgnoredFile DuplicateStageName ExposeInvalidFormat ExposeProtoCasing FromAsCasing FromPlatformFlagConstDisallowed InvalidDefaultArgInFrom InvalidDefinitionDescription JSONArgsRecommended LegacyKeyValueFormat MaintainerDeprecated MultipleInstructionsDisallowed NoEmptyContinuation RedundantTargetPlatform ReservedStageName SecretsUsedInArgOrEnv StageNameCasing UndefinedArgInFrom UndefinedVar WorkdirRelativePath".split(
    " ",
  );

const idsOf = (...lines: readonly string[]) =>
  lintDockerfile(lines.join("\n")).findings.map(({ id }) => id);

test("all of BuildKit's checks are there by their names, and each rule has a name of its own", () => {
  const ids = LINT_RULES.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(BUILDKIT));
  expect(new Set(ids).size).toBe(ids.length);
  for (const { title, why, fix } of LINT_RULES) expect([title, why, fix]).not.toContain("");
});

test.each(LINT_RULES.map((rule) => [rule.id, rule] as const))(
  "%s fires on its example and is silent on the counter-example",
  (id, { fires, silent }) => {
    const found = lintDockerfile(fires.text, fires).findings.filter((one) => one.id === id);
    expect(found).not.toEqual([]);
    expect(lintDockerfile(silent.text, silent).findings.map((one) => one.id)).not.toContain(id);
    for (const { patch } of found)
      if (patch !== null) expect(mended(fires.text, patch)).not.toContain(id);
  },
);

/** The ids that are left once the patch is in. */
function mended(text: string, patch: string): string[] {
  const side = (sign: string) =>
    patch
      .split("\n")
      .filter((line) => line.startsWith(sign))
      .map((line) => line.slice(1))
      .join("\n");
  expect(text).toContain(side("-"));
  return idsOf(text.replace(side("-"), () => side("+")));
}

describe("a file says itself", () => {
  const BODY = ["FROM alpine:3.22 AS Base", "MAINTAINER me"];

  test.each([
    [[], ["StageNameCasing", "MaintainerDeprecated"]],
    [["# check=skip=StageNameCasing"], ["MaintainerDeprecated"]],
    [["# syntax=docker/dockerfile:1", "# check=skip=StageNameCasing,MaintainerDeprecated"], []],
    [["# check=skip=all"], []],
    [["# hadolint ignore=StageNameCasing"], ["MaintainerDeprecated"]],
    [["# hadolint global ignore=DL4000 # for now"], ["StageNameCasing"]],
    [
      ["# no directive", "# check=skip=all"],
      ["StageNameCasing", "MaintainerDeprecated"],
    ],
  ])("%j", (above, expected) => {
    const wanted = new Set(["StageNameCasing", "MaintainerDeprecated"]);
    expect(idsOf(...above, ...BODY).filter((id) => wanted.has(id))).toEqual(expected);
  });

  test("which instruction a rule does not count for", () => {
    const found = lintDockerfile(
      ["FROM alpine:3.22", "# hadolint ignore=DL3004", "RUN sudo a", "RUN sudo b"].join("\n"),
    ).findings.filter(({ id }) => id === "runs-sudo");
    expect(found.map(({ line }) => line)).toEqual([4]);
  });

  test("that what is found is an error", () => {
    expect(lintDockerfile("# check=error=true\nFROM alpine").isError).toBe(true);
    expect(lintDockerfile("FROM alpine").isError).toBe(false);
  });
});

test("no secret is repeated, in patches neither", () => {
  const found = lintDockerfile("FROM alpine:3.22\nENV DB_PASSWORD hunter2\n");
  expect(found.findings.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["SecretsUsedInArgOrEnv", "LegacyKeyValueFormat"]),
  );
  expect(JSON.stringify(found)).not.toContain("hunter2");
});

test.each([
  ["*.log", "deep/a.log", false],
  ["**/*.log", "deep/a.log", true],
  ["deep", "deep/a.log", true],
  ["/deep/", "deep/a.log", true],
  ["deep\n!deep/a.log", "deep/a.log", false],
  ["*\n!src", "src/a", false],
  ["# deep", "deep/a.log", false],
  ["a.c", "abc", false],
  ["de?p", "deep/a", true],
])(".dockerignore %j and %s: %s", (text, path, expected) => {
  expect(readDockerIgnore(text)(path)).toBe(expected);
});

test.each([
  `FROM a\nCOPY ${"${".repeat(30_000)} /`,
  `FROM a\nENV ${"A=$A ".repeat(20_000)}`,
  `FROM a\nLABEL ${'"a" '.repeat(20_000)}`,
  `FROM a\nRUN ${"yarn ".repeat(30_000)}`,
  `FROM a\nRUN x\n${"RUN apt-get install a b c\n".repeat(3_000)}`,
  `FROM a AS a\n${"FROM a AS a\n".repeat(3_000)}`,
  `FROM a\nRUN ${"pip install ".repeat(10_000)}`,
])("text that is made to be slow is not", (text) => {
  expect(measureCpu(() => lintDockerfile(text))).toBeLessThan(5_000);
});
