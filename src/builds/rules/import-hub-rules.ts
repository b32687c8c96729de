import type { BuildRuleText } from "./build-rule.ts";
import { BuildRuleError } from "./build-rule-error.ts";

type Fields = Readonly<Record<string, unknown>>;

const YES = /^(?:on|yes|true|enabled|✓|✔|☑|checked)$/i;
const NO = /^(?:off|no|false|disabled|✗|✘|×|☐|-|unchecked)$/i;
const TYPE = /^(branch|tag)$/i;
const MOST = 50;

/**
 * The rules of a repository on Docker Hub: what one marks and copies on its page of build rules, or JSON as its API and older
 * exports have it. Throws BuildRuleError.
 */
export function importHubRules(text: string): BuildRuleText[] {
  const trimmed = text.trim();
  const rules = /^[[{]/.test(trimmed) ? readJson(trimmed) : readPage(trimmed);
  if (rules.length === 0)
    throw new BuildRuleError("there are no build rules in it: copy the whole table, or its JSON");
  if (rules.length > MOST) throw new BuildRuleError(`a repository has at most ${MOST} build rules`);
  return rules;
}

function readJson(text: string): BuildRuleText[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new BuildRuleError("it looks like JSON and is none", { cause });
  }
  return listsIn(parsed).map(toRule);
}

/** Lists of settings lie in other things: pages of results, or a source with its `build_settings`. */
function listsIn(value: unknown, depth = 0): Fields[] {
  if (depth > 4 || typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one) => listsIn(one, depth + 1));
  const fields = value as Fields;
  if (typeOf(fields) !== undefined) return [fields];
  return [
    "objects",
    "results",
    "build_settings",
    "buildSettings",
    "build_tags",
    "rules",
    "builds",
  ].flatMap((name) => listsIn(fields[name], depth + 1));
}

function typeOf(fields: Fields): "branch" | "tag" | undefined {
  const text = wordOf(fields, ["source_type", "sourceType", "type"]);
  if (text === undefined || !TYPE.test(text)) return undefined;
  return text.toLowerCase() === "tag" ? "tag" : "branch";
}

function wordOf(fields: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string") return value;
  }
  return undefined;
}

function flagOf(fields: Fields, names: readonly string[]): boolean | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "boolean") return value;
  }
  return undefined;
}

function toRule(fields: Fields): BuildRuleText {
  const dockerfile = wordOf(fields, ["dockerfile", "dockerfile_location", "dockerfileLocation"]);
  const context = wordOf(fields, ["build_context", "buildContext", "context"]);
  const noCache = flagOf(fields, ["nocache", "noCache"]);
  const caching = flagOf(fields, ["build_caching", "caching", "buildCaching"]);
  return {
    sourceType: typeOf(fields) ?? "branch",
    source: wordOf(fields, ["source_name", "sourceName", "source"]) ?? "",
    dockerTag: wordOf(fields, ["tag", "docker_tag", "dockerTag", "name"]) ?? "",
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(context === undefined ? {} : { context }),
    autobuild: flagOf(fields, ["autobuild", "auto_build"]) ?? true,
    caching: caching ?? !(noCache ?? false),
  };
}

/** A table copied from a page has its cells between tabs, or each in a line of its own, as the browser has it. */
function readPage(text: string): BuildRuleText[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const rows: string[][] = [];
  for (const line of lines) {
    const cells = line.split(/\t+| {2,}|\s*\|\s*/).map((cell) => cell.trim());
    const own = cells[0] === "" ? cells.slice(1) : cells;
    if (TYPE.test(own[0] ?? "")) rows.push(own);
    // Cells of a row that the browser broke into lines.
    else if (line !== "" && rows.length > 0) rows.at(-1)?.push(...own);
  }
  return rows.map(toRuleOfCells);
}

function toRuleOfCells(cells: readonly string[]): BuildRuleText {
  const [type = "", source = "", dockerTag = "", ...rest] = cells;
  const words = rest.filter((cell) => !YES.test(cell) && !NO.test(cell));
  const flags = rest
    .filter((cell) => YES.test(cell) || NO.test(cell))
    .map((cell) => YES.test(cell));
  const [dockerfile, context] = words.filter((cell) => cell !== "");
  const [autobuild = true, caching = true] = flags;
  return {
    sourceType: /^tag$/i.test(type) ? "tag" : "branch",
    ...{ source, dockerTag, autobuild, caching },
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(context === undefined ? {} : { context }),
  };
}
