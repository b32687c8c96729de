import type { Instruction, Stage } from "../flaws/dockerfile/read-dockerfile.ts";

export interface UsedVariable {
  readonly name: string;
  /** `${x:-default}` and its like, for which x need not be there. */
  readonly hasDefault: boolean;
}

/** The variables that a builder puts in; not those in single quotes or after an escape. */
export function variablesIn(text: string, escapeMark: string): UsedVariable[] {
  const found: UsedVariable[] = [];
  for (const [token, braced, modifier, bare] of text.matchAll(
    /[\\`][\s\S]|'[^']*'|\$\{(\w+)([^}]*)\}|\$([A-Za-z_]\w*)/g,
  )) {
    // What looks like the other escape character is none.
    if (token.startsWith("\\") !== (escapeMark === "\\") && /^[\\`]/.test(token)) {
      found.push(...variablesIn(token.slice(1), escapeMark));
    } else if (braced !== undefined) {
      found.push({ name: braced, hasDefault: /^:?[-+?]/.test(modifier ?? "") });
    } else if (bare !== undefined) found.push({ name: bare, hasDefault: false });
  }
  return found;
}

/** Declared in the text of ARG, ENV: `A=b C=d`, `A b`, `A`. */
export function namesIn({ keyword, text }: Instruction): string[] {
  const [first = ""] = text.split(/\s/, 1);
  if (keyword === "ENV" && !first.includes("=")) return [first];
  const unquoted = text.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, "x");
  return unquoted
    .split(/\s+/)
    .map((word) => word.split("=", 1)[0] ?? "")
    .filter((name) => /^[A-Za-z_]\w*$/.test(name));
}

const PLATFORM_ARGUMENTS = ["TARGET", "BUILD"].flatMap((of) =>
  ["PLATFORM", "OS", "ARCH", "VARIANT"].map((part) => of + part),
);

/** What a FROM may name: ARG before the first FROM, and what builders know of platforms. */
export function globalArguments(all: readonly Instruction[]): Map<string, string | undefined> {
  const known = new Map<string, string | undefined>(
    PLATFORM_ARGUMENTS.map((name) => [name, "known"]),
  );
  for (const { keyword, text } of all) {
    if (keyword === "FROM") break;
    if (keyword !== "ARG") continue;
    for (const [, name = "", value] of text.matchAll(
      /(?:^|\s)([A-Za-z_]\w*)(?:=("[^"]*"|'[^']*'|\S*))?/g,
    )) {
      known.set(name, value?.replace(/^["']|["']$/g, ""));
    }
  }
  return known;
}

const PARENTS = new WeakMap<readonly Stage[], ReadonlyMap<Stage, Stage>>();

/** The stage that another builds on, if it is one of the same file. */
export function parentOf(stage: Stage, stages: readonly Stage[]): Stage | undefined {
  const known = PARENTS.get(stages) ?? findParents(stages);
  PARENTS.set(stages, known);
  return known.get(stage);
}

function findParents(stages: readonly Stage[]): ReadonlyMap<Stage, Stage> {
  const named = new Map<string, Stage>();
  const parents = new Map<Stage, Stage>();
  for (const stage of stages) {
    const parent = named.get(stage.base.toLowerCase());
    if (parent !== undefined) parents.set(stage, parent);
    if (stage.name !== undefined) named.set(stage.name, stage);
  }
  return parents;
}

/** A stage and those of the file that it builds on, the lowest first. */
export function ancestry(stage: Stage, stages: readonly Stage[]): Stage[] {
  const line: Stage[] = [];
  for (let one: Stage | undefined = stage; one !== undefined; one = parentOf(one, stages))
    line.push(one);
  return line.reverse();
}
