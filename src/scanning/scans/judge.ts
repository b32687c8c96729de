import type { AdvisoryIndex } from "../../advisories/index.ts";
import type { ScanFinding, ScanReport } from "../../contract/scans.ts";
import type { ImageInventory } from "../inventory/model.ts";
import { findEcosystem } from "../matching/ecosystems.ts";
import type { Finding } from "../matching/finding.ts";
import { match } from "../matching/match.ts";

/** What advisories say of an inventory, as reports tell it. */
export interface Judgement {
  readonly findings: readonly ScanFinding[];
  readonly coverage: ScanReport["coverage"];
  readonly setAside: ScanReport["setAside"];
}

/** Knows advisories, and says what of an inventory they name. */
export interface Judge {
  /** Differs whenever it might judge differently. */
  readonly revision: string;
  judge(inventory: ImageInventory, instructions: readonly (string | null)[]): Judgement;
}

/** Raised with every change of what matching finds, so that what was found before is matched anew. */
const MATCHING_VERSION = 2;

export function createJudge(index: AdvisoryIndex): Judge {
  return {
    revision: `${index.revision}/${MATCHING_VERSION}`,
    judge: (inventory, instructions) => {
      const { findings, setAside } = match(inventory, index);
      return {
        findings: findings.map((finding) => toScanFinding(finding, instructions)),
        coverage: coverageOf(inventory, index),
        setAside: countReasons(setAside.map(({ reason }) => reason)),
      };
    },
  };
}

/** Of scans that were compared with nothing. */
export const NO_ADVISORIES_REVISION = "none";

/** Where nobody has brought advisories yet: nothing is found, and of everything it is said that it was not looked for. */
export const NO_ADVISORIES: Judge = {
  revision: NO_ADVISORIES_REVISION,
  judge: (inventory) => ({
    findings: [],
    coverage: countEcosystems(inventory).map(([ecosystem, packages]) => ({
      ...{ ecosystem, packages, advisories: 0, newest: null, listsOpen: false },
    })),
    setAside: [],
  }),
};

/**
 * What is said of an image that is looked at once more. While there are no advisories, such as when a hub starts with an index that
 * cannot be read, what was found before still holds: "not looked for" must not pass for "not there".
 */
export function judgeAnew(
  judge: Judge,
  seen: { readonly inventory: ImageInventory; readonly instructions: readonly (string | null)[] },
  before: Judgement | undefined,
): Judgement {
  if (knowsAdvisories(judge) || before === undefined || before.findings.length === 0)
    return judge.judge(seen.inventory, seen.instructions);
  const { findings, coverage, setAside } = before;
  return { findings, coverage, setAside };
}

export function knowsAdvisories({ revision }: Judge): boolean {
  return revision !== NO_ADVISORIES_REVISION;
}

function toScanFinding(finding: Finding, instructions: readonly (string | null)[]): ScanFinding {
  const { id, severity, name, version, ecosystem, status, packages, cvss } = finding;
  const [first] = packages;
  const names = packages.map((found) => found.name).filter((one) => one !== name);
  const layer = first?.layer ?? 0;
  return {
    ...{ id, severity, ecosystem, status },
    aliases: [...finding.aliases],
    package: { type: first?.type ?? "", name, version },
    installed: [...new Set(names)].sort(),
    fixedVersion: finding.fixedIn ?? null,
    title: finding.summary ?? "",
    cvss: cvss === undefined ? null : { score: cvss.score, vector: cvss.vector },
    epss: finding.epss ?? null,
    isKnownExploited: finding.knownExploited !== undefined,
    ...{ path: first?.path ?? "", layer, introducedBy: instructions[layer] ?? null },
  };
}

function coverageOf(inventory: ImageInventory, index: AdvisoryIndex): ScanReport["coverage"] {
  const { coverage, sources } = index.header;
  const known = new Map(coverage.map((one) => [one.ecosystem, one]));
  return countEcosystems(inventory).map(([ecosystem, packages]) => {
    const own = (known.get(ecosystem)?.sources ?? []).flatMap((place) => sources[place] ?? []);
    const newest = own
      .flatMap(({ date }) => date ?? [])
      .sort()
      .at(-1);
    return {
      ...{ ecosystem, packages, advisories: known.get(ecosystem)?.entries ?? 0 },
      newest: newest ?? null,
      listsOpen: own.some(({ lists }) => lists === "open-too"),
    };
  });
}

/** Packages of the image by whose advisories are about them. */
function countEcosystems({ packages, distribution }: ImageInventory): readonly [string, number][] {
  const counts = new Map<string, number>();
  for (const { type } of packages) {
    const ecosystem = findEcosystem(type, distribution);
    if (ecosystem !== undefined) counts.set(ecosystem, (counts.get(ecosystem) ?? 0) + 1);
  }
  return [...counts].sort();
}

function countReasons(reasons: readonly string[]): ScanReport["setAside"] {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, packages]) => ({ reason, packages }));
}
