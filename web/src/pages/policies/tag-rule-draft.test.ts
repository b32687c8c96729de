import { expect, test } from "vitest";
import type { TagRules } from "../../api/retention.ts";
import { changeOf, draftOf, findBadLine } from "./tag-rule-draft.ts";

const OWN = {
  format: { allow: ["semver", "glob:release-*"], locked: true },
  immutable: {
    ...{ enabled: true, patterns: ["v.*"], youngerThanSeconds: null, untilRetention: true },
    locked: false,
  },
  protected: {
    lines: [
      { tags: "v*", push: ["team:release", "role:owner"], delete: [] },
      { tags: "latest", push: null, delete: ["administrators"] },
      { tags: "*", push: null, delete: null },
    ],
    locked: false,
  },
} satisfies TagRules["own"];

const RULES: TagRules = {
  format: { ...OWN.format, from: { level: "namespace", name: "acme", locked: true } },
  immutable: { ...OWN.immutable, from: null },
  protected: { ...OWN.protected, from: null },
  aliases: { minor: true, major: false, latest: false, from: null },
  assembled: { suffixes: ["amd64"], from: null },
  own: OWN,
};

test("rules that are looked at and not changed stay what they are, and the others are left to the level above", () => {
  const { locked, ...format } = OWN.format;
  const { youngerThanSeconds, ...immutable } = OWN.immutable;
  expect(changeOf(draftOf(RULES), true)).toEqual({
    ...{ format: { ...format, locked }, immutable, protected: OWN.protected },
    ...{ aliases: null, assembled: null },
  });
  expect(changeOf(draftOf(RULES), false).format).toEqual(format);
});

test("a line that names neither who pushes nor who deletes is found", () => {
  const draft = draftOf(RULES);
  expect(findBadLine(draft)).toBeUndefined();
  expect(findBadLine({ ...draft, lines: "v* push=a\nv2 team:x" })).toBe("v2 team:x");
});
