import { expect, test } from "vitest";
import { keysOf } from "./use-live-events.ts";

test("changed findings have only those read again, a push everything of its repository, and each is read once", () => {
  const repository = "acme/api";
  const found = { topic: "findings.changed", repository };
  const scans = keysOf([found, found]);
  expect(scans).toContainEqual(["repository", repository, "scans"]);
  expect(scans).toContainEqual(["finding-holders"]);
  expect(scans).not.toContainEqual(["repository", repository]);
  expect(new Set(scans.map(String)).size).toBe(scans.length);
  const both = keysOf([found, { topic: "manifest.pushed", repository }]);
  expect(both).toContainEqual(["repository", repository]);
  expect(both).not.toContainEqual(["repository", repository, "scans"]);
  // Who signed an image comes with a push, too.
  expect(both).toContainEqual(["pull-policies", "explanation", repository]);
  expect(keysOf([{ topic: "findings.changed" }])).toEqual([]);
  const changed = keysOf([{ topic: "policies.changed", repository }]);
  expect(changed).toContainEqual(["pull-policies", "explanation", repository]);
  expect(changed).toContainEqual(["pull-policies", "acme"]);
  expect(changed).not.toContainEqual(["repository", repository]);
  expect(keysOf([{ topic: "policies.changed" }])).toEqual([]);
  const read = keysOf([{ topic: "source.changed", repository }]);
  expect(read).toEqual([["builds", "source", repository]]);
  const leave = keysOf([{ topic: "tag.override", repository }]);
  expect(leave).toEqual([["tag-overrides", repository]]);
  const scope = { kind: "namespace", name: "acme" } as const;
  const ran = keysOf([{ topic: "retention.run", scope }, { topic: "retention.run" }]);
  expect(ran).toEqual([["retention", "namespace", "acme", "runs"]]);
  const submitted = keysOf([{ topic: "official.changed", submission: 7 }]);
  expect(submitted).toContainEqual(["official", "submission", "7"]);
  expect(submitted).toContainEqual(["official", "submissions"]);
  expect(keysOf([{ topic: "repository.deleted" }])).toEqual([]);
  expect(keysOf([{ topic: "build.started", repository }])).toEqual([["builds", "of", repository]]);
});
