import { expect, test } from "vitest";
import { withoutRunning } from "../checks/check.ts";
import { IMAGE_CHECKS } from "../checks/image-checks.ts";
import { parseDefinition } from "../parse-definition.ts";
import { listBuilds, withBuilds } from "./made.ts";

const passed = withoutRunning(IMAGE_CHECKS, "").map(
  (check) => ({ ...check, state: "passed", details: [] }) as const,
);
const said = (builds: Parameters<typeof withBuilds>[1]) =>
  withBuilds(passed, builds).filter(({ state }) => state !== "passed");
const good = { name: "1 (amd64)", architecture: "amd64", failure: undefined };
const missing = { ...good, name: "1 (s390x)", architecture: "s390x", notHere: "no machine" };
const broken = { ...good, name: "1 (i386)", architecture: "i386", failure: "it ended with 1" };

test("an architecture that nothing here builds for was not looked at, and is no failure", () => {
  expect(said([good])).toEqual([]);
  expect(said([good, missing])).toMatchObject([
    { number: 29, state: "not run", details: ["1 (s390x): no machine"] },
  ]);
  expect(said([good, missing, broken])).toMatchObject([
    {
      ...{ number: 29, state: "failed" },
      details: ["1 (i386): it ended with 1", "1 (s390x): no machine"],
    },
  ]);
});

test("each entry is built for each of its architectures, from the sources of that", () => {
  const [one, other] = ["1", "2"].map((digit) => digit.repeat(40));
  const text = [
    ...["Maintainers: Ann (@ann)", "GitRepo: https://example.com/a.git", `GitCommit: ${one}`, ""],
    ...["Tags: 1", "SharedTags: latest", "Architectures: amd64, arm64v8"],
    ...[`arm64v8-GitCommit: ${other}`, "", "SharedTags: latest", "Directory: b"],
    ...["Architectures: riscv64", ""],
  ].join("\n");
  const parsed = parseDefinition(text);
  expect(parsed.problems).toEqual([]);
  expect(listBuilds(parsed).map(({ name, source }) => [name, source.gitCommit])).toEqual([
    ["1 (amd64)", one],
    ["1 (arm64v8)", other],
    ["latest", one],
  ]);
});
