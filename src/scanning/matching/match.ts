import {
  type AdvisoryIndex,
  type AffectedEntry,
  normalizeName,
  sourceKey,
} from "../../advisories/index.ts";
import { BoundedCache } from "../../lib/bounded-cache.ts";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import type { ImageInventory, PlacedPackage } from "../inventory/model.ts";
import { judgeVersion } from "./applies.ts";
import { type CompareVersions, findEcosystem, findOrder } from "./ecosystems.ts";
import type { Finding, MatchResult } from "./finding.ts";
import { findReasonToSkip } from "./set-aside.ts";
import { rateSeverity } from "./severity.ts";

/** One thing that advisories are asked about: packages of one source and version are one. */
interface Subject {
  readonly ecosystem: string;
  readonly name: string;
  /** Where else advisories about it are found. */
  readonly alsoNamed?: string;
  readonly version: string;
  readonly compare: CompareVersions;
  readonly packages: PlacedPackage[];
}

/** So many findings are remembered for each index: those of some ten thousand packages, in 20 MB. */
const REMEMBERED = 20_000;

/** What was found for a subject before, by who said so: images are made of the same packages. */
const remembered = new WeakMap<AdvisoryIndex, BoundedCache<readonly Finding[]>>();

/** Which known vulnerabilities the packages of an image have. Pure: the same inventory and index give the same answer. */
export function match(inventory: ImageInventory, index: AdvisoryIndex): MatchResult {
  const setAside: { package: PlacedPackage; reason: string }[] = [];
  const subjects = new Map<string, Subject>();
  for (const found of inventory.packages) {
    const reason = findReasonToSkip(found, inventory.distribution);
    const subject = reason ?? toSubject(found, inventory);
    if (typeof subject === "string") setAside.push({ package: found, reason: subject });
    else gather(subjects, subject);
  }
  const covered = new Set(index.header.coverage.map(({ ecosystem }) => ecosystem));
  const asked = new Set([...subjects.values()].map(({ ecosystem }) => ecosystem));
  const findings = [...subjects.values()].flatMap((subject) => recall(subject, index));
  return {
    findings: findings.sort(compareFindings),
    setAside,
    uncovered: [...asked].filter((ecosystem) => !covered.has(ecosystem)).sort(),
    revision: index.revision,
  };
}

function toSubject(found: PlacedPackage, { distribution }: ImageInventory): Subject | string {
  const ecosystem = findEcosystem(found.type, distribution);
  const compare = findOrder(found.type);
  if (ecosystem === undefined)
    return distribution === undefined
      ? "the image does not say which distribution it is"
      : `advisories of ${distribution.prettyName || distribution.id} are not known`;
  const { name, version } = namedByAdvisories(found);
  const subject = { ecosystem, name: normalizeName(ecosystem, name), version, compare };
  // Red Hat names packages where there is a fix, and their source where there is none.
  const alsoNamed = sourceKey(found.source?.name ?? found.name);
  const isRedHat = ecosystem.startsWith("Red Hat:");
  return { ...subject, packages: [found], ...(isRedHat ? { alsoNamed } : {}) };
}

/** Distributions name the source, which may have another version than a package built from it; those with RPM name the package. */
function namedByAdvisories(found: PlacedPackage): { name: string; version: string } {
  return found.type === "rpm" ? found : (found.source ?? found);
}

function gather(subjects: Map<string, Subject>, subject: Subject): void {
  const key = [subject.ecosystem, subject.name, subject.version].join("\u0000");
  const known = subjects.get(key);
  if (known === undefined) subjects.set(key, subject);
  else known.packages.push(...subject.packages);
}

function recall(subject: Subject, index: AdvisoryIndex): readonly Finding[] {
  const cache = remembered.get(index) ?? new BoundedCache<readonly Finding[]>(REMEMBERED);
  remembered.set(index, cache);
  const { ecosystem, name, alsoNamed = "", version, packages } = subject;
  const [{ type, module = "" } = { type: "" }] = packages;
  const key = [ecosystem, name, alsoNamed, version, type, module].join("\u0000");
  const known = cache.get(key);
  if (known !== undefined) return known.map((finding) => ({ ...finding, packages }));
  const found = findIn(subject, index);
  // Without the packages, which are of one image.
  const value = found.map((finding) => ({ ...finding, packages: [] }));
  cache.fill(key, {
    value,
    weight: 1 + Math.floor(key.length / 200) + found.length,
    version: cache.version,
  });
  return found;
}

function findIn(subject: Subject, index: AdvisoryIndex): Finding[] {
  const byId = new Map<string, AffectedEntry[]>();
  for (const entry of listEntries(subject, index)) {
    const same = byId.get(entry.id);
    if (same === undefined) byId.set(entry.id, [entry]);
    else same.push(entry);
  }
  return [...byId.values()].flatMap((entries) => toFinding(entries, subject, index) ?? []);
}

function listEntries(
  { ecosystem, name, alsoNamed }: Subject,
  index: AdvisoryIndex,
): readonly AffectedEntry[] {
  const entries = index.listAffected(ecosystem, name);
  if (alsoNamed === undefined) return entries;
  return [...entries, ...index.listAffected(ecosystem, alsoNamed)];
}

/** A vendor that says "not affected" of its own package knows more than those who say otherwise, but takes back nothing that it said itself. */
function withoutDenied(entries: readonly AffectedEntry[]): readonly AffectedEntry[] {
  const deniers = entries.filter(({ status }) => status === "not-affected");
  if (deniers.length === 0) return entries;
  return entries.filter(({ source }) => deniers.some((denier) => denier.source === source));
}

function toFinding(
  entries: readonly AffectedEntry[],
  subject: Subject,
  index: AdvisoryIndex,
): Finding | undefined {
  const { ecosystem, name, version, compare, packages } = subject;
  const judged = withoutDenied(entries.filter((entry) => isOfStream(entry, subject))).map(
    (entry) => ({ entry, ...judgeVersion(entry, version, compare) }),
  );
  const affecting = judged.filter(({ isAffected }) => isAffected);
  const [first] = affecting;
  if (first === undefined) return undefined;
  const { id } = first.entry;
  const details = index.findDetails(id);
  const { summary, published, epss, knownExploited } = details;
  const fixes = affecting.flatMap(({ fixedIn }) => fixedIn ?? []);
  const fixedIn = fixes.length < affecting.length ? undefined : fixes.sort(compare).at(-1);
  return omitUndefined({
    id,
    aliases: unique([
      ...entries.flatMap(({ aliases }) => aliases ?? []),
      ...(details.aliases ?? []),
    ]),
    advisories: unique(affecting.flatMap(({ entry }) => entry.advisory ?? [])),
    sources: unique(affecting.map(({ entry }) => entry.source)),
    ecosystem,
    name,
    version,
    packages,
    status: first.entry.status ?? "affected",
    fixedIn,
    ...rateSeverity(
      affecting.map(({ entry }) => entry.severity),
      details.cvss ?? [],
    ),
    epss,
    knownExploited,
    exploits: details.exploits ?? [],
    summary,
    published,
    references: details.references ?? [],
    weaknesses: details.weaknesses ?? [],
  });
}

/** A module has several streams at once, each with fixes and numbers of its own: one says nothing about another. */
function isOfStream({ module }: AffectedEntry, { packages, version }: Subject): boolean {
  const [{ module: installed, type } = { type: "deb" }] = packages;
  if (type !== "rpm") return true;
  const isModular = installed !== undefined || version.includes(".module_");
  if (module === undefined) return !isModular;
  return installed === undefined
    ? isModular
    : installed.startsWith(`${module}:`) || installed === module;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function compareFindings(a: Finding, b: Finding): number {
  const [left, right] = [
    [a.ecosystem, a.name, a.id, a.version],
    [b.ecosystem, b.name, b.id, b.version],
  ];
  const at = left.findIndex((text, place) => text !== right[place]);
  if (at < 0) return 0;
  return (left[at] ?? "") < (right[at] ?? "") ? -1 : 1;
}
