import { describe, expect, test } from "vitest";
import { applyRule } from "./apply-rule.ts";
import { type BuildRuleText, parseBuildRule } from "./build-rule.ts";
import { BuildRuleError } from "./build-rule-error.ts";
import { parseGitRef } from "./git-ref.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const DATE = new Date("2026-11-28T23:59:00Z");

function apply(rule: string | BuildRuleText, ref: string, changed?: readonly string[]) {
  const pushed = { ...parseGitRef(ref), commit: COMMIT, date: DATE, changed };
  return applyRule(parseBuildRule(typeof rule === "string" ? parse(rule) : rule), pushed);
}

/** `tag /^v/ -> {sourceref}`. */
function parse(text: string): BuildRuleText {
  const [, type, source = "", dockerTag = ""] = /^(branch|tag) (.*) -> (.*)$/.exec(text) ?? [];
  return { sourceType: type === "tag" ? "tag" : "branch", source, dockerTag };
}

function tagsOf(rule: string | BuildRuleText, ref: string): readonly string[] | undefined {
  const applied = apply(rule, ref);
  if (!applied.builds) return undefined;
  return applied.tags.flatMap((one) => ("tag" in one ? [one.tag] : []));
}

describe("what Docker Hub's documentation shows", () => {
  test.each<[rule: string, ref: string, tags: readonly string[] | undefined]>([
    // "Set up automated builds": the rule that each repository begins with.
    ["branch master -> latest", "refs/heads/master", ["latest"]],
    ["branch master -> latest", "refs/heads/main", undefined],
    ["branch master -> latest", "refs/tags/master", undefined],
    ["branch main -> latest", "refs/heads/main", ["latest"]],
    // The example that the page for a new rule shows for a tag.
    ["tag /^[0-9.]+$/ -> release-{sourceref}", "refs/tags/1.0", ["release-1.0"]],
    ["tag /^[0-9.]+$/ -> release-{sourceref}", "refs/tags/1.0-rc1", undefined],
    ["tag /^[0-9.]+$/ -> {sourceref}", "refs/tags/2.6.3", ["2.6.3"]],
    // "Regex example: build from version number branch and tag with version number".
    ["branch /[0-9.]+$/ -> version-{sourceref}", "refs/heads/1.2", ["version-1.2"]],
    ["branch /[0-9.]+$/ -> version-{sourceref}", "refs/heads/v1.2", ["version-v1.2"]],
    // "includes the whole source name, not just the portion that matched the regex".
    ["branch /[0-9.]+$/ -> version-{sourceref}", "refs/heads/rel-1.2", ["version-rel-1.2"]],
    ["branch /[0-9.]+$/ -> version-{sourceref}", "refs/heads/1.2-dev", undefined],
    // Capture groups, also as older pages write them.
    ["branch /(alice|bob)-v([0-9.]+)/ -> {\\1}-{\\2}", "refs/heads/bob-v1.2", ["bob-1.2"]],
    ["branch /(alice|bob)-v([0-9.]+)/ -> {/2}", "refs/heads/alice-v3", ["3"]],
    ["branch /(alice|bob)-v([0-9.]+)/ -> {/2}", "refs/heads/eve-v3", undefined],
    ["tag /^v([0-9]+)[0-9.]*$/ -> v{\\1}", "refs/tags/v10.1.2", ["v10"]],
    // "up to nine regular expression capture groups", `{\1}` to `{\9}`.
    [
      "tag /^(.)(.)(.)(.)(.)(.)(.)(.)(.)$/ -> {\\9}{\\8}{\\7}{\\6}{\\5}{\\4}{\\3}{\\2}{\\1},{/9}.{/1}",
      "refs/tags/123456789",
      ["987654321", "9.1"],
    ],
    // Newer pages show an expression without slashes.
    ["tag ^v([0-9.]+)$ -> {\\1}", "refs/tags/v1.2.3", ["1.2.3"]],
    ["tag ^v([0-9.]+)$ -> {\\1}", "refs/tags/v1.2.3a", undefined],
    ["tag ^v([0-9.]+)$ -> version-{\\1}", "refs/tags/v1.2.3", ["version-1.2.3"]],
    // An expression in slashes matches any part of a name, one that is written out, the whole.
    ["tag /[0-9.]+$/ -> {sourceref}", "refs/tags/2.6.3", ["2.6.3"]],
    ["tag /[0-9.]+$/ -> {sourceref}", "refs/tags/release-2.6.3", ["release-2.6.3"]],
    ["branch release -> stable", "refs/heads/release-2", undefined],
    // All branches, each under its own name.
    ["branch /.*/ -> {sourceref}", "refs/heads/staging", ["staging"]],
    ["tag /.*/ -> release-{sourceref}", "refs/tags/2.6.3", ["release-2.6.3"]],
    // Several tags of one rule.
    ["branch main -> latest, edge,latest", "refs/heads/main", ["latest", "edge"]],
    // "Create multiple Docker tags from a single build": expressions and plain text at once.
    ["tag /^[0-9.]+$/ -> {sourceref},latest", "refs/tags/1.0", ["1.0", "latest"]],
    ["branch /.*/ -> {sourceref},latest", "refs/heads/dev", ["dev", "latest"]],
    // What a tag cannot hold, a branch often does.
    ["branch /.*/ -> {sourceref}", "refs/heads/feature/login", ["feature_login"]],
    ["branch /^feature\\/(.+)$/ -> dev-{\\1}", "refs/heads/feature/login", ["dev-login"]],
  ])("%s on %s: %j", (rule, ref, tags) => {
    expect(tagsOf(rule, ref)).toEqual(tags);
  });
});

test("each rule that fits a push makes its own tags, wherever its Dockerfile lies", () => {
  const rules: readonly BuildRuleText[] = [
    { ...parse("branch master -> testing"), dockerfile: "/" },
    { ...parse("tag /^[0-9.]+$/ -> latest"), dockerfile: "/" },
    { ...parse("tag /^[0-9.]+$/ -> release-{sourceref}"), dockerfile: "Dockerfile", context: "/" },
    { ...parse("tag /^[0-9.]+$/ -> slim"), dockerfile: "slim/Dockerfile", context: "" },
    { ...parse("tag /^[0-9.]+$/ -> later"), autobuild: false, caching: false },
  ];
  const applied = rules.map((rule) => apply(rule, "refs/tags/1.0"));
  const common = { builds: true, autobuild: true, caching: true, context: "." };
  expect(applied).toMatchObject([
    { builds: false },
    { ...common, dockerfile: "Dockerfile", tags: [{ tag: "latest" }] },
    { ...common, dockerfile: "Dockerfile", tags: [{ tag: "release-1.0" }] },
    { ...common, context: "slim", dockerfile: "slim/Dockerfile", tags: [{ tag: "slim" }] },
    { ...common, autobuild: false, caching: false, tags: [{ tag: "later" }] },
  ]);
});

test.each<[template: string, ref: string, tags: readonly string[]]>([
  ["{sha7}", "refs/heads/main", ["0123456"]],
  ["{sha}", "refs/heads/main", [COMMIT]],
  ["{date}-{sha7}", "refs/heads/main", ["20261128-0123456"]],
  ["{branch}", "refs/heads/feature/x+y", ["feature_x_y"]],
  ["{sourceref}", "refs/heads/-dash", ["_dash"]],
  ["{sourceref}", `refs/heads/${"a".repeat(300)}`, ["a".repeat(128)]],
  ["{tag}", "refs/tags/v1", ["v1"]],
  ["{semver.major},{semver.minor},{semver.patch}", "refs/tags/v1.4.2", ["1", "1.4", "1.4.2"]],
  ["{semver},{semver.minor}", "refs/tags/v1.4.2-rc.1", ["1.4.2-rc.1"]],
  ["{semver},x", "refs/tags/1.4", ["x"]],
  ["{\\1}", "refs/tags/x", []],
])("%s on %s: %j", (dockerTag, ref, tags) => {
  const sourceType = parseGitRef(ref).type;
  expect(tagsOf({ sourceType, source: "/^(never)?./", dockerTag }, ref)).toEqual(tags);
});

test("a template that makes nothing says why", () => {
  const applied = apply("tag /./ -> {semver.minor},{semver.major}", "refs/tags/v2.0.0-beta");
  expect(applied).toMatchObject({
    tags: [
      { why: "v2.0.0-beta is a pre-release, which does not move {semver.minor}" },
      { template: "{semver.major}" },
    ],
  });
});

test.each([
  [undefined, undefined, [".", "Dockerfile"]],
  ["/", "/", [".", "Dockerfile"]],
  ["/", "", [".", "Dockerfile"]],
  ["/app", "Dockerfile", ["app", "app/Dockerfile"]],
  ["app/", "/docker/Dockerfile.prod", ["app", "app/docker/Dockerfile.prod"]],
  ["", "docker/web/Dockerfile", ["docker/web", "docker/web/Dockerfile"]],
  ["", "", [".", "Dockerfile"]],
  ["/", "docker/", [".", "docker/Dockerfile"]],
])("context %j and Dockerfile %j are %j", (context, dockerfile, [directory, file]) => {
  const rule = { ...parse("branch main -> latest"), context, dockerfile };
  expect(apply(rule, "refs/heads/main")).toMatchObject({
    builds: true,
    context: directory,
    dockerfile: file,
    autobuild: true,
    caching: true,
  });
});

test.each<[paths: readonly string[], changed: readonly string[] | undefined, builds: boolean]>([
  [[], ["a"], true],
  [["src/**"], ["src/a/b.ts"], true],
  [["src/**"], ["docs/a.md"], false],
  [["src/"], ["src/a.ts"], true],
  [["*.go"], ["main.go"], true],
  [["*.go"], ["cmd/main.go"], false],
  [["**/*.go"], ["main.go"], true],
  [["**/*.go"], ["cmd/x/main.go"], true],
  [["!docs/**"], ["docs/a.md"], false],
  [["!docs/**"], ["docs/a.md", "src/a.ts"], true],
  [["src/**", "!**/*.md"], ["src/README.md"], false],
  [["a.b"], ["axb"], false],
  [["src/**"], undefined, true],
  [["src/**"], [], false],
])("paths %j and the change of %j: %s", (paths, changed, builds) => {
  const rule = { ...parse("branch main -> latest"), paths };
  expect(apply(rule, "refs/heads/main", changed).builds).toBe(builds);
});

test.each([
  ["branch  -> latest", /must name/],
  ["branch main -> ", /which tag/],
  ["branch main -> {\\1}", /no groups/],
  ["branch /(a)/ -> {\\2}", /only 1 groups/],
  ["branch main -> {tag}", /nothing for a branch/],
  ["branch main -> {nope}", /\{nope\} is no variable/],
  ["branch main -> {sourceref", /is no variable/],
  ["branch /(?=a)/ -> x", /RE2/],
  ["branch // -> x", /must not be empty/],
])("%s is refused", (rule, why) => {
  expect(() => parseBuildRule(parse(rule))).toThrow(why);
});

test.each(["../x", "a/../../b"])("a path that climbs (%s) is refused", (path) => {
  const rule = parse("branch main -> latest");
  expect(() => parseBuildRule({ ...rule, context: path })).toThrow(BuildRuleError);
  expect(() => parseBuildRule({ ...rule, dockerfile: path })).toThrow(BuildRuleError);
});

test("an expression made to be slow is not", () => {
  const begun = performance.now();
  apply("branch /(a+)+$/ -> {\\1}", `refs/heads/${"a".repeat(250)}!`);
  expect(performance.now() - begun).toBeLessThan(500);
});
