import { expect, test } from "vitest";
import type { Caller } from "../../access/index.ts";
import { openProgramme, person } from "./official.fixture.ts";
import { getPublishable } from "./publication.ts";
import { chooseWaiting } from "./rebuild-order.ts";
import { removeReviewer } from "./reviews-store.ts";
import { standingOf } from "./standing.ts";
import { moveSubmission } from "./submissions-store.ts";

const LIMITED = {
  credential: { kind: "personal token", id: "1", label: "ci", permits: [] },
} as const;
const DENIED = { type: "urn:berth:problem:DENIED" };

test("each step takes a person, and one whose step it is", async () => {
  await using hub = await openProgramme();
  const id = await hub.submit("ann");
  await hub.ready(id);
  const one = await hub.get(id);
  const { programme } = hub;
  const note = { check: 5, text: "x" };
  const review = { verdict: "approve", digest: one.digest ?? "", note: "" } as const;
  const refused: Promise<void>[] = [
    ...[person("ann", LIMITED), person("root", { role: "auditor" })].flatMap((caller) => [
      programme.check(caller, one),
      programme.withdraw(caller, one),
    ]),
    programme.answer(person("bob", LIMITED), one, note),
    programme.review(person("bob", LIMITED), one, review),
    programme.check(person("bob", LIMITED), one),
    programme.withdraw(person("bob"), one),
    programme.check(person("root", { kind: "robot" } as Partial<Caller["by"]>), one),
  ];
  const answers = await Promise.allSettled(refused);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => "rejected"));
  for (const answer of answers) expect(answer).toMatchObject({ reason: DENIED });
  expect(await hub.get(id)).toMatchObject({ state: "ready" });

  await programme.check(person("bob"), one);
  await hub.ready(id);
  await programme.withdraw(person("root", { role: "administrator" }), one);
  expect(await hub.get(id)).toMatchObject({ state: "withdrawn" });
});

test("a new image takes two reviewers, whatever its author says of it", async () => {
  await using hub = await openProgramme();
  const id = await hub.submit("ann", { security: true });
  await hub.ready(id);
  await hub.review("bob", id);
  expect(await hub.get(id)).toMatchObject({ state: "in review" });
  await hub.review("carl", id);
  expect(await hub.get(id)).toMatchObject({ state: "staged" });
});

test("only those count who are reviewers now", async () => {
  await using hub = await openProgramme();
  const id = await hub.submit("ann");
  await hub.ready(id);
  await hub.review("bob", id);
  await hub.database.write((trx) => removeReviewer(trx, hub.idOf("bob")));
  await hub.review("carl", id);
  expect(await hub.get(id)).toMatchObject({ state: "in review" });
  expect(await standingOf(hub.database.reader, await hub.get(id))).toMatchObject({ approvals: 1 });
  await hub.review("dora", id);
  expect(await hub.get(id)).toMatchObject({ state: "staged" });
});

test("who asked for changes of a digest is not passed over by checking it again", async () => {
  await using hub = await openProgramme();
  const id = await hub.submit("ann");
  await hub.ready(id);
  await hub.review("bob", id, "request changes");
  expect(await hub.get(id)).toMatchObject({ state: "changes requested" });
  await hub.programme.check(person("ann"), await hub.get(id));
  await hub.ready(id);
  await hub.review("carl", id);
  await hub.review("dora", id);
  expect(await hub.get(id)).toMatchObject({ state: "in review" });
  const standing = await standingOf(hub.database.reader, await hub.get(id));
  expect(standing).toMatchObject({ approvals: 2, objections: ["bob"] });
  await hub.review("bob", id);
  expect(await hub.get(id)).toMatchObject({ state: "staged" });
});

test("what was compared with something else than what is published now is not published", async () => {
  await using hub = await openProgramme();
  const first = await hub.submit("ann");
  await hub.ready(first);
  await hub.publish(first);
  hub.pass(1000);
  const slow = await hub.submit("ann");
  await hub.ready(slow);
  await hub.review("bob", slow);
  await getPublishable(hub.database.reader, await hub.get(slow));
  expect(await hub.get(slow)).toMatchObject({ state: "staged", comparedWith: first });
  await hub.publish(slow);

  const stale = await hub.submit("dora");
  await hub.ready(stale);
  await hub.review("bob", stale);
  const quick = await hub.submit("ann");
  await hub.ready(quick);
  hub.pass(1000);
  await hub.publish(quick);
  await expect(getPublishable(hub.database.reader, await hub.get(stale))).rejects.toMatchObject({
    message: expect.stringContaining("check it again"),
  });
  // What was said of it was said of how it differed from the other.
  await hub.programme.check(person("dora"), await hub.get(stale));
  await hub.ready(stale);
  const standing = await standingOf(hub.database.reader, await hub.get(stale));
  expect(standing).toMatchObject({ approvals: 0, approvalsNeeded: 1 });
});

test("what is being checked can be withdrawn, and its builds are told to stop", async () => {
  await using hub = await openProgramme();
  const id = await hub.submit("ann");
  const now = hub.clock();
  await hub.database.write((trx) =>
    moveSubmission(trx, { id, from: ["submitted"], to: "checking", now }),
  );
  await hub.programme.withdraw(person("ann"), await hub.get(id));
  expect(await hub.get(id)).toMatchObject({ state: "withdrawn" });
  expect(hub.stopped).toEqual([id]);
});

test("nobody has more than ten that wait, and what mends a vulnerability is looked at first", async () => {
  await using hub = await openProgramme();
  for (let number = 0; number < 9; number += 1)
    await hub.submit("ann", { name: `image-${number}` });
  const urgent = await hub.submit("ann", { name: "urgent", security: true });
  await expect(hub.submit("ann", { name: "one-more" })).rejects.toMatchObject({
    type: "urn:berth:problem:TOO_MANY",
  });
  // It takes the place of one that is counted.
  await hub.submit("ann", { name: "image-3" });
  await hub.submit("bob", { name: "another" });
  expect((await chooseWaiting(hub.database.reader, hub.clock()))?.id).toBe(urgent);
});

test("what was said of one index does not count for another of the same images", async () => {
  await using hub = await openProgramme();
  const id = await hub.submit("ann");
  const index = (digest: string) => ({
    indexes: [{ tags: ["latest"], digest, images: ["sha256:0"] }],
  });
  await hub.ready(id, index("sha256:1"));
  await hub.review("bob", id);
  await hub.programme.check(person("ann"), await hub.get(id));
  await hub.ready(id, index("sha256:1"));
  expect(await standingOf(hub.database.reader, await hub.get(id))).toMatchObject({ approvals: 1 });
  await hub.programme.check(person("ann"), await hub.get(id));
  await hub.ready(id, index("sha256:2"));
  expect(await hub.get(id)).toMatchObject(index("sha256:2"));
  expect(await standingOf(hub.database.reader, await hub.get(id))).toMatchObject({ approvals: 0 });
});
