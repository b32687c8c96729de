import { expect, test } from "vitest";
import { ANONYMOUS } from "../../access/index.ts";
import { openProgramme, person } from "./official.fixture.ts";
import type { SubmissionId } from "./official-tables.ts";
import { findSubmissionNews, SUBMISSION_TOPIC } from "./submission-news.ts";

type Hub = Awaited<ReturnType<typeof openProgramme>>;

/** Which submissions pages are told of since it was asked last, each as often as it was told. */
function listTold({ database }: Hub) {
  let last = 0;
  return async () => {
    const rows = await database.reader
      .selectFrom("outbox")
      .select(["id", "ordering_key as key"])
      .where("topic", "=", SUBMISSION_TOPIC)
      .where("id", ">", last)
      .orderBy("id")
      .execute();
    last = rows.at(-1)?.id ?? last;
    return rows.map(({ key }) => Number(key) as SubmissionId);
  };
}

test("every step of a submission is told, and of each that it takes the place of", async () => {
  await using hub = await openProgramme();
  const told = listTold(hub);
  const first = await hub.submit("ann");
  expect(await told()).toEqual([first]);
  await hub.ready(first);
  expect(await told()).toEqual([first, first]);
  await hub.review("bob", first);
  await hub.review("carl", first, "request changes");
  expect(await told()).toEqual([first, first]);
  const second = await hub.submit("ann");
  expect((await told()).toSorted()).toEqual([first, second]);
  await hub.programme.withdraw(person("ann"), await hub.get(second));
  expect(await told()).toEqual([second]);
});

test("a submission is told to its author, to reviewers and to those who run the hub or look after it, and to nobody else", async () => {
  await using hub = await openProgramme();
  const id = await hub.submit("ann");
  const news = await findSubmissionNews(hub.database.reader, String(id));
  expect(news?.event).toEqual({ topic: SUBMISSION_TOPIC, submission: id });
  for (const caller of [
    person("ann"),
    person("bob"),
    person("root", { role: "administrator" }),
    person("root", { role: "auditor" }),
  ])
    expect(await news?.mayHear(caller), caller.by.name).toBe(true);
  const robot = { ...person("ann"), by: { ...person("ann").by, kind: "robot" as const } };
  const anybody = { ...person("root"), by: ANONYMOUS };
  for (const caller of [person("root"), robot, anybody])
    expect(await news?.mayHear(caller), caller.by.name).toBe(false);
  expect(await findSubmissionNews(hub.database.reader, String(id + 1))).toBeUndefined();
});
