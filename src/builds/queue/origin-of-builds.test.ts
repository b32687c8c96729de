import { expect, test } from "vitest";
import type { RepositoryId } from "../../repositories/index.ts";
import { readBuildOptions } from "../build-options.ts";
import { findOrigin } from "../provenance/find-origin.ts";
import { openQueue } from "./queue.fixture.ts";

test("provenance names where a commit can be fetched: the Git server, where the repository has one", async () => {
  await using queue = await openQueue({ parallel: 1, parallelPerNamespace: 1 });
  const { database, options } = queue;
  const hub = { database, hubUrl: options.hubUrl };
  const own = readBuildOptions(null);
  const originOf = async (id: number, upload?: string) =>
    await findOrigin(
      hub,
      { repositoryId: id as RepositoryId, options: { ...own, ...(upload && { upload }) } },
      "acme/app",
    );
  const source = {
    ...{ id: "s", repository_id: 2 as RepositoryId, url: "ssh://git@github.com/acme/app.git" },
    ...{ provider: "github", hook_secret: "", poll_ms: 0, account_id: 1, created_by: "ann" },
    ...{ created_at: 0, wanted_refs: "[]", failures: 0 },
  } as const;
  await database.write((trx) =>
    trx
      .insertInto("build_sources")
      .values(source as never)
      .execute(),
  );
  expect(await originOf(1)).toBe("https://hub.example/git/acme/app.git");
  expect(await originOf(2)).toBe("ssh://git@github.com/acme/app.git");
  expect(await originOf(2, "u")).toBe("https://hub.example/api/v1/build-uploads/acme/app");
});
