import type { Instruction, Stage } from "../../scanning/index.ts";
import type { ContextFacts, SeenBuild } from "./build-facts.ts";
import { countRuns, type StepRuns } from "./count-runs.ts";

/** What the rules are asked about. */
export interface BuildHistory {
  readonly stages: readonly Stage[];
  /** The newest first. */
  readonly builds: readonly SeenBuild[];
  /** Of the newest build. */
  readonly context: ContextFacts;
}

export interface FoundAdvice {
  /** With the numbers in it. */
  readonly detail: string;
  readonly seconds?: number;
  readonly bytes?: number;
  readonly instruction?: Instruction;
  readonly patch?: string;
}

interface BuildAdviceRule {
  readonly title: string;
  readonly why: string;
  readonly how: string;
  readonly find: (history: BuildHistory) => readonly FoundAdvice[];
}

interface Installer {
  readonly command: RegExp;
  /** What it reads: the files to copy before it. */
  readonly files: string;
  readonly cache?: string;
}

const INSTALLERS: readonly Installer[] = [
  { command: /\bnpm (?:ci|i|install)\b/, files: "package*.json", cache: "/root/.npm" },
  {
    command: /\byarn(?: install)?(?:$| )/,
    files: "package.json yarn.lock",
    cache: "/usr/local/share/.cache/yarn",
  },
  {
    command: /\bpnpm (?:i|install)\b/,
    files: "package.json pnpm-lock.yaml",
    cache: "/root/.local/share/pnpm/store",
  },
  {
    command: /\bpip3? install .*(?:-r|--requirement)[ =]?\S*requirements/,
    files: "requirements*.txt",
    cache: "/root/.cache/pip",
  },
  { command: /\bgo mod download\b/, files: "go.mod go.sum", cache: "/go/pkg/mod" },
  { command: /\bbundle install\b/, files: "Gemfile*" },
  {
    command: /\bcomposer install\b/,
    files: "composer.json composer.lock",
    cache: "/root/.cache/composer",
  },
  {
    command: /\bcargo fetch\b/,
    files: "Cargo.toml Cargo.lock",
    cache: "/usr/local/cargo/registry",
  },
  { command: /\bmvn\b.* dependency:\S+/, files: "pom.xml", cache: "/root/.m2" },
];

/** Fewer say nothing, and less is not worth a line. */
const LEAST_RUNS = 3;
const LEAST_SECONDS = 10;
const LEAST_CONTEXT = 10_000_000;

export const BUILD_ADVICE_RULES = {
  "copy-before-install": {
    title: "The source is copied before what it needs is installed",
    why: "Whatever changes in the source makes the installation run again.",
    how: "Copy the files that it reads first, install, and copy the rest then.",
    find: ({ stages, builds }) =>
      installs(stages).flatMap(({ stage, run, installer }) => {
        const copy = broadCopyBefore(stage, run);
        const runs = worthwhile(run, builds);
        if (copy === undefined || runs === undefined) return [];
        const files = `${copy.written} ${installer.files} ./`;
        const detail = `this ${copy.keyword} before ${nameOf(run)} re-ran a ${printSeconds(runs.typical)} step in ${runs.again} of ${runs.builds} builds: copy ${installer.files} first`;
        const patch = [`-${copy.raw}`, `-${run.raw}`, `+${files}`, `+${run.raw}`, `+${copy.raw}`];
        return [
          {
            detail,
            seconds: runs.seconds,
            instruction: copy,
            ...(isOneLine(copy, run) && areNeighbours(stage, copy, run)
              ? { patch: patch.join("\n") }
              : {}),
          },
        ];
      }),
  },
  "install-without-cache": {
    title: "Packages are fetched again whenever a step runs again",
    why: "What was fetched before is thrown away with the layer.",
    how: "Mount a cache, which lasts from build to build and is in no layer.",
    find: ({ stages, builds }) =>
      installs(stages).flatMap(({ run, installer: { cache } }) => {
        const runs = worthwhile(run, builds);
        if (cache === undefined || runs === undefined || run.flags.has("mount")) return [];
        const detail = `${nameOf(run)} ran in ${runs.again} of ${runs.builds} builds, ${printSeconds(runs.typical)} each`;
        const mounted = run.raw.replace(
          /^\w+\s+/,
          (word) => `${word}--mount=type=cache,target=${cache} `,
        );
        return [
          {
            detail,
            seconds: runs.seconds,
            instruction: run,
            ...(isOneLine(run) ? { patch: `-${run.raw}\n+${mounted}` } : {}),
          },
        ];
      }),
  },
  "argument-before-slow-step": {
    title: "An argument is declared before a slow step that does not use it",
    why: "Each other value of the argument makes all steps below it run again.",
    how: "Declare it right before the step that uses it.",
    find: ({ stages, builds }) =>
      stages.flatMap((stage) =>
        stage.instructions.flatMap((run, index): FoundAdvice[] => {
          const argument = stage.instructions
            .slice(0, index)
            .find((one) => one.keyword === "ARG" && isVolatile(one) && !uses(run, one));
          const used =
            argument && stage.instructions.slice(0, index).some((one) => uses(one, argument));
          const runs = run.keyword === "RUN" ? worthwhile(run, builds) : undefined;
          if (argument === undefined || used || runs === undefined) return [];
          const detail = `ARG ${argument.text} above ${nameOf(run)}, which ran in ${runs.again} of ${runs.builds} builds, ${printSeconds(runs.typical)} each`;
          return [{ detail, seconds: runs.seconds, instruction: argument }];
        }),
      ),
  },
  "no-dockerignore": {
    title: "There is no .dockerignore, and the context is large",
    why: "All of it is copied for each build, and a COPY of all brings it into the image.",
    how: "Name in .dockerignore what the build does not need.",
    find: ({ context: { bytes, hasIgnore, largest } }) => {
      const needless = largest.filter(({ name }) => NEEDLESS.test(name));
      const saved = needless.reduce((sum, one) => sum + one.bytes, 0);
      if (hasIgnore || bytes < LEAST_CONTEXT || saved < LEAST_CONTEXT / 2) return [];
      const names = needless.map(({ name, bytes: size }) => `${name} ${printMegabytes(size)}`);
      const detail = `.dockerignore missing, context ${printMegabytes(bytes)} of which ${names.join(", ")}`;
      const patch = ["in .dockerignore:", ...needless.map(({ name }) => `+${name}`)].join("\n");
      return [{ detail, bytes: saved, patch }];
    },
  },
} as const satisfies Readonly<Record<string, BuildAdviceRule>>;

export type BuildAdviceId = keyof typeof BUILD_ADVICE_RULES;

const NEEDLESS =
  /^(?:\.git|\.svn|\.hg|node_modules|target|dist|build|vendor|\.venv|venv|__pycache__|\.next|\.cache|\.idea|coverage)$/;

function installs(stages: readonly Stage[]) {
  return stages.flatMap((stage) =>
    stage.instructions
      .filter(({ keyword }) => keyword === "RUN")
      .flatMap((run) => {
        const installer = INSTALLERS.find(({ command }) => command.test(run.text));
        return installer === undefined ? [] : [{ stage, run, installer }];
      }),
  );
}

/** The first COPY of a whole directory of the context above the step. */
function broadCopyBefore({ instructions }: Stage, run: Instruction): Instruction | undefined {
  return instructions
    .slice(0, instructions.indexOf(run))
    .find(
      ({ keyword, flags, words }) =>
        (keyword === "COPY" || keyword === "ADD") &&
        !flags.has("from") &&
        /^(?:\.\/?|\*|\.\/\*)$/.test(words[0] ?? ""),
    );
}

function worthwhile(run: Instruction, builds: readonly SeenBuild[]): StepRuns | undefined {
  const runs = countRuns(run, builds);
  // One of them had to be.
  return runs.again >= LEAST_RUNS && runs.seconds >= LEAST_SECONDS ? runs : undefined;
}

/** By its name another in each build: where values are the same, nothing runs again. */
function isVolatile({ text }: Instruction): boolean {
  return /^(?:\w*_)?(?:VERSION|COMMIT|SHA|REVISION|DATE|TIME|BUILD\w*|NUMBER|REF|TAG)(?:_\w*)?(?:=|$)/i.test(
    text,
  );
}

function uses({ text, flags }: Instruction, { text: argument }: Instruction): boolean {
  const name = argument.split("=", 1)[0] ?? "";
  const all = [text, ...flags.values()].join(" ");
  return text !== argument && new RegExp(`\\b${name.replace(/\W/g, "")}\\b`).test(all);
}

function areNeighbours({ instructions }: Stage, copy: Instruction, run: Instruction): boolean {
  return instructions.indexOf(run) === instructions.indexOf(copy) + 1;
}

function isOneLine(...instructions: readonly Instruction[]): boolean {
  return instructions.every(({ raw }) => !raw.includes("\n"));
}

function nameOf({ text }: Instruction): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

function printSeconds(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

function printMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}
