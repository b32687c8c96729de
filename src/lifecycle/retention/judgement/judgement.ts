import { matchesGlobText } from "../../../lib/glob-text.ts";
import type { PruneFilter, RetentionPolicy, RetentionRule } from "../language/retention-rule.ts";
import { readingOf } from "../language/retention-rule.ts";
import { type Decision, lastUseOf, type RetentionCandidate } from "./candidate.ts";
import { type Newest, newestByTime, newestByVersion } from "./newest.ts";

/** What a line says of a candidate. `unknown`: it cannot tell, which never removes anything. */
type Verdict = "yes" | "no" | "unknown";
type Test = (candidate: RetentionCandidate) => Verdict;

interface Line {
  readonly rule: RetentionRule;
  /** Everything but how many. */
  readonly fits: Test;
  readonly newest: Newest | undefined;
  /** When an age in it passes for the candidate, in milliseconds; nothing for what it is not about. */
  turnsOf(candidate: RetentionCandidate): readonly number[];
}

export interface JudgedPolicy {
  readonly policy: RetentionPolicy;
  /** What was pushed or pulled within is held, whatever the lines say. */
  readonly inUseMs: number | undefined;
}

/**
 * Decides about the candidates of one repository, one at a time, so that a repository of any size fits. Lines that count
 * have to see all of them once before: `look`, then `decide`. Pure: the simulator and the run both ask it.
 */
export interface Judgement {
  readonly looksFirst: boolean;
  /** Whether a push can take a tag out of those that a line counts. */
  readonly countsByFilters: boolean;
  /** Whether a line speaks of manifests without a tag. */
  readonly mentionsUntagged: boolean;
  look(candidate: RetentionCandidate): void;
  /** Whether what becomes of it hangs on its labels, which it has not got yet. */
  needsLabels(candidate: RetentionCandidate): boolean;
  /** By the first `keep` line that matches it or cannot tell; what none keeps goes if the policy's reading says so. */
  decide(candidate: RetentionCandidate): Decision;
  /** When time alone may next change what a line says of it, if it is neither moved nor pulled; undefined: never. */
  findNextTurn(candidate: RetentionCandidate): Date | undefined;
}

export function createJudgement({ policy, inUseMs }: JudgedPolicy, now: Date): Judgement {
  const lines = policy.rules.map((rule) => openLine(rule, now));
  const labelled = lines.filter(({ rule }) => rule.filters.some(({ kind }) => kind === "label"));
  const counting = lines.filter(({ newest }) => newest !== undefined);
  const keeps = lines.filter(({ rule }) => rule.verb === "keep");
  const deletes = lines.filter(({ rule }) => rule.verb === "delete");
  const keepsAlone = readingOf(policy) === "removes what no keep line keeps";
  const mentionsUntagged = policy.rules.some(({ isUntagged }) => isUntagged);
  return {
    looksFirst: counting.length > 0,
    countsByFilters: counting.some(({ rule }) => rule.filters.length > 0),
    mentionsUntagged,
    look(candidate) {
      for (const { fits, newest } of counting)
        if (fits(candidate) === "yes") newest?.look(candidate);
    },
    needsLabels: (candidate) =>
      candidate.labels === undefined && labelled.some(({ fits }) => fits(candidate) === "unknown"),
    decide(candidate) {
      return findHold(candidate) ?? findKeep(candidate) ?? judge(candidate);
    },
    findNextTurn(candidate) {
      const held = inUseMs === undefined ? [] : [lastUseOf(candidate).getTime() + inUseMs];
      const turns = [...held, ...lines.flatMap((line) => line.turnsOf(candidate))];
      const coming = turns.filter((turn) => turn > now.getTime());
      return coming.length === 0 ? undefined : new Date(Math.min(...coming));
    },
  };

  function findHold(candidate: RetentionCandidate): Decision | undefined {
    if (candidate.heldBecause !== undefined) return keep(candidate, candidate.heldBecause);
    if (inUseMs === undefined || lastUseOf(candidate).getTime() <= now.getTime() - inUseMs)
      return undefined;
    return keep(candidate, "in use: it was pushed or pulled lately");
  }

  function findKeep(candidate: RetentionCandidate): Decision | undefined {
    for (const line of keeps) {
      const verdict = ask(line, candidate);
      if (verdict === "no") continue;
      const { rule } = line;
      const why =
        verdict === "yes"
          ? `line ${rule.line} keeps it: ${rule.text}`
          : `line ${rule.line} cannot tell, so it stays: ${rule.text}`;
      return { candidate, action: "keep", line: rule.line, why };
    }
    return undefined;
  }

  function judge(candidate: RetentionCandidate): Decision {
    if (!keepsAlone) {
      const found = deletes.find((line) => ask(line, candidate) === "yes");
      if (found === undefined) return keep(candidate, "no delete line matches it");
      const { line, text } = found.rule;
      return { candidate, action: "remove", line, why: `line ${line} removes it: ${text}` };
    }
    // Lines about tags say nothing of manifests without one: those go only if a line names them.
    const isSpokenOf = candidate.tag === undefined ? mentionsUntagged : mentionsTags(lines);
    if (!isSpokenOf) return keep(candidate, "the policy does not speak of it");
    return { candidate, action: "remove", line: undefined, why: "no line keeps it" };
  }
}

function keep(candidate: RetentionCandidate, why: string): Decision {
  return { candidate, action: "keep", line: undefined, why };
}

function mentionsTags(lines: readonly Line[]): boolean {
  return lines.some(({ rule }) => !rule.isUntagged);
}

function openLine(rule: RetentionRule, now: Date): Line {
  const parts = [ageTest(rule, now), ...rule.filters.map((filter) => filterTest(filter, now))];
  const isAbout = (candidate: RetentionCandidate) =>
    (candidate.tag === undefined) === rule.isUntagged &&
    (rule.match === undefined || matchesGlobText(rule.match, candidate.tag ?? ""));
  return {
    rule,
    fits: (candidate) => (isAbout(candidate) ? all(parts.map((part) => part(candidate))) : "no"),
    newest: openNewest(rule),
    turnsOf: (candidate) => (isAbout(candidate) ? listTurns(rule, candidate) : []),
  };
}

function listTurns({ ageMs, filters }: RetentionRule, candidate: RetentionCandidate) {
  const byAge = ageMs === undefined ? [] : [lastUseOf(candidate).getTime() + ageMs];
  // "until" is over a moment after its age.
  const byFilter = filters.flatMap((filter) =>
    filter.kind === "until" ? [candidate.pushedAt.getTime() + filter.agoMs + 1] : [],
  );
  return [...byAge, ...byFilter];
}

function openNewest({ newest, per }: RetentionRule): Newest | undefined {
  if (newest === undefined) return undefined;
  return per === undefined ? newestByTime(newest) : newestByVersion(newest, per);
}

/** What may fit and may not stays without taking the place of one that fits. */
function ask({ fits, newest }: Line, candidate: RetentionCandidate): Verdict {
  const verdict = fits(candidate);
  return verdict === "yes" && newest !== undefined ? newest.includes(candidate) : verdict;
}

function ageTest({ verb, ageMs }: RetentionRule, now: Date): Test {
  if (ageMs === undefined) return () => "yes";
  const edge = now.getTime() - ageMs;
  return (candidate) => truth(lastUseOf(candidate).getTime() > edge === (verb === "keep"));
}

function filterTest(filter: PruneFilter, now: Date): Test {
  switch (filter.kind) {
    case "until":
      return ({ pushedAt }) => truth(pushedAt.getTime() < now.getTime() - filter.agoMs);
    case "before":
      return ({ pushedAt }) => truth(pushedAt < filter.at);
    case "label":
      return ({ labels }) => {
        if (labels === undefined) return "unknown";
        const value = labels.get(filter.name);
        const has = value !== undefined && (filter.value === undefined || value === filter.value);
        return truth(has !== filter.isNegated);
      };
  }
}

/** All together: one no settles it, and otherwise one unknown does. */
function all(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("no")) return "no";
  return verdicts.includes("unknown") ? "unknown" : "yes";
}

function truth(is: boolean): Verdict {
  return is ? "yes" : "no";
}
