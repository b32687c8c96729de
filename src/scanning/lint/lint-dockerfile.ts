import {
  findDockerfileFlaws,
  quoteInstruction,
} from "../flaws/dockerfile/find-dockerfile-flaws.ts";
import { type Instruction, readDockerfile } from "../flaws/dockerfile/read-dockerfile.ts";
import { BUILDKIT_STAGE_RULES } from "./buildkit-stage-rules.ts";
import { BUILDKIT_VALUE_RULES } from "./buildkit-value-rules.ts";
import { FLAW_RULES } from "./flaw-rules.ts";
import type { Breach, LintOptions, LintRule } from "./lint-rule.ts";
import { CORRECTNESS_RULES } from "./own-correctness-rules.ts";
import { HYGIENE_RULES } from "./own-hygiene-rules.ts";
import { LABEL_RULES } from "./own-label-rules.ts";
import { PINNING_RULES } from "./own-pinning-rules.ts";
import { type Pragmas, readPragmas } from "./pragmas.ts";

/** Every rule there is, each with an example that breaks it and one that does not. */
export const LINT_RULES: readonly LintRule[] = [
  ...BUILDKIT_STAGE_RULES,
  ...BUILDKIT_VALUE_RULES,
  ...FLAW_RULES,
  ...CORRECTNESS_RULES,
  ...PINNING_RULES,
  ...HYGIENE_RULES,
  ...LABEL_RULES,
];

export interface LintFinding extends Pick<LintRule, "id" | "severity" | "title" | "why" | "fix"> {
  readonly theme: LintRule["theme"] | "shellcheck";
  /** What exactly was found. */
  readonly detail: string | null;
  /** From 1. */
  readonly line: number;
  readonly instruction: string | null;
  /** Its lines as they are and as they could be. */
  readonly patch: string | null;
}

export interface LintResult {
  /** In the order of lines. */
  readonly findings: readonly LintFinding[];
  /** The file asks for whatever is found to fail the build. */
  readonly isError: boolean;
}

/** Says what could be better in a Dockerfile. Throws for what is too long to be one. */
export function lintDockerfile(content: string, options: LintOptions = {}): LintResult {
  const { all, stages, lines, escapeMark } = readDockerfile(content);
  const pragmas = readPragmas(lines);
  const flaws = findDockerfileFlaws(content);
  const file = { all, stages, lines, escapeMark, flaws, options };
  const findings = LINT_RULES.filter((rule) => isAsked(rule, pragmas)).flatMap((rule) =>
    rule
      .check(file)
      .filter((breach) => !isSkipped(rule, breach.instruction?.line, pragmas))
      .map((breach) => toFinding(rule, breach)),
  );
  const secret = new Set(findings.filter(({ id }) => SECRETS.has(id)).map(({ line }) => line));
  return {
    isError: pragmas.isError,
    findings: findings
      .map((one) => (secret.has(one.line) ? { ...one, patch: null } : one))
      .toSorted((one, other) => one.line - other.line),
  };
}

/** What is found beside the rules, without what the file asks not to be told. */
export function withoutSkipped(
  content: string,
  findings: readonly (LintFinding & { readonly instructionLine: number })[],
): LintFinding[] {
  const pragmas = readPragmas(content.split(/\r?\n/));
  return findings
    .filter((one) => !isSkipped(one, one.instructionLine, pragmas))
    .map(({ instructionLine: _, ...finding }) => finding);
}

/** Rules whose lines are repeated nowhere. */
const SECRETS = new Set(["SecretsUsedInArgOrEnv", "secret-in-dockerfile"]);
const LONGEST_PATCH = 4000;

function isAsked({ id, isExperimental }: LintRule, { experimental }: Pragmas): boolean {
  return isExperimental !== true || experimental.has(id) || experimental.has("all");
}

function isSkipped(
  { id, hadolint = [] }: Pick<LintRule, "id" | "hadolint">,
  line: number | undefined,
  { skipsAll, skipped, skippedAt }: Pragmas,
): boolean {
  const here = skippedAt.get(line ?? 0);
  return skipsAll || [id, ...hadolint].some((name) => skipped.has(name) || here?.has(name));
}

function toFinding(rule: LintRule, { instruction, line, detail, instead }: Breach): LintFinding {
  const { id, theme, severity, title, why, fix } = rule;
  return {
    ...{ id, theme, severity, title, why, fix },
    detail: detail ?? null,
    line: line ?? instruction?.line ?? 1,
    instruction: instruction === undefined ? null : quoteInstruction(instruction),
    patch: (instruction && instead !== undefined && toPatch(instruction, instead)) || null,
  };
}

function toPatch({ raw }: Instruction, instead: string): string | undefined {
  if (raw === instead || raw.length > LONGEST_PATCH) return undefined;
  const mark = (sign: string, text: string) => text.split(/\r?\n/).map((line) => sign + line);
  return [...mark("-", raw), ...mark("+", instead)].join("\n");
}
