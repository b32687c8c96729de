import { readDockerfile } from "../../scanning/index.ts";
import { BUILD_ADVICE_RULES, type BuildAdviceId, type FoundAdvice } from "./build-advice-rules.ts";
import type { BuildFacts } from "./build-facts.ts";

export interface BuildAdvice {
  readonly id: BuildAdviceId;
  readonly title: string;
  readonly why: string;
  readonly how: string;
  readonly detail: string;
  /** What it cost the builds that were looked at. */
  readonly seconds: number | null;
  readonly bytes: number | null;
  /** Of the Dockerfile, from 1. */
  readonly line: number | null;
  readonly patch: string | null;
}

/** What builds of one Dockerfile say about it, the most costly first; the newest build comes first. */
export function adviseOnBuilds(facts: readonly BuildFacts[]): BuildAdvice[] {
  const [newest] = facts;
  if (newest === undefined) return [];
  const { stages } = readDockerfile(newest.dockerfile);
  const history = { stages, builds: facts, context: newest.context };
  const rules = Object.entries(BUILD_ADVICE_RULES) as [
    BuildAdviceId,
    (typeof BUILD_ADVICE_RULES)[BuildAdviceId],
  ][];
  return rules
    .flatMap(([id, rule]) => rule.find(history).map((found) => toAdvice(id, found)))
    .toSorted((one, other) => (other.seconds ?? 0) - (one.seconds ?? 0));
}

function toAdvice(id: BuildAdviceId, found: FoundAdvice): BuildAdvice {
  const { title, why, how } = BUILD_ADVICE_RULES[id];
  return {
    ...{ id, title, why, how, detail: found.detail },
    seconds: found.seconds ?? null,
    bytes: found.bytes ?? null,
    line: found.instruction?.line ?? null,
    patch: found.patch ?? null,
  };
}
