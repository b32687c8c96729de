import { expect, test } from "vitest";
import type { Tag } from "../../oci/tag.ts";
import { findNewest, isAtLeast, listAliases } from "./aliases.ts";

const ALL = { minor: true, major: true, latest: true };
const aliasesOf = (tag: string, rule = ALL) => listAliases(tag as Tag, rule);

test.each([
  ["1.4.2", ["1.4", "1", "latest"]],
  ["v1.4.2", ["v1.4", "v1", "latest"]],
  ["V1.4.2", ["V1.4", "V1", "latest"]],
  ["0.9.0", ["0.9", "0", "latest"]],
  ["1.4.2_5", ["1.4", "1", "latest"]],
  ["2024.04.1", ["2024.04", "2024", "latest"]],
  ["1.2.3.4", ["1.2", "1", "latest"]],
  ["1.4.2-alpine", ["1.4-alpine", "1-alpine"]],
  ["1.4.2-alpine3.20_5", ["1.4-alpine3.20", "1-alpine3.20"]],
  ["release-1.4.2", ["release-1.4", "release-1"]],
  ["api2-v1.4.2", ["api2-v1.4", "api2-v1"]],
  ["1.4.2-rc.1", []],
  ["1.4.2-rc.1-alpine", []],
  ["1.4.2-1", []],
  ["1.4", []],
  ["1", []],
  ["latest", []],
  ["20240102", []],
  ["1.2.3.4.5", []],
])("%s is followed by %j", (tag, aliases) => {
  expect(aliasesOf(tag)).toEqual(aliases);
});

test("what may itself be an alias is no release", () => {
  expect(aliasesOf("1.4", { minor: false, major: true, latest: true })).toEqual(["1", "latest"]);
  expect(aliasesOf("1.4", { minor: true, major: false, latest: false })).toEqual([]);
  expect(aliasesOf("7", { minor: false, major: false, latest: true })).toEqual([]);
});

test("the newest is found by the order of versions, within what the alias stands for", () => {
  const tags = ["1.9.0", "1.10.0", "1.10.1-rc.1", "2.0.0", "v1.11.0", "1.12.0-alpine"] as Tag[];
  const newest = (alias: string) =>
    findNewest(tags, { alias: alias as Tag, rule: ALL, than: undefined });
  expect(newest("1")).toBe("1.10.0");
  expect(newest("latest")).toBe("2.0.0");
  expect(newest("v1")).toBe("v1.11.0");
  expect(newest("3")).toBeUndefined();
  expect(isAtLeast("1.4.2_2" as Tag, "1.4.2_1" as Tag)).toBe(true);
  expect(isAtLeast("1.4.2" as Tag, "1.4.10" as Tag)).toBe(false);
});
