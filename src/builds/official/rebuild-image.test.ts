import { expect, test } from "vitest";
import { openProgramme } from "./official.fixture.ts";
import type { SubmissionId } from "./official-tables.ts";
import { flagRebuild, rebuildImage } from "./rebuild-image.ts";
import { listSubmissions } from "./submissions-store.ts";

const COMMIT = "7d0ee592e4ed60e2da9d59331e16ecdcadc1ed87";
const DEFINITION = `Maintainers: Ann (@ann)
GitRepo: https://example.com/x.git
GitCommit: ${COMMIT}

Tags: latest
`;

test("what others submit of the name, or a check that failed once, stops no rebuild for a newer base", async () => {
  await using hub = await openProgramme();
  const { database, get, deeds } = hub;
  const id = await hub.submit("ann", { definition: DEFINITION });
  await hub.ready(id);
  await hub.publish(id);
  const published = await get(id);
  const follow = async (...submissions: number[]) =>
    await database.write(async (trx) => {
      const bases = submissions.map((one) => `debian@${one}`).join(" ");
      await rebuildImage({ ...hub, baseDelayMs: 0 }, trx, { published, bases });
    });
  const page = { name: "hello", state: undefined, author: undefined, before: undefined, limit: 20 };
  const states = async () =>
    (await listSubmissions(database.reader, page)).map(({ state }) => state);
  await hub.submit("bob");
  await follow(7);
  await follow(7);
  expect(await states()).toEqual(["submitted", "submitted", "published"]);
  const [first] = await listSubmissions(database.reader, page);
  expect(first).toMatchObject({ rebuildBases: "debian@7", authorId: hub.idOf("ann") });
  expect(deeds.at(-1)).toMatchObject({
    ...{ action: "official.submit", by: { name: "berth" } },
    after: { submission: first?.id, again: id, bases: "debian@7" },
  });
  // Of its author, too: the hub's stays until something is published.
  await hub.submit("ann");
  expect(await get(first?.id as SubmissionId)).toMatchObject({ state: "submitted" });

  await hub.fail(first?.id as SubmissionId);
  expect(await flagRebuild(database.reader, published)).toEqual([
    `submission ${first?.id}, made for it, is changes requested: it fails the checks 29`,
  ]);
  await follow(8);
  expect(await get(first?.id as SubmissionId)).toMatchObject({ state: "withdrawn" });
  const [last] = await listSubmissions(database.reader, page);
  expect(last).toMatchObject({ state: "submitted", rebuildBases: "debian@8" });
  expect(await flagRebuild(database.reader, published)).toEqual([]);
});

test("what takes the place of a submission says so in the audit trail", async () => {
  await using hub = await openProgramme();
  const first = await hub.submit("ann");
  await hub.submit("ann");
  expect(await hub.get(first)).toMatchObject({ state: "withdrawn" });
  expect(hub.deeds.at(-1)).toMatchObject({
    ...{ action: "official.submit", after: { withdrawn: [first] } },
  });
  const last = await hub.submit("ann");
  await hub.ready(last);
  expect(hub.deeds.at(-1)).toMatchObject({
    ...{ action: "official.checks.end", after: { submission: last } },
  });
});
