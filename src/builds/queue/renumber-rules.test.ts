import { expect, test } from "vitest";
import type { RepositoryId } from "../../repositories/index.ts";
import { saveLinks } from "../bases/base-links-store.ts";
import { renumberRules } from "../renumber-rules.ts";
import { matchRules } from "../rules/match-rules.ts";
import { openQueue } from "./queue.fixture.ts";
import { findPublished } from "./queue-store.ts";

const main = { sourceType: "branch", source: "main" } as const;
const latest = { ...main, dockerTag: "latest" };
const edge = { ...main, dockerTag: "edge" };
const REPOSITORY = 1 as RepositoryId;

test("a rule is known by what it says, wherever it stands", () => {
  const tests = { ...latest, args: { A: "1" } };
  expect(matchRules([latest, edge], [edge, latest])).toEqual([1, 0]);
  expect(matchRules([latest, edge], [edge])).toEqual([undefined, 0]);
  expect(matchRules([latest, edge], [tests, edge])).toEqual([0, 1]);
  expect(matchRules([latest], [edge])).toEqual([0]);
  expect(matchRules([latest], [{ ...latest, source: "other" }])).toEqual([undefined]);
  expect(matchRules([latest, latest], [latest])).toEqual([0, undefined]);
});

test("builds and links follow their rules, and what waits for one that is gone is cancelled", async () => {
  await using queue = await openQueue({ parallel: 1, parallelPerNamespace: 1 });
  const { database, clock } = queue;
  const first = await queue.add("a", { rule: 0 });
  const second = await queue.add("a", { rule: 1 });
  const upload = await queue.add("a", { rule: -1 });
  const link = { reference: "b", base: { repositoryId: REPOSITORY, tag: "b" }, digest: "d" };
  await database.write(async (trx) => {
    for (const id of [first, second]) {
      const build = await queue.find(id);
      if (build !== undefined) await saveLinks(trx, build, [{ ...link, isCycle: false }]);
    }
    const set = { state: "succeeded" } as const;
    await trx.updateTable("builds").set(set).where("id", "=", second).execute();
    await renumberRules(trx, REPOSITORY, { places: [1, 0], now: clock() });
  });
  expect(await queue.find(first)).toMatchObject({ rule: 1, state: "queued" });
  expect(await queue.find(second)).toMatchObject({ rule: 0 });
  // One that runs was read before: its history is that of its rule nevertheless.
  const stale = { id: upload, repositoryId: REPOSITORY, ref: "refs/heads/main", rule: 0 };
  expect(await findPublished(database.reader, stale)).toBeUndefined();

  await database.write((trx) =>
    renumberRules(trx, REPOSITORY, { places: [0, undefined], now: clock() }),
  );
  expect(await queue.find(first)).toMatchObject({ state: "cancelled", why: "its rule is gone" });
  expect(await queue.find(upload)).toMatchObject({ rule: -1, state: "queued" });
  const links = await database.reader.selectFrom("build_links").selectAll().execute();
  expect(links.map(({ rule, build_id: id }) => ({ rule, id }))).toEqual([{ rule: 0, id: second }]);
});
