import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import { parseDefinition } from "../parse-definition.ts";
import { SourceUnreadable } from "../sources/sources.ts";
import { buildEntry, type EntryDeps, type EntryWish } from "./build-entries.ts";

const DEFINITION = `Maintainers: Ann (@ann)
GitRepo: https://example.com/x.git
GitCommit: 7d0ee592e4ed60e2da9d59331e16ecdcadc1ed87

Tags: latest
Architectures: amd64, windows-amd64
File: index.json
Builder: oci-import
`;

async function build(architecture: string, open: () => Promise<unknown>) {
  const [entry] = parseDefinition(DEFINITION).definition.entries;
  const source = entry?.sources.find((one) => one.architecture === architecture);
  if (entry === undefined || source === undefined) throw new Error("the definition has no entry");
  const { signal } = new AbortController();
  await using work = await makeTempDirectory("entries");
  const wish = { sources: { open, isOwn: () => false }, work: work.path, signal };
  const deps = { limits: { diskBytes: 1e6 } };
  return await buildEntry(
    deps as unknown as EntryDeps,
    { entry, source },
    wish as unknown as EntryWish,
  );
}

test("an OCI layout that cannot be imported fails as a build does, and says what is wrong", async () => {
  const found = await build("amd64", async () => ({
    find: async () => ({ kind: "file", hash: "", path: "." }),
  }));
  const failure = "the OCI layout is not imported: . is no folder of the commit";
  expect(found).toEqual({ build: { architecture: "amd64", failure } });
  const message = "there is no such repository";
  const unread = await build("amd64", async () => {
    throw new SourceUnreadable(message, { wasTried: true });
  });
  expect(unread).toEqual({ build: { architecture: "amd64", failure: message } });
});

test("nothing is imported for what no instance looks at", async () => {
  const opened: string[] = [];
  const { build: made } = await build("windows-amd64", async () => opened.push("it"));
  expect(made).toMatchObject({
    failure: undefined,
    notHere: expect.stringContaining("nothing on"),
  });
  expect(opened).toEqual([]);
});
