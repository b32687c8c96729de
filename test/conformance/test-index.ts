import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CHECKLIST, type ChecklistRow, SECURITY_CHECKLIST } from "./checklist.ts";

/** Where tests of a row are: file names relative to the project, with how many declarations each has. */
export type TestIndex = ReadonlyMap<string, ReadonlyMap<string, number>>;

const PROJECT = new URL("../../", import.meta.url).pathname;
const README = join(PROJECT, "test/conformance/README.md");
const TITLE = /\b(?:check|test)(?:\.\w+)?\(\s*["'`]([A-Z]\d+): /g;
const START = "<!-- rows: written by `node test/conformance/write-readme.ts` -->\n";
const END = "<!-- end of rows -->";

/** Reads the titles of all tests in the project: they start with the id of the row they belong to. */
export async function indexTests(): Promise<TestIndex> {
  const index = new Map<string, Map<string, number>>();
  for (const file of [...(await listFiles("test")), ...(await listFiles("src"))]) {
    const source = await readFile(join(PROJECT, file), "utf8");
    for (const [, id = ""] of source.matchAll(TITLE)) {
      const files = index.get(id) ?? new Map<string, number>();
      files.set(file, (files.get(file) ?? 0) + 1);
      index.set(id, files);
    }
  }
  return index;
}

export function readReadme(): Promise<string> {
  return readFile(README, "utf8");
}

export const README_PATH = README;

/** The README with its tables brought up to date. */
export function withTables(readme: string, index: TestIndex): string {
  const [before = "", rest = ""] = readme.split(START);
  const after = rest.slice(rest.indexOf(END));
  const tables = [
    "### The specification, and what Berth adds",
    "",
    tableOf(CHECKLIST, index),
    "",
    "### Security",
    "",
    tableOf(SECURITY_CHECKLIST, index),
    "",
  ];
  return `${before}${START}\n${tables.join("\n")}\n${after}`;
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
  const inThisFolder = "test/conformance/";
  const target = file.startsWith(inThisFolder) ? file.slice(inThisFolder.length) : `../../${file}`;
  return `[${target.split("/").at(-1)}](${target})`;
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(PROJECT, folder), { recursive: true });
  return entries
    .filter((name) => /\.(test|suite)\.ts$/.test(name))
    .map((name) => `${folder}/${name}`)
    .sort();
}
