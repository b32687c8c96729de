import { expect, test } from "vitest";
import { pageByVersion, sortByVersion } from "./tag-names.ts";

test("versions come before other names, the latest first and by families", () => {
  const names = ["latest", "1.10.0", "1.9.0", "1.10.0-rc.1", "edge", "v2.0.0", "1.10.0-alpine"];
  expect(sortByVersion(names)).toEqual([
    "v2.0.0",
    "1.10.0",
    "1.10.0-rc.1",
    "1.9.0",
    "1.10.0-alpine",
    "edge",
    "latest",
  ]);
});

test.for(["version", "-version"] as const)(
  "a page goes on after a tag that was deleted meanwhile, in order of %s",
  (order) => {
    const names = ["2.0", "latest", "1.2", "1.1", "edge", "1.0", "1.2-alpine", "v1.1"];
    const all = pageByVersion(sortByVersion(names), { order, after: undefined, limit: 100 });
    expect(all.toSorted()).toEqual(names.toSorted());
    for (const [at, after] of all.entries()) {
      const left = sortByVersion(names.filter((name) => name !== after));
      for (const there of [sortByVersion(names), left])
        expect(pageByVersion(there, { order, after, limit: 2 })).toEqual(all.slice(at + 1, at + 3));
    }
  },
);
