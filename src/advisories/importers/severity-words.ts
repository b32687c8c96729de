import type { Severity } from "../record.ts";

const WORDS: Readonly<Record<string, Severity>> = {
  critical: "critical",
  important: "high",
  high: "high",
  moderate: "medium",
  medium: "medium",
  low: "low",
  negligible: "negligible",
  unimportant: "negligible",
};

/** What vendors call it; undefined for words that say nothing. */
export function readSeverity(word: string | undefined): Severity | undefined {
  return WORDS[(word ?? "").trim().toLowerCase()];
}
