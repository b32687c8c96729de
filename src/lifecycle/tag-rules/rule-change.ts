import { PROBLEMS } from "../../contract/problems.ts";
import { compilePattern, type LinearPattern, PatternError } from "../../lib/linear-pattern.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  ANY_FORMAT,
  type LevelRules,
  NOTHING_IMMUTABLE,
  type RuleBodies,
  type RuleKind,
  type Said,
} from "./rules.ts";
import { parseTagFormat } from "./tag-format.ts";

const LINES = 32;

interface Lockable {
  readonly locked?: boolean | undefined;
}

/** What somebody wants to say at one level: what is left away stays, null takes back what was said. */
export interface RuleChange {
  readonly format?: ({ readonly allow: readonly string[] } & Lockable) | null | undefined;
  readonly immutable?:
    | ({ readonly enabled: boolean; readonly patterns?: readonly string[] | undefined } & Lockable)
    | null
    | undefined;
}

export type RuleEdit = {
  readonly kind: RuleKind;
  readonly before: Said<RuleBodies[RuleKind]> | undefined;
  readonly after: Said<RuleBodies[RuleKind]> | undefined;
};

/** Throws PATTERN_INVALID for what cannot be a rule. */
export function assertChange({ format, immutable }: RuleChange): void {
  for (const lines of [format?.allow ?? [], immutable?.patterns ?? []]) {
    if (lines.length > LINES) throw unfit(`a rule has at most ${LINES} patterns`);
  }
  for (const line of format?.allow ?? []) assertFormat(line);
  for (const source of immutable?.patterns ?? []) parsePattern(source);
}

function assertFormat(line: string): void {
  const parsed = parseTagFormat(line);
  if (parsed === undefined) {
    const detail = `${JSON.stringify(line)} says nothing about tags: write semver, environment, architecture, glob:release-* or regex:v[0-9]+`;
    throw unfit(detail);
  }
  if (parsed.kind === "regex") parsePattern(parsed.pattern);
}

/** What becomes of what the level says. */
export function editRules(own: LevelRules, change: RuleChange): readonly RuleEdit[] {
  const edits: RuleEdit[] = [];
  if (change.format !== undefined) {
    const { allow = [], locked } = change.format ?? {};
    const body = { ...ANY_FORMAT, allow: unique(allow) };
    const after = change.format === null ? undefined : say(body, locked ?? own.format?.isLocked);
    edits.push({ kind: "format", before: own.format, after });
  }
  if (change.immutable !== undefined) {
    const { enabled = false, patterns, locked } = change.immutable ?? {};
    const known = own.immutable?.body ?? NOTHING_IMMUTABLE;
    const body = { ...known, isEnabled: enabled, patterns: unique(patterns ?? known.patterns) };
    const isLocked = locked ?? own.immutable?.isLocked;
    const after = change.immutable === null ? undefined : say(body, isLocked);
    edits.push({ kind: "immutable", before: own.immutable, after });
  }
  return edits;
}

function say<Body>(body: Body, isLocked = false): Said<Body> {
  return { body, isLocked };
}

function unique(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}

/** Throws PATTERN_INVALID. */
export function parsePattern(source: string): LinearPattern {
  try {
    return compilePattern(source);
  } catch (cause) {
    if (cause instanceof PatternError) throw unfit(cause.message, cause);
    throw cause;
  }
}

function unfit(detail: string, cause?: unknown): ProblemError {
  return new ProblemError(PROBLEMS.PATTERN_INVALID, { detail, cause });
}
