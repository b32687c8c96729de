import fc from "fast-check";
import { expect, test } from "vitest";
import { isTag, parseTag } from "../../oci/tag.ts";
import { findNearestTag } from "./nearest-tag.ts";
import { createPatterns } from "./patterns.ts";
import { fitsFormat, parseTagFormat, type TagFormat } from "./tag-format.ts";

const patterns = createPatterns();

function read(text: string): TagFormat {
  const format = parseTagFormat(text);
  if (format === undefined) throw new Error(`${text} is no format`);
  return format;
}

test.each([
  ["semver", "1.25.3 v1.25.3 0.0.0 1.0.0-rc.1 1.0.0-alpha-2.x 1.2.3-amd64 10.20.30"],
  ["environment", "1.25-dev app-staging x-prod 1.2.3-rc.1-dev"],
  ["architecture", "1.25-amd64 latest-arm64"],
  ["glob:release-*", "release-1 release-"],
  ["glob:*-v*-x", "a-v1-x -v-x"],
  ["regex:v[0-9]+", "v1 v22"],
])("%s allows %s", (format, tags) => {
  for (const tag of tags.split(" ")) {
    expect([tag, fitsFormat(read(format), tag as never, patterns)]).toEqual([tag, true]);
  }
});

test.each([
  [
    "semver",
    "1 1.25 1.25.3.4 01.2.3 1.02.3 v1 latest 1.2.3- 1.2.3-01 1.2.3-a..b 1.2.3_1 V1.2.3 vv1.2.3",
  ],
  ["environment", "dev -dev 1.25 1.25-production 1.25_dev 1.25-DEV"],
  ["architecture", "amd64 1.25-x86_64 1.25-arm 1.25-arm64-v8"],
  ["glob:release-*", "Release-1 my-release-1 release"],
  ["regex:v[0-9]+", "v v1.2 xv1"],
])("%s allows none of %s", (format, tags) => {
  for (const tag of tags.split(" ")) {
    expect([tag, fitsFormat(read(format), tag as never, patterns)]).toEqual([tag, false]);
  }
});

test.each(["", "Semver", "glob", "glob:", "glob:a/b", "glob:a b", "semver:1", "regexp:v"])(
  "%j says nothing about tags",
  (text) => expect(parseTagFormat(text)).toBeUndefined(),
);

test.each([
  ["1.25", "semver", "1.25.0"],
  ["v1", "semver", "v1.0.0"],
  ["1.25.3.4", "semver", "1.25.3"],
  ["01.2.3", "semver", "1.2.3"],
  ["V1.2.3", "semver", "v1.2.3"],
  ["1.2.3rc1", "semver", "1.2.3-rc1"],
  ["1.2.3_rc.1", "semver", "1.2.3-rc.1"],
  ["release-1.2", "semver", "1.2.0"],
  ["1.25-production", "environment", "1.25-prod"],
  ["1.25_dev", "environment", "1.25-dev"],
  ["1.25-DEV", "environment", "1.25-dev"],
  ["1.25-stage", "environment", "1.25-staging"],
  ["1.25", "environment", "1.25-dev"],
  ["1.25-x86_64", "architecture", "1.25-amd64"],
  ["1.25-aarch64", "architecture", "1.25-arm64"],
  ["1.25", "architecture", "1.25-amd64"],
  ["Release-1", "glob:release-*", "release-1"],
  ["1.2", "glob:release-*", "release-1.2"],
  ["rel-1.2", "glob:release-*", "release-1.2"],
  ["1.2", "glob:*-final", "1.2-final"],
  ["stable", "glob:latest", "latest"],
  ["1.2", "regex:v[0-9.]+", "v1.2"],
  ["V7", "regex:v[0-9]+", "v7"],
  ["nothing", "regex:[0-9]{12}", undefined],
])("%s is near to what %s allows as %s", (tag, format, nearest) => {
  expect(findNearestTag(parseTag(tag), [read(format)], patterns)).toBe(nearest);
});

test("a name that is proposed can be pushed, whatever was tried", () => {
  const piece = fc.constantFrom(..."a b V v 0 1 07 . - _ -dev rc x86_64 latest".split(" "));
  const tag = fc
    .array(piece, { minLength: 1, maxLength: 60 })
    .map((all) => all.join(""))
    .filter(isTag);
  const texts = ["semver", "environment", "architecture", "glob:release-*-x*", "regex:v[0-9.]+"];
  const formats = fc.subarray(texts, { minLength: 1 });
  fc.assert(
    fc.property(tag, formats, (tried, some) => {
      const given = some.map(read);
      if (given.some((format) => fitsFormat(format, tried, patterns))) return;
      const nearest = findNearestTag(tried, given, patterns);
      // Only what a regular expression wants may be out of sight.
      if (nearest === undefined)
        expect(some.every((one) => one.startsWith("regex:") || tried.length > 110)).toBe(true);
      else expect(given.some((format) => fitsFormat(format, nearest, patterns))).toBe(true);
    }),
  );
});
