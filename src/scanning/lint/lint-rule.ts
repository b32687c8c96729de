import type { Instruction, Stage } from "../flaws/dockerfile/read-dockerfile.ts";
import type { Flaw } from "../flaws/flaw.ts";
import type { DockerIgnore } from "./docker-ignore.ts";

export type LintTheme =
  | "buildkit"
  | "correctness"
  | "pinning"
  | "cleanup"
  | "hygiene"
  | "labels"
  | "security";

/** What the file alone cannot say. */
export interface LintOptions {
  /** What `.dockerignore` keeps out of the context. */
  readonly ignored?: DockerIgnore | undefined;
  /** Registries that bases may come from; empty: any. */
  readonly registries?: readonly string[];
  /** Labels that there have to be. */
  readonly labels?: readonly string[];
}

export interface LintedFile {
  readonly all: readonly Instruction[];
  readonly stages: readonly Stage[];
  /** As written. */
  readonly lines: readonly string[];
  readonly escapeMark: string;
  /** What scans of images find in it, too. */
  readonly flaws: readonly Flaw[];
  readonly options: LintOptions;
}

/** One place where a rule is broken. */
export interface Breach {
  readonly instruction?: Instruction;
  readonly detail?: string;
  /** From 1; without it that of the instruction. */
  readonly line?: number;
  /** How its lines could read instead. */
  readonly instead?: string | undefined;
}

/** A Dockerfile, with what else it takes. */
export interface LintExample extends LintOptions {
  readonly text: string;
}

export interface LintRule {
  /** BuildKit's name where it has the rule, otherwise our own. */
  readonly id: string;
  readonly theme: LintTheme;
  readonly severity: "low" | "medium" | "high" | "critical";
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  /** What hadolint calls it. */
  readonly hadolint?: readonly string[];
  /** Only where the file asks for it. */
  readonly isExperimental?: true;
  readonly fires: LintExample;
  /** As close to the other as a file that is right can be. */
  readonly silent: LintExample;
  readonly check: (file: LintedFile) => readonly Breach[];
}

/** A rule about single instructions. */
export function onInstructions(
  keywords: readonly string[],
  look: (
    instruction: Instruction,
    stage: Stage,
    file: LintedFile,
  ) => readonly Omit<Breach, "instruction">[],
): LintRule["check"] {
  return (file) =>
    file.stages.flatMap((stage) =>
      [stage.from, ...stage.instructions]
        .filter(({ keyword }) => keywords.includes(keyword))
        .flatMap((instruction) =>
          look(instruction, stage, file).map((breach) => ({ instruction, ...breach })),
        ),
    );
}

export const example = (...lines: readonly string[]): LintExample => ({ text: lines.join("\n") });
