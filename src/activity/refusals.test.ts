import { pino } from "pino";
import { expect, test } from "vitest";
import type { Attempt } from "../access/index.ts";
import { Activity } from "./activity.ts";
import { Refusals } from "./refusals.ts";

const START = Date.UTC(2026, 10, 28);

function attempt(name: string, asker = "mallory", address = "192.0.2.1"): Attempt {
  const by = { kind: "user", name: asker, accountId: asker.length } as const;
  return { action: "repo.push", account: "acme", name, by, origin: { address, client: "docker" } };
}

function at(seconds: number): Date {
  return new Date(START + seconds * 1000);
}

test("the first of a kind is written at once, the rest of its minute as one", () => {
  const refusals = new Refusals();
  for (const second of [0, 1, 2, 59]) refusals.note(attempt("acme/api"), at(second));
  expect(refusals.take(at(59)).refusals.map(({ deed }) => deed.after)).toEqual([undefined]);
  expect(refusals.take(at(59)).refusals).toEqual([]);
  expect(refusals.take(at(60)).refusals).toMatchObject([
    { deed: { name: "acme/api", after: { repeated: 3, since: at(0).toISOString() } }, at: at(59) },
  ]);
  // Another minute begins with an entry of its own, and one that was not repeated ends without.
  refusals.note(attempt("acme/api"), at(61));
  expect(refusals.take(at(61)).refusals).toHaveLength(1);
  expect(refusals.take(at(180)).refusals).toEqual([]);
});

test("who, from where and about what are different kinds; a stop tells of what was counted", () => {
  const refusals = new Refusals();
  const kinds = [
    attempt("acme/api"),
    attempt("acme/web"),
    attempt("acme/api", "eve"),
    attempt("acme/api", "mallory", "192.0.2.2"),
  ];
  for (const deed of [...kinds, ...kinds]) refusals.note(deed, at(0));
  expect(refusals.take(at(1)).refusals).toHaveLength(kinds.length);
  expect(refusals.take(at(2), { isEnd: true }).refusals).toHaveLength(kinds.length);
});

test("whoever asks for ever new things fills nothing, and keeps nobody else off the record", () => {
  const refusals = new Refusals();
  for (let number = 0; number < 50_000; number += 1)
    refusals.note(attempt(`acme/${number}`), at(0));
  refusals.note(attempt("acme/api", "eve"), at(0));
  const first = refusals.take(at(1));
  expect(first.refusals).toHaveLength(61);
  expect(first.refusals.at(-1)?.deed.by.name).toBe("eve");
  const [rest, ...more] = refusals.take(at(60)).refusals;
  expect(rest?.deed).toMatchObject({ name: "and others", after: { repeated: 50_000 - 60 } });
  expect([more, first.dropped]).toEqual([[], 0]);
});

test("what cannot be written waits, and is written once it can be", async () => {
  let isFull = true;
  let written = 0;
  const write = async () => {
    if (isFull) throw new Error("the disk is full");
    written += 1;
  };
  const activity = new Activity({
    database: { write } as never,
    clock: () => at(0),
    log: pino({ level: "silent" }),
  });
  activity.noteRefusal(attempt("acme/api"));
  await expect(activity.flush()).rejects.toThrow("the disk is full");
  isFull = false;
  await activity.flush();
  await activity.flush();
  expect(written).toBe(1);
});
