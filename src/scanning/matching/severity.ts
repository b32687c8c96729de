import { createRequire } from "node:module";
import { SEVERITIES, type Severity } from "../../advisories/index.ts";
import { BoundedCache } from "../../lib/bounded-cache.ts";
import type { Finding } from "./finding.ts";

/** Takes a quarter of a second to load, which a hub that starts need not wait for. */
let loaded: typeof import("ae-cvss-calculator") | undefined;

function loadCalculators(): typeof import("ae-cvss-calculator") {
  loaded ??= createRequire(import.meta.url)(
    "ae-cvss-calculator",
  ) as typeof import("ae-cvss-calculator");
  return loaded;
}

type Rating = Pick<Finding, "severity" | "severityFrom" | "cvss">;

interface Scored {
  readonly vector: string;
  readonly score: number;
  readonly from: "CVSS 4" | "CVSS 3" | "CVSS 2";
}

/** The vendor's word comes first: it knows how the package was built; the worst of several counts. Then the newest CVSS that somebody gave. */
export function rateSeverity(
  vendors: readonly (Severity | undefined)[],
  vectors: readonly string[],
): Rating {
  const scored = vectors.map(scoreVector).filter((one) => one !== undefined);
  const best = (["CVSS 4", "CVSS 3", "CVSS 2"] as const)
    .map((from) => worstOf(scored.filter((one) => one.from === from)))
    .find((one) => one !== undefined);
  const cvss = best === undefined ? {} : { cvss: { vector: best.vector, score: best.score } };
  const known: readonly (Severity | undefined)[] = vendors.filter((one) => one !== "unknown");
  const worst = SEVERITIES.findLast((severity) => known.includes(severity));
  if (worst !== undefined) return { severity: worst, severityFrom: "vendor", ...cvss };
  if (best === undefined) return { severity: "unknown", severityFrom: "nobody" };
  return { severity: toSeverity(best), severityFrom: best.from, ...cvss };
}

function worstOf(scored: readonly Scored[]): Scored | undefined {
  return scored.toSorted((a, b) => b.score - a.score)[0];
}

const CACHED_CHARACTERS = 1_000_000;
const SCORES = new BoundedCache<{ readonly scored: Scored | undefined }>(CACHED_CHARACTERS);

/** Undefined for what is no vector. The same vectors come again and again. */
function scoreVector(vector: string): Scored | undefined {
  const cached = SCORES.get(vector);
  if (cached !== undefined) return cached.scored;
  const scored = calculate(vector);
  SCORES.fill(vector, { value: { scored }, weight: vector.length, version: SCORES.version });
  return scored;
}

function calculate(vector: string): Scored | undefined {
  try {
    const { calculator, from } = choose(vector);
    const base: unknown = calculator.calculateScores().base;
    return typeof base === "number" && base >= 0 ? { vector, score: base, from } : undefined;
  } catch {
    // The library throws on what it cannot read: such a vector rates nothing.
    return undefined;
  }
}

function choose(vector: string) {
  const calculators = loadCalculators();
  if (vector.startsWith("CVSS:4.0/"))
    return { calculator: new calculators.Cvss4P0(vector), from: "CVSS 4" } as const;
  if (vector.startsWith("CVSS:3.1/"))
    return { calculator: new calculators.Cvss3P1(vector), from: "CVSS 3" } as const;
  if (vector.startsWith("CVSS:3.0/"))
    return { calculator: new calculators.Cvss3P0(vector), from: "CVSS 3" } as const;
  return {
    calculator: new calculators.Cvss2(vector.replace(/^\(|\)$/g, "")),
    from: "CVSS 2",
  } as const;
}

/** The words of FIRST.org; CVSS 2 has no "critical" (NVD's words for it). */
function toSeverity({ score, from }: Scored): Severity {
  if (score === 0) return "negligible";
  if (score < 4) return "low";
  if (score < 7) return "medium";
  return score < 9 || from === "CVSS 2" ? "high" : "critical";
}
