import { expect, test } from "vitest";
import { importHubRules } from "./import-hub-rules.ts";

const MASTER = { sourceType: "branch", source: "master", dockerTag: "latest" };
const VERSIONS = { sourceType: "tag", source: "/^v([0-9.]+)$/", dockerTag: "{\\1}" };

test.each([
  [
    "the table of the page, with tabs",
    "Source Type\tSource\tDocker Tag\tDockerfile location\tBuild Context\tAutobuild\tBuild Caching\n" +
      "Branch\tmaster\tlatest\tDockerfile\t/\tON\tON\nTag\t/^v([0-9.]+)$/\t{\\1}\tDockerfile\t/\tOFF\tON\n",
  ],
  [
    "the table, each cell in a line",
    "Source Type\nSource\nDocker Tag\nBranch\nmaster\nlatest\nDockerfile\n/\n✓\n✓\nTag\n/^v([0-9.]+)$/\n{\\1}\nDockerfile\n/\n✗\n✓",
  ],
  [
    "the table, with spaces",
    "Branch   master   latest   Dockerfile   /   on   on\nTag   /^v([0-9.]+)$/   {\\1}   Dockerfile   /   off   on",
  ],
  [
    "settings as the API lists them",
    JSON.stringify({
      objects: [
        ...[{ source_type: "Branch", source_name: "master", tag: "latest", nocache: false }],
        ...[{ source_type: "Tag", source_name: "/^v([0-9.]+)$/", tag: "{\\1}", autobuild: false }],
      ].map((one) => ({ dockerfile: "Dockerfile", build_context: "/", ...one })),
    }),
  ],
  [
    "a source with its settings",
    JSON.stringify([
      {
        image: "acme/api",
        build_settings: [
          { source_type: "Branch", source_name: "master", tag: "latest" },
          { source_type: "Tag", source_name: "/^v([0-9.]+)$/", tag: "{\\1}", autobuild: false },
        ].map((one) => ({ dockerfile: "Dockerfile", build_context: "/", ...one })),
      },
    ]),
  ],
])("rules are read of %s", (_what, text) => {
  const more = { dockerfile: "Dockerfile", context: "/", caching: true };
  expect(importHubRules(text)).toEqual([
    { ...MASTER, ...more, autobuild: true },
    { ...VERSIONS, ...more, autobuild: false },
  ]);
});

test("what older repositories export is read, too", () => {
  const tag = { name: "latest", dockerfile_location: "/", source_name: "master" };
  const text = JSON.stringify({ build_tags: [{ ...tag, source_type: "Branch" }] });
  expect(importHubRules(text)).toMatchObject([{ ...MASTER, dockerfile: "/" }]);
  const uncached = JSON.stringify([{ ...tag, source_type: "Branch", nocache: true }]);
  expect(importHubRules(uncached)).toMatchObject([{ caching: false }]);
});

test.each(["", "nothing of the kind", "[]", "{}", "{", "[1,null]"])("%j is refused", (text) => {
  expect(() => importHubRules(text)).toThrow(/no build rules|JSON/);
});
