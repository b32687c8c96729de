import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findEndOfLife } from "./end-of-life.ts";

/** What Debian publishes of its own releases and of Ubuntu's, by column; see ORIGIN.md beside it. */
function readReleases(name: string): readonly Readonly<Record<string, string>>[] {
  const url = new URL(`../../../test/data/end-of-life/${name}.csv`, import.meta.url);
  const [head = "", ...lines] = readFileSync(url, "utf8").trim().split("\n");
  const columns = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ""]));
  });
}

const dayOf = (id: string, version: string) =>
  findEndOfLife({ id, version })?.toISOString().slice(0, 10);

test.each([
  ["debian", "eol-lts", 7],
  ["ubuntu", "eol", 14],
])("the days of %s are those that Debian publishes", (id, column, first) => {
  const published = readReleases(id).flatMap((release) => {
    const [version = ""] = (release.version ?? "").split(" ");
    const day = release[column] ?? "";
    return Number(version) >= first && day !== "" ? [[version, day]] : [];
  });
  expect(published.length).toBeGreaterThanOrEqual(7);
  expect(published.map(([version = ""]) => [version, dayOf(id, version)])).toEqual(published);
});

test("point releases are of their release, and what nobody knows has no end", () => {
  expect(dayOf("debian", "12.15")).toBe("2028-06-30");
  expect(dayOf("alpine", "3.11.6")).toBe("2021-11-01");
  expect(dayOf("debian", "15")).toBeUndefined();
  expect(dayOf("constructor", "1")).toBeUndefined();
});
