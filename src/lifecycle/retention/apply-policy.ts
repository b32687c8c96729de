import { matchesGlobText } from "../../lib/glob-text.ts";
import { type Decision, lastUseOf, type RetentionCandidate } from "./candidate.ts";
import { newestByTime, newestByVersion } from "./newest.ts";
import {
  type PruneFilter,
  type RetentionPolicy,
  type RetentionRule,
  readingOf,
} from "./retention-rule.ts";

/** What a line says of a candidate. `unknown`: it cannot tell, which never removes anything. */
type Verdict = "yes" | "no" | "unknown";
type Judge = (candidate: RetentionCandidate) => Verdict;

/**
 * Decides for each candidate of one repository, in their order. A candidate is kept by the first `keep` line that matches it
 * or cannot tell; what no line keeps goes if the policy's reading says so. Pure: the simulator and the run both ask it.
 */
export function applyPolicy(
  policy: RetentionPolicy,
  candidates: readonly RetentionCandidate[],
  now: Date,
): readonly Decision[] {
  const judges = policy.rules.map((rule) => ({ rule, judge: judgeOf(rule, { candidates, now }) }));
  return candidates.map((candidate) => decide(candidate, { judges, policy }));
}

interface Judged {
  readonly rule: RetentionRule;
  readonly judge: Judge;
}

function decide(
  candidate: RetentionCandidate,
  { judges, policy }: { readonly judges: readonly Judged[]; readonly policy: RetentionPolicy },
): Decision {
  if (candidate.heldBecause !== undefined)
    return { candidate, action: "keep", line: undefined, why: candidate.heldBecause };
  for (const { rule, judge } of judges) {
    if (rule.verb !== "keep") continue;
    const verdict = judge(candidate);
    if (verdict === "no") continue;
    const why =
      verdict === "yes"
        ? `line ${rule.line} keeps it: ${rule.text}`
        : `line ${rule.line} cannot tell, so it stays: ${rule.text}`;
    return { candidate, action: "keep", line: rule.line, why };
  }
  return removeOr(candidate, { judges, policy });
}

function removeOr(
  candidate: RetentionCandidate,
  { judges, policy }: { readonly judges: readonly Judged[]; readonly policy: RetentionPolicy },
): Decision {
  if (readingOf(policy) === "removes what no keep line keeps") {
    const isJudged =
      policy.rules.length > 0 && (candidate.tag !== undefined || mentionsUntagged(policy));
    return isJudged
      ? { candidate, action: "remove", line: undefined, why: "no line keeps it" }
      : { candidate, action: "keep", line: undefined, why: "the policy does not speak of it" };
  }
  const deleting = judges.find(
    ({ rule, judge }) => rule.verb === "delete" && judge(candidate) === "yes",
  );
  if (deleting === undefined)
    return { candidate, action: "keep", line: undefined, why: "no delete line matches it" };
  const { line, text } = deleting.rule;
  return { candidate, action: "remove", line, why: `line ${line} removes it: ${text}` };
}

/** Lines about tags say nothing of manifests without one: those go only if a line names them. */
function mentionsUntagged({ rules }: RetentionPolicy): boolean {
  return rules.some(({ isUntagged }) => isUntagged);
}

interface Scene {
  readonly candidates: readonly RetentionCandidate[];
  readonly now: Date;
}

function judgeOf(rule: RetentionRule, scene: Scene): Judge {
  const parts = [
    ageJudge(rule, scene),
    ...rule.filters.map((filter) => filterJudge(filter, scene)),
  ];
  const isAbout = (candidate: RetentionCandidate) =>
    (candidate.tag === undefined) === rule.isUntagged &&
    (rule.match === undefined || matchesGlobText(rule.match, candidate.tag ?? ""));
  const fits: Judge = (candidate) =>
    isAbout(candidate) ? all(parts.map((part) => part(candidate))) : "no";
  if (rule.newest === undefined) return fits;
  return newestJudge(rule, { count: rule.newest, scene, fits });
}

/** The newest of what the rest of the line matches. */
function newestJudge(
  rule: RetentionRule,
  { count, scene, fits }: { count: number; scene: Scene; fits: Judge },
): Judge {
  const fitting = scene.candidates.filter((candidate) => fits(candidate) !== "no");
  if (rule.per === undefined) {
    const kept = newestByTime(fitting, count);
    return (candidate) => (kept.has(candidate) ? fits(candidate) : "no");
  }
  const { kept, unversioned } = newestByVersion(fitting, count, rule.per);
  return (candidate) => {
    if (unversioned.has(candidate)) return "unknown";
    return kept.has(candidate) ? fits(candidate) : "no";
  };
}

function ageJudge({ verb, ageMs }: RetentionRule, { now }: Scene): Judge {
  if (ageMs === undefined) return () => "yes";
  const edge = now.getTime() - ageMs;
  return (candidate) => {
    const isYoung = lastUseOf(candidate).getTime() > edge;
    return isYoung === (verb === "keep") ? "yes" : "no";
  };
}

function filterJudge(filter: PruneFilter, { now }: Scene): Judge {
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
