import type { Instruction } from "../flaws/dockerfile/read-dockerfile.ts";
import { example, type LintedFile, type LintRule, onInstructions } from "./lint-rule.ts";

/** BuildKit's checks of how stages and instructions are written (docs.docker.com/reference/build-checks). */
export const BUILDKIT_STAGE_RULES: readonly LintRule[] = [
  {
    id: "StageNameCasing",
    theme: "buildkit",
    severity: "low",
    title: "The name of a stage is not lower case",
    why: "Names of stages are compared without case, so other writings mislead.",
    fix: "Write it in lower case.",
    fires: example("FROM alpine AS BuilderBase"),
    silent: example("FROM alpine AS builder-base"),
    check: onInstructions(["FROM"], (from) => {
      const [, , name] = from.words;
      if (name === undefined || name === name.toLowerCase()) return [];
      return [{ detail: name, instead: from.raw.replace(name, name.toLowerCase()) }];
    }),
  },
  {
    id: "FromAsCasing",
    theme: "buildkit",
    severity: "low",
    title: "FROM and AS are written in different cases",
    why: "One file in one way is easier to read.",
    fix: "Write both in capitals.",
    fires: example("FROM alpine as build"),
    silent: example("FROM alpine AS build"),
    check: onInstructions(["FROM"], (from) => {
      const as = from.words[1];
      if (as?.toUpperCase() !== "AS" || caseOf(as) === caseOf(from.written)) return [];
      const fitting = caseOf(from.written) === "lower" ? "as" : "AS";
      return [{ instead: from.raw.replace(new RegExp(`\\s${as}\\s`), ` ${fitting} `) }];
    }),
  },
  {
    id: "NoEmptyContinuation",
    theme: "buildkit",
    severity: "medium",
    title: "An empty line within an instruction",
    why: "Builders are going to end the instruction there.",
    fix: "Remove the line, or make it a comment.",
    fires: example("FROM alpine", "RUN apk add \\", "", "    curl"),
    silent: example("FROM alpine", "RUN apk add \\", "    # for downloads", "    curl"),
    check: ({ all, escapeMark }) =>
      all.flatMap((instruction) => {
        const lines = instruction.raw.split(/\r?\n/);
        const empty = lines.findIndex(
          (_, at) => at > 0 && isEmptyContinuation(lines, at, escapeMark),
        );
        if (empty === -1) return [];
        const instead = lines
          .filter((_, at) => !isEmptyContinuation(lines, at, escapeMark))
          .join("\n");
        return [{ instruction, line: instruction.line + empty, instead }];
      }),
  },
  {
    id: "ConsistentInstructionCasing",
    theme: "buildkit",
    severity: "low",
    title: "Instructions are written in different cases",
    why: "One file in one way is easier to read.",
    fix: "Write them all in capitals.",
    fires: example("FROM alpine", "run echo hello", "EXPOSE 80"),
    silent: example("FROM alpine", "RUN echo hello", "EXPOSE 80"),
    check: ({ all }) => {
      const lower = all.filter(({ written }) => caseOf(written) === "lower").length;
      const usual = lower > all.length / 2 ? "lower" : "upper";
      return all
        .filter(({ written }) => caseOf(written) !== usual)
        .map((instruction) => ({ instruction, instead: recase(instruction, usual) }));
    },
  },
  {
    id: "ReservedStageName",
    theme: "buildkit",
    severity: "high",
    title: "A stage has a reserved name",
    why: "`scratch` and `context` mean something else where the stage would be named.",
    fix: "Give the stage another name.",
    fires: example("FROM alpine AS scratch"),
    silent: example("FROM alpine AS scratchpad"),
    check: onInstructions(["FROM"], (_, { name }) =>
      name === "scratch" || name === "context" ? [{ detail: name }] : [],
    ),
  },
  {
    id: "RedundantTargetPlatform",
    theme: "buildkit",
    severity: "low",
    title: "FROM --platform=$TARGETPLATFORM",
    why: "That is what it is without being said.",
    fix: "Leave the flag out.",
    fires: example("FROM --platform=$TARGETPLATFORM alpine AS build"),
    silent: example("FROM --platform=$BUILDPLATFORM alpine AS build"),
    check: onInstructions(["FROM"], (from) => {
      if (!/^\$\{?TARGETPLATFORM\}?$/.test(from.flags.get("platform") ?? "")) return [];
      return [{ instead: from.raw.replace(/--platform=\S+\s+/, "") }];
    }),
  },
  {
    id: "FromPlatformFlagConstDisallowed",
    theme: "buildkit",
    severity: "medium",
    title: "FROM --platform with a fixed platform",
    why: "The image is then for that platform alone, whatever was asked for.",
    fix: "Leave the flag out, use $BUILDPLATFORM, or name the stage after the platform.",
    hadolint: ["DL3029"],
    fires: example("FROM --platform=linux/amd64 alpine AS base"),
    silent: example("FROM --platform=linux/amd64 alpine AS build_amd64", "FROM build_amd64"),
    check: onInstructions(["FROM"], (from, { name = "" }) => {
      const platform = from.flags.get("platform") ?? "";
      if (platform === "" || platform.includes("$")) return [];
      const isNamed = platform.split("/").some((part) => name.includes(part.toLowerCase()));
      return isNamed
        ? []
        : [{ detail: platform, instead: from.raw.replace(/--platform=\S+\s+/, "") }];
    }),
  },
  {
    id: "InvalidDefinitionDescription",
    theme: "buildkit",
    severity: "low",
    title: "A comment above a stage or argument is no description of it",
    why: "Builders show comments of the form `# NAME what it is` as its description, and others not.",
    fix: "Begin the comment with the name, or leave an empty line after it.",
    isExperimental: true,
    fires: example("# check=experimental=all", "", "# a tool", "ARG TOOL=curl", "FROM alpine"),
    silent: example(
      "# check=experimental=all",
      "",
      "# TOOL is fetched",
      "ARG TOOL=curl",
      "FROM alpine",
    ),
    check: (file) =>
      [...globalArgs(file), ...file.stages.map(({ from }) => from)].flatMap((instruction) => {
        const name = definedName(instruction);
        const above = file.lines[instruction.line - 2] ?? "";
        const [, comment] = /^\s*#\s*(.*)$/.exec(above) ?? [];
        if (
          name === undefined ||
          comment === undefined ||
          /^(?:check|syntax|escape)\s*=/.test(comment)
        )
          return [];
        return comment.startsWith(`${name} `) ? [] : [{ instruction, detail: name }];
      }),
  },
];

function globalArgs({ all }: LintedFile): readonly Instruction[] {
  const end = all.findIndex(({ keyword }) => keyword === "FROM");
  return all.slice(0, Math.max(end, 0)).filter(({ keyword }) => keyword === "ARG");
}

function definedName({
  keyword,
  words,
}: Pick<Instruction, "keyword" | "words">): string | undefined {
  if (keyword === "ARG") return words[0]?.split("=", 1)[0];
  return words[1]?.toUpperCase() === "AS" ? words[2] : undefined;
}

function isEmptyContinuation(lines: readonly string[], at: number, escapeMark: string): boolean {
  if (lines[at]?.trim() !== "") return false;
  const before = lines.slice(0, at).findLast((line) => !/^\s*(?:#.*)?$/.test(line));
  return before?.trimEnd().endsWith(escapeMark) ?? false;
}

function caseOf(word: string): "upper" | "lower" | "mixed" {
  if (word === word.toUpperCase()) return "upper";
  return word === word.toLowerCase() ? "lower" : "mixed";
}

function recase({ raw, written }: Instruction, usual: "upper" | "lower"): string {
  const word = usual === "upper" ? written.toUpperCase() : written.toLowerCase();
  return raw.replace(written, word);
}
