import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestDurations } from "./request-durations.ts";

test("a duration is counted in its bound and every wider one", () => {
  const durations = new RequestDurations("d");
  durations.record({ route: "blob", method: "GET", status: 206, seconds: 0.03 });
  durations.record({ route: "blob", method: "GET", status: 200, seconds: 0.1 });
  durations.record({ route: "blob", method: "GET", status: 200, seconds: 1e6 });
  const text = durations.expose();
  const series = 'route="blob",method="GET",status="2xx"';
  expect(text).toContain("# TYPE d histogram\n");
  expect(text).toContain(`d_bucket{${series},le="0.025"} 0\n`);
  expect(text).toContain(`d_bucket{${series},le="0.1"} 2\n`);
  expect(text).toContain(`d_bucket{${series},le="600"} 2\n`);
  expect(text).toContain(`d_bucket{${series},le="+Inf"} 3\n`);
  expect(text).toContain(`d_count{${series}} 3\n`);
});

test("answers that were cut are counted apart", () => {
  const durations = new RequestDurations("d");
  durations.record({ route: "blob", method: "GET", status: "cut", seconds: 1 });
  expect(durations.expose()).toContain('status="cut",le="+Inf"} 1');
});

test("whatever clients send, the number of series stays bounded", () => {
  const durations = new RequestDurations("d");
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 100, max: 999 }),
      fc.double(),
      (method, status, s) => {
        durations.record({ route: "r", method, status, seconds: Math.abs(s) || 0 });
      },
    ),
  );
  expect(durations.expose().match(/_count/g)?.length).toBeLessThanOrEqual(5);
});
