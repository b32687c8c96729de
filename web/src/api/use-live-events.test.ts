import { expect, test } from "vitest";
import { keysOf } from "./use-live-events.ts";

test("a scan has only findings read again, a push everything of its repository, and each is read once", () => {
  const repository = "acme/api";
  const scans = keysOf([
    { topic: "scan.completed", repository },
    { topic: "vulnerability.found", repository },
  ]);
  expect(scans).toContainEqual(["repository", repository, "scans"]);
  expect(scans).not.toContainEqual(["repository", repository]);
  expect(new Set(scans.map(String)).size).toBe(scans.length);
  expect(
    keysOf([
      { topic: "scan.completed", repository },
      { topic: "manifest.pushed", repository },
    ]),
  ).toEqual([["repository", repository]]);
});
