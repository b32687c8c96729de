import { expect, test } from "vitest";
import { parseDefinition } from "../parse-definition.ts";
import { buildEntry, type EntryDeps, type EntryWish } from "./build-entries.ts";

const DEFINITION = `Maintainers: Ann (@ann)
GitRepo: https://example.com/x.git
GitCommit: 7d0ee592e4ed60e2da9d59331e16ecdcadc1ed87

Tags: latest
File: index.json
Builder: oci-import
`;

test("an OCI layout is not read as a Dockerfile, and has neither been built nor failed", async () => {
  const [entry] = parseDefinition(DEFINITION).definition.entries;
  const [source] = entry?.sources ?? [];
  if (entry === undefined || source === undefined) throw new Error("the definition has no entry");
  const opened: string[] = [];
  const open = async ({ gitRepo }: { readonly gitRepo: string }) => {
    opened.push(gitRepo);
    throw new Error("nothing is to be read");
  };
  const wish = { sources: { open, isOwn: () => false } } as unknown as EntryWish;
  const { build, made } = await buildEntry({} as EntryDeps, { entry, source }, wish);
  expect(build).toEqual({
    ...{ architecture: "amd64", failure: undefined },
    notHere: "this hub imports no OCI layouts: it builds Dockerfiles alone",
  });
  expect([made, opened]).toEqual([undefined, []]);
});
