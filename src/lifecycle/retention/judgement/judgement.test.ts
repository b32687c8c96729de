import { describe, expect, test } from "vitest";
import type { Digest } from "../../../oci/digest.ts";
import { parseRetentionPolicy } from "../language/parse-policy.ts";
import type { RetentionCandidate } from "./candidate.ts";
import { createJudgement } from "./judgement.ts";

const DAY = 86_400_000;
const NOW = new Date("2026-06-01T00:00:00Z");

interface Wish {
  readonly pushed?: number;
  readonly pulled?: number;
  readonly labels?: Readonly<Record<string, string>> | "unknown";
  readonly held?: string;
}

function ago(days: number): Date {
  return new Date(NOW.getTime() - days * DAY);
}

function tagged(tag: string | undefined, wish: Wish = {}): RetentionCandidate {
  const { pushed = 0, pulled, labels = {}, held } = wish;
  return {
    tag,
    digest: `sha256:${tag ?? "none"}` as Digest,
    pushedAt: ago(pushed),
    pulledAt: pulled === undefined ? undefined : ago(pulled),
    labels: labels === "unknown" ? undefined : new Map(Object.entries(labels)),
    heldBecause: held,
  };
}

function decideAll(
  text: string,
  candidates: readonly RetentionCandidate[],
  inUseMs: number | undefined = undefined,
) {
  const judgement = createJudgement({ policy: parseRetentionPolicy(text), inUseMs }, NOW);
  for (const candidate of candidates) judgement.look(candidate);
  return candidates.map((candidate) => judgement.decide(candidate));
}

/** What the policy removes of them. */
function removed(
  policy: string,
  candidates: readonly RetentionCandidate[],
  inUseMs: number | undefined = undefined,
) {
  return decideAll(policy, candidates, inUseMs)
    .filter(({ action }) => action === "remove")
    .map(({ candidate }) => candidate.tag ?? "untagged");
}

function tags(...names: readonly string[]) {
  return names.map((name, at) => tagged(name, { pushed: names.length - at }));
}

describe("by age", () => {
  test("what was pushed or pulled within is kept, whichever is later", () => {
    const candidates = [
      tagged("fresh", { pushed: 1 }),
      tagged("old", { pushed: 40 }),
      tagged("used", { pushed: 400, pulled: 2 }),
      tagged("once-used", { pushed: 400, pulled: 60 }),
      tagged("edge", { pushed: 30 }),
    ];
    expect(removed("keep 30d", candidates)).toEqual(["old", "once-used", "edge"]);
    expect(removed("delete --older-than 30d", candidates)).toEqual(["old", "once-used", "edge"]);
  });
});

describe("the newest", () => {
  test("by time, of all or of what a pattern matches", () => {
    const candidates = tags("a1", "b1", "a2", "b2", "a3");
    expect(removed("keep n: 2", candidates)).toEqual(["a1", "b1", "a2"]);
    expect(removed('keep n: 1 --match "a*"\nkeep --match "b*"', candidates)).toEqual(["a1", "a2"]);
  });

  test("by version: so many of each of so many minors, whenever they were pushed", () => {
    const candidates = tags("2.0.0", "1.4.9", "1.4.10", "1.4.2", "1.3.1", "1.2.0", "0.9.0");
    expect(removed("keep n: 2 per minor of 3 minors", candidates)).toEqual([
      "1.4.2",
      "1.2.0",
      "0.9.0",
    ]);
    expect(removed("keep n: 1 per major", candidates)).toEqual([
      "1.4.9",
      "1.4.2",
      "1.3.1",
      "1.2.0",
    ]);
    expect(removed("keep n: 1 per patch of 1 patches", candidates)).toHaveLength(6);
  });

  test.each([
    ["a v in front", tags("v1.2.0", "1.1.0", "v1.0.0"), ["v1.0.0"]],
    ["build metadata", tags("1.2.0_1", "1.1.0_1", "1.0.0_1"), ["1.0.0_1"]],
    ["pre-releases", tags("1.2.0-rc.2", "1.2.0-rc.10", "1.1.0", "1.0.0"), ["1.2.0-rc.2", "1.0.0"]],
    ["four numbers", tags("1.2.0.1", "1.2.0.10", "1.1.0", "1.0.0"), ["1.2.0.1", "1.0.0"]],
    [
      "families with a prefix, each for itself",
      tags("api-1.0", "api-1.1", "api-1.2", "web-1.0", "web-1.1"),
      ["api-1.0"],
    ],
    [
      "variants, each for itself",
      tags("1.0-alpine", "1.1-alpine", "1.2-alpine", "1.2", "1.1"),
      ["1.0-alpine"],
    ],
  ])("with %s", (_what, candidates, expected) => {
    expect(removed("keep n: 1 per minor of 2 minors", candidates)).toEqual(expected);
  });

  test("what is no version is not judged by versions, and stays", () => {
    expect(removed("keep n: 1 per minor of 1 minors", tags("1.0", "1.1", "latest"))).toEqual([
      "1.0",
    ]);
  });
});

describe("by pattern and filter", () => {
  const candidates = [
    tagged("1.0"),
    tagged("1.0-beta.1"),
    tagged("main-dev", { pushed: 100 }),
    tagged("new-dev", { pushed: 10 }),
    tagged("release-7", { pushed: 100, labels: { env: "dev" } }),
    tagged("secret", { pushed: 100, labels: "unknown" }),
  ];

  test.each([
    ['delete --match "*-beta.*"', ["1.0-beta.1"]],
    ['delete --match "*-dev" --older-than 90d', ["main-dev"]],
    ['delete --filter "until=720h" --filter "label=env=dev"', ["release-7"]],
    ['delete --filter "label=env"', ["release-7"]],
    ['delete --filter "label!=env=dev" --filter "until=720h"', ["main-dev"]],
    ['delete --filter "until=2026-04-01"', ["main-dev", "release-7", "secret"]],
    ['keep --match "release-*"\ndelete --older-than 90d', ["main-dev", "secret"]],
    ['keep --match "release-*"', ["1.0", "1.0-beta.1", "main-dev", "new-dev", "secret"]],
    ['keep --filter "label=env=dev"', ["1.0", "1.0-beta.1", "main-dev", "new-dev"]],
    ["", []],
  ])("%s", (policy, expected) => expect(removed(policy, candidates)).toEqual(expected));
});

describe("manifests without a tag", () => {
  const candidates = [
    tagged(undefined, { pushed: 10 }),
    tagged("old", { pushed: 10 }),
    tagged(undefined, { pushed: 1 }),
  ];

  test("go only if a line names them", () => {
    expect(removed("keep 5d", candidates)).toEqual(["old"]);
    expect(removed("delete --older-than 7d", candidates)).toEqual(["old"]);
    expect(removed("delete untagged --older-than 7d", candidates)).toEqual(["untagged"]);
    expect(removed("keep 5d\nkeep untagged 5d", candidates)).toEqual(["untagged", "old"]);
  });
});

test("what is held stays, with the reason it is held for", () => {
  const [decision] = decideAll('delete --match "*"', [
    tagged("1.0", { held: "the tag is immutable" }),
  ]);
  expect(decision).toMatchObject({ action: "keep", why: "the tag is immutable" });
});

test("each decision names its line", () => {
  const decisions = decideAll('keep n: 1\ndelete --match "a*"', tags("a1", "b1", "a2"));
  expect(decisions.map(({ action, line, why }) => [action, line, why])).toEqual([
    ["remove", 2, 'line 2 removes it: delete --match "a*"'],
    ["keep", undefined, "no delete line matches it"],
    ["keep", 1, "line 1 keeps it: keep n: 1"],
  ]);
});

test("what is in use is held, and being pushed counts as being used", () => {
  const candidates = [
    tagged("pushed", { pushed: 5 }),
    tagged("pulled", { pushed: 100, pulled: 6 }),
    tagged("idle", { pushed: 100, pulled: 8 }),
    tagged(undefined, { pushed: 6 }),
  ];
  const policy = 'delete --match "*"\ndelete untagged';
  expect(removed(policy, candidates, 7 * DAY)).toEqual(["idle"]);
  expect(removed(policy, candidates)).toHaveLength(4);
});

test("of the newest with a label, what may have it stays and takes no place", () => {
  const candidates = [
    tagged("old", { pushed: 3, labels: { env: "dev" } }),
    tagged("sealed", { pushed: 2, labels: "unknown" }),
    tagged("new", { pushed: 1, labels: { env: "dev" } }),
    tagged("other", { pushed: 1 }),
  ];
  expect(removed("keep n: 1 --filter label=env=dev", candidates)).toEqual(["old", "other"]);
});
