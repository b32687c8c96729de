import { expect, test } from "vitest";
import { parseDefinition } from "./parse-definition.ts";

const COMMIT = "7d0ee592e4ed60e2da9d59331e16ecdcadc1ed87";
const GLOBAL = `Maintainers: Ann Lee <ann@example.com> (@ann), Bo (@bo)\nGitRepo: https://example.com/x.git\nGitCommit: ${COMMIT}\n`;

/** What is wrong with one entry under paragraphs that are right. */
function problemsOf(entry: string, globals = GLOBAL): string[] {
  const { problems } = parseDefinition(`${globals}\n${entry}\n`);
  return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** With the features of the files for hello-world and busybox. */
const WHOLE = `# this file is generated

Maintainers: Ann Lee <ann@example.com> (@ann),
             Jérôme B. <bo@example.com> (@bo)
GitRepo: https://example.com/hello.git
GitCommit: ${"e".repeat(40)}
# the branch of each architecture
amd64-GitFetch: refs/heads/dist-amd64
amd64-GitCommit: ${"a".repeat(40)}
arm32v6-GitFetch: refs/heads/dist-arm32v6
arm32v6-GitCommit: ${"b".repeat(40)}

Tags: 1.32.0-musl, 1.32-musl,
 musl
SharedTags: latest  
Architectures: amd64, arm32v6, i386
Directory: musl
i386-Directory: i386/musl
i386-Builder: oci-import
i386-File: index.json

Tags: nanoserver
SharedTags: latest
Architectures: windows-amd64
windows-amd64-Directory: nanoserver
Constraints: nanoserver
`;

test("a definition is read as bashbrew reads it", () => {
  const { definition, problems } = parseDefinition(WHOLE);
  expect(problems).toEqual([]);
  expect(definition.maintainers).toEqual([
    "Ann Lee <ann@example.com> (@ann)",
    "Jérôme B. <bo@example.com> (@bo)",
  ]);
  const gitRepo = "https://example.com/hello.git";
  const common = { gitRepo, directory: "musl", file: "Dockerfile", builder: "" };
  const master = { gitFetch: "refs/heads/master", gitCommit: "e".repeat(40) };
  expect(definition.entries).toEqual([
    {
      line: 13,
      tags: ["1.32.0-musl", "1.32-musl", "musl"],
      sharedTags: ["latest"],
      constraints: [],
      sources: [
        {
          ...common,
          architecture: "amd64",
          gitFetch: "refs/heads/dist-amd64",
          gitCommit: "a".repeat(40),
        },
        {
          ...common,
          architecture: "arm32v6",
          gitFetch: "refs/heads/dist-arm32v6",
          gitCommit: "b".repeat(40),
        },
        {
          ...common,
          ...master,
          architecture: "i386",
          directory: "i386/musl",
          file: "index.json",
          builder: "oci-import",
        },
      ],
    },
    {
      line: 22,
      tags: ["nanoserver"],
      sharedTags: ["latest"],
      constraints: ["nanoserver"],
      sources: [{ ...common, ...master, architecture: "windows-amd64", directory: "nanoserver" }],
    },
  ]);
});

test.each([
  ["Tags: 1.0, latest", []],
  ["SharedTags: latest", []],
  ["Tags: a \nBuilder: buildkit", []],
  ["Tags: a,\n# why\n b", []],
  ["Tags: a b", ["5:7 Tags: a b is no tag"]],
  ["Tags: .a", ["5:7 Tags: .a is no tag"]],
  ["Tags: a, a", ["5:7 the tag a has any architecture twice"]],
  ["Tags: a\n\nTags: b, a", ["7:7 the tag a has any architecture twice"]],
  ["Tags: a\nSharedTags: a", ["6:13 the tag a is among Tags and SharedTags"]],
  ["Tags: a\nSharedTags: s\n\nTags: b\nSharedTags: s", ["9:13 the tag s has amd64 twice"]],
  ["Tags: a\nSharedTags: s\n\nTags: b\nArchitectures: arm64v8\nSharedTags: s", []],
  ["Architectures: amd64", ["5:1 an entry needs Tags or SharedTags"]],
  ["Tags: a\nMaintainers: Bo (@bo)", ["6:14 Maintainers stand in the first paragraph alone"]],
  ["Tags: a\nGitCommit: abc", ["6:12 GitCommit: it must be the whole hash of a commit"]],
  [
    "Tags: a\narm64v8-GitCommit: abc",
    ["6:20 arm64v8-GitCommit: it must be the whole hash of a commit"],
  ],
  ["Tags: a\narm9-GitCommit: abc", ["6:17 arm9-GitCommit: it is no field of a definition"]],
  ["Tags: a\nColour: red", ["6:9 Colour: it is no field of a definition"]],
  [
    "Tags: a\nGitFetch: master",
    ["6:11 GitFetch: it must be refs/heads/... or refs/tags/..., without * ? :"],
  ],
  [
    "Tags: a\nGitFetch: refs/tags/v*",
    ["6:11 GitFetch: it must be refs/heads/... or refs/tags/..., without * ? :"],
  ],
  ["Tags: a\nGitRepo: /srv/x", ["6:10 GitRepo: it is no address of a Git repository"]],
  ["Tags: a\nDirectory: ../x", ["6:12 Directory: it must stay in the repository"]],
  ["Tags: a\nFile: /Dockerfile", ["6:7 File: it must stay in the repository"]],
  ["Tags: a\nBuilder: kaniko", ["6:10 Builder: it must be classic, buildkit or oci-import"]],
  ["Tags: a\nTags: b", ["6:1 Tags stands twice in one entry"]],
  ["Tags: a\nnothing", ["6:1 it is no `Name: value`"]],
  [" b", ["5:1 a line that goes on must follow a field"]],
])("%j: %j", (entry, expected) => {
  expect(problemsOf(entry)).toEqual(expected);
});

test("the first paragraph must be there and name the maintainers", () => {
  expect(parseDefinition("").problems).toEqual([
    { line: 1, column: 1, message: "the file says nothing", check: 1 },
  ]);
  expect(problemsOf("Tags: a", "GitRepo: https://example.com/x.git\nTags: x\n")).toEqual([
    "1:1 the first paragraph must name the Maintainers",
    "2:7 Tags must not stand in the first paragraph",
    "4:1 GitCommit is missing for amd64",
  ]);
});

test("entries that are built from the same are one", () => {
  const { definition } = parseDefinition(
    `${GLOBAL}\nTags: a\nSharedTags: s\nArchitectures: s390x\n\nTags: b\nArchitectures: s390x\n`,
  );
  expect(definition.entries).toMatchObject([{ tags: ["a", "b"], sharedTags: ["s"] }]);
});
