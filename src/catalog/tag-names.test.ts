import { expect, test } from "vitest";
import { sortByVersion } from "./tag-names.ts";

test("versions come before other names, the latest first and by families", () => {
  const names = ["latest", "1.10.0", "1.9.0", "1.10.0-rc.1", "edge", "v2.0.0", "1.10.0-alpine"];
  expect(sortByVersion(names)).toEqual([
    "v2.0.0",
    "1.10.0",
    "1.10.0-rc.1",
    "1.9.0",
    "1.10.0-alpine",
    "latest",
    "edge",
  ]);
});
