import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CHECKLIST,
  type ChecklistRow,
  SECURITY_CHECKLIST,
} from "../../test/conformance/checklist.ts";

/** Where the tests of a row are: files relative to the project, and how many declarations each has. */
type TestIndex = ReadonlyMap<string, ReadonlyMap<string, number>>;

export const CONFORMANCE_DOCUMENT = "test/conformance/README.md";

const PROJECT = new URL("../../", import.meta.url).pathname;
const TITLE = /\b(?:check|test|describe)(?:\.\w+)?\(\s*["'`]([A-Z]\d+): /g;
const START = "<!-- rows: written by `npm run docs` -->\n";
const END = "<!-- end of rows -->";

/** The README of the conformance tests, with tables that say where each row of the checklist is tested. */
export function renderConformance(): string {
  const readme = readFileSync(join(PROJECT, CONFORMANCE_DOCUMENT), "utf8");
  const [before = "", rest = ""] = readme.split(START);
  const after = rest.slice(rest.indexOf(END));
  const index = indexTests();
  const tables = [
    "### The specification, and what Berth adds",
    tableOf(CHECKLIST, index),
    "### Security",
    tableOf(SECURITY_CHECKLIST, index),
  ];
  return `${before}${START}\n${tables.join("\n\n")}\n\n${after}`;
}

/** Reads the titles of all tests in the project: they start with the id of the row they belong to. */
export function indexTests(): TestIndex {
  const index = new Map<string, Map<string, number>>();
  for (const file of [...listTests("test"), ...listTests("src")]) {
    const source = readFileSync(join(PROJECT, file), "utf8");
    for (const [, id = ""] of source.matchAll(TITLE)) {
      const files = index.get(id) ?? new Map<string, number>();
      files.set(file, (files.get(file) ?? 0) + 1);
      index.set(id, files);
    }
  }
  return index;
}

function tableOf(rows: readonly ChecklistRow[], index: TestIndex): string {
  const lines = rows.map(({ id, level, asks }) => {
    const files = [...(index.get(id) ?? new Map<string, number>())];
    const tests = files.map(([file, count]) => `${linkTo(file)}${count > 1 ? ` (${count})` : ""}`);
    return `| ${id} | ${level} | ${asks} | ${tests.join(", ")} |`;
  });
  return ["| row | level | asks for | tests |", "|---|---|---|---|", ...lines].join("\n");
}

function linkTo(file: string): string {
  const here = "test/conformance/";
  const target = file.startsWith(here) ? file.slice(here.length) : `../../${file}`;
  return `[${target.split("/").at(-1)}](${target})`;
}

function listTests(folder: string): readonly string[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(test|suite)\.ts$/.test(name))
    .map((name) => `${folder}/${name}`)
    .sort();
}
