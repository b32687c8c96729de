import { pino } from "pino";
import { expect, test } from "vitest";
import { startPeriodicJobs } from "./periodic-jobs.ts";

test("a job that keeps failing is tried less and less often, and at its own pace once it works", async () => {
  const times: number[] = [];
  const { promise: isDone, resolve } = Promise.withResolvers<void>();
  const job = {
    name: "flush",
    everyMs: 20,
    async run() {
      times.push(performance.now());
      if (times.length <= 4) throw new Error("the disk is full");
      if (times.length === 6) resolve();
    },
  };
  await using _jobs = startPeriodicJobs([job], { log: pino({ level: "silent" }) });
  await isDone;
  const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  // Timers are never early by more than a millisecond, and late by whatever the machine does.
  expect(waits[0]).toBeGreaterThanOrEqual(39);
  expect(waits[1]).toBeGreaterThanOrEqual(79);
  expect(waits[2]).toBeGreaterThanOrEqual(159);
  expect(waits[3]).toBeGreaterThanOrEqual(319);
  expect(waits[4]).toBeLessThan(319);
});
