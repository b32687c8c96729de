import { expect, test } from "vitest";
import { receiverOfHook } from "./receiver.ts";
import type { Webhook, WebhookId } from "./tables.ts";

const DAY = 24 * 3_600_000;
const HOOK: Webhook = {
  ...{ id: "h1" as WebhookId, label: "ci", url: "http://hooks.example.com/", format: "json" },
  ...{ namespaceId: undefined, repositoryId: undefined, events: ["push"], createdBy: "alice" },
  ...{ repositories: undefined, tags: undefined, sealedSecret: undefined, template: undefined },
  ...{ createdAt: new Date(0), isActive: true },
};

const receiver = receiverOfHook(HOOK, { unseal: () => "" });

/** How long it is tried, from the time it happened, by a receiver that is never there. */
function triedFor(bornMs: number, firstTryMs: number): number {
  let now = firstTryMs;
  for (let attempts = 0; attempts < 1000; attempts += 1) {
    const next = receiver.judge({ status: undefined, attempts, ageMs: now - bornMs });
    if (next.kind !== "again") return now - bornMs;
    now += next.afterMs;
  }
  throw new Error("it is tried for ever");
}

test("what nobody takes is a dead letter after a week", () => {
  expect(triedFor(0, 0)).toBeGreaterThan(6 * DAY);
  expect(triedFor(0, 0)).toBeLessThan(8 * DAY);
});

test("what waited behind a dead letter is not tried for a week of its own", () => {
  const first = triedFor(0, 0);
  // A thousand pushes of one hour, one behind the other: all are dead letters a little later, and none waits for ever.
  let free = first;
  for (let place = 1; place < 1000; place += 1) {
    const born = place * 3600;
    free = born + triedFor(born, free);
  }
  expect(free).toBeLessThan(10 * DAY);
});

test("whatever its age, a delivery that is taken is delivered", () => {
  expect(receiver.judge({ status: 204, attempts: 0, ageMs: 30 * DAY })).toEqual({
    kind: "delivered",
  });
});
