import type { Instruction } from "../../scanning/index.ts";
import type { SeenBuild } from "./build-facts.ts";

/** How often a step ran in builds that could have had it from a build before. */
export interface StepRuns {
  /** Builds that had the step. */
  readonly builds: number;
  /** Of them, those in which it ran. */
  readonly again: number;
  /** Of one run; the median. */
  readonly typical: number;
  /** Of all runs but the one that had to be. */
  readonly seconds: number;
}

export function countRuns(instruction: Instruction, builds: readonly SeenBuild[]): StepRuns {
  const wanted = `${instruction.keyword} ${bare(instruction.text)}`;
  const seen = builds.flatMap(({ steps }) => {
    const step = steps.find(({ text }) => withoutFlags(text) === wanted);
    return step === undefined ? [] : [step];
  });
  const ran = seen.filter(({ isCached }) => !isCached).map(({ ms }) => ms / 1000);
  const sorted = ran.toSorted((one, other) => one - other);
  const [longest = 0] = sorted.slice(-1);
  const all = ran.reduce((sum, seconds) => sum + seconds, 0);
  return {
    builds: seen.length,
    again: ran.length,
    typical: sorted[Math.floor(sorted.length / 2)] ?? 0,
    seconds: Math.round(all - longest),
  };
}

function withoutFlags(text: string): string {
  const [, keyword = "", rest = ""] = /^\s*(\w+)\s+(?:--\S+\s+)*(.*)$/s.exec(text) ?? [];
  return `${keyword.toUpperCase()} ${bare(rest)}`;
}

function bare(text: string): string {
  return text.replace(/\\?\s+/g, " ").trim();
}
