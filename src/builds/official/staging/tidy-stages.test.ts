import { expect, test } from "vitest";
import type { RepositoryId } from "../../../repositories/index.ts";
import { openProgramme } from "../official.fixture.ts";
import type { SubmissionId } from "../official-tables.ts";
import { tidyStages } from "./tidy-stages.ts";

test("what was built of a submission goes with its end, however often the hub dies meanwhile", async () => {
  await using hub = await openProgramme();
  const { database, get } = hub;
  const ids: SubmissionId[] = [];
  for (const name of ["published", "withdrawn", "open", "busy"]) {
    const id = await hub.submit("ann", { name });
    await database.writer
      .updateTable("official_submissions")
      .set({ repository_id: (id * 10) as RepositoryId })
      .where("id", "=", id)
      .execute();
    await hub.ready(id);
    ids.push(id);
  }
  const [published, withdrawn, open, busy] = ids as [
    ...[SubmissionId, SubmissionId, SubmissionId, SubmissionId],
  ];
  await hub.publish(published);
  for (const id of [withdrawn, busy])
    await database.writer
      .updateTable("official_submissions")
      .set({ state: "withdrawn" })
      .where("id", "=", id)
      .execute();
  const stages = new Set(ids.map((id) => id * 10));
  const tidy = (removes: (id: number) => boolean) =>
    tidyStages({ database, removeStage: async (id) => removes(id) }, busy);
  // A hub that deletes nothing keeps them all.
  await tidy(() => false);
  expect(await get(published)).toMatchObject({ repositoryId: published * 10 });
  const dying = tidy((id) => {
    stages.delete(id);
    throw new Error("killed");
  });
  await expect(dying).rejects.toThrow("killed");
  await tidy((id) => stages.delete(id) || true);
  expect([...stages]).toEqual([open * 10, busy * 10]);
  expect(await get(published)).toMatchObject({ state: "published", repositoryId: undefined });
  expect(await get(withdrawn)).toMatchObject({ repositoryId: undefined });
  expect(await get(open)).toMatchObject({ repositoryId: open * 10 });
});
