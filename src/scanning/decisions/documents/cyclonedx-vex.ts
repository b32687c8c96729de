import { z } from "zod";
import {
  VEX_JUSTIFICATIONS,
  type VexJustification,
  type VexStatus,
} from "../../../contract/vex.ts";
import {
  cut,
  type Meant,
  MOST_STATEMENTS,
  readPurl,
  type VexDocument,
  type VexStatement,
} from "./vex-statement.ts";

const text = z.string().max(10_000);
const component = z.looseObject({
  "bom-ref": text.optional(),
  type: text.optional(),
  name: text.optional(),
  version: text.optional(),
  purl: text.optional(),
});
const vulnerability = z.looseObject({
  id: text,
  analysis: z
    .looseObject({
      state: text.optional(),
      justification: text.optional(),
      detail: text.optional(),
    })
    .optional(),
  affects: z.array(z.looseObject({ ref: text })).optional(),
  properties: z.array(z.looseObject({ name: text.optional(), value: text.optional() })).optional(),
});
const document = z.looseObject({
  bomFormat: z.literal("CycloneDX"),
  metadata: z
    .looseObject({
      component: component.optional(),
      authors: z.array(z.looseObject({ name: text.optional(), email: text.optional() })).optional(),
      supplier: z.looseObject({ name: text.optional() }).optional(),
    })
    .optional(),
  components: z.array(z.unknown()).optional(),
  vulnerabilities: z.array(z.unknown()),
});

export const JUSTIFICATION_PROPERTY = "berth:justification";

/** CycloneDX's `impactAnalysisState`. */
const STATUSES: Readonly<Record<string, VexStatus>> = {
  resolved: "fixed",
  resolved_with_pedigree: "fixed",
  exploitable: "affected",
  in_triage: "under_investigation",
  false_positive: "not_affected",
  not_affected: "not_affected",
};

/** CycloneDX's `impactAnalysisJustification`, which is finer in some and coarser in others. */
const JUSTIFICATIONS: Readonly<Record<string, VexJustification>> = {
  code_not_present: "vulnerable_code_not_present",
  code_not_reachable: "vulnerable_code_not_in_execute_path",
  requires_configuration: "vulnerable_code_cannot_be_controlled_by_adversary",
  requires_dependency: "component_not_present",
  requires_environment: "vulnerable_code_cannot_be_controlled_by_adversary",
  protected_by_compiler: "inline_mitigations_already_exist",
  protected_at_runtime: "inline_mitigations_already_exist",
  protected_at_perimeter: "inline_mitigations_already_exist",
  protected_by_mitigating_control: "inline_mitigations_already_exist",
};

/** CycloneDX with analysed vulnerabilities; undefined for anything else, such as a mere bill of materials. */
export function parseCycloneDxVex(value: unknown): VexDocument | undefined {
  const parsed = document.safeParse(value);
  if (!parsed.success) return undefined;
  const { metadata, vulnerabilities } = parsed.data;
  const known = componentsOf(parsed.data);
  const statements: VexStatement[] = [];
  const skipped: { vulnerability: string; reason: string }[] = [];
  for (const raw of vulnerabilities) {
    const one = vulnerability.safeParse(raw);
    if (!one.success) {
      skipped.push({ vulnerability: "?", reason: "it is no vulnerability of CycloneDX's" });
      continue;
    }
    const read = readVulnerability(one.data, known);
    if (typeof read === "string") skipped.push({ vulnerability: one.data.id, reason: read });
    else statements.push(...read);
    if (statements.length > MOST_STATEMENTS) break;
  }
  const [author] = metadata?.authors ?? [];
  const name = author?.name ?? author?.email ?? metadata?.supplier?.name ?? "";
  return { author: name, statements, skipped };
}

function componentsOf({
  metadata,
  components = [],
}: z.output<typeof document>): ReadonlyMap<string, Meant> {
  const known = new Map<string, Meant>();
  for (const raw of components) {
    const one = component.safeParse(raw);
    if (one.success) note(known, one.data);
  }
  const own = metadata?.component;
  if (own === undefined) return known;
  note(known, own);
  const ref = own["bom-ref"];
  if (ref === undefined || own.type !== "container") return known;
  return known.set(ref, { kind: "image", digest: digestOf(own) });
}

function note(known: Map<string, Meant>, one: z.output<typeof component>): void {
  const ref = one["bom-ref"];
  if (ref === undefined) return;
  const meant = readPurl(one.purl ?? "");
  const isNamed = meant.kind === "other" && one.name !== undefined && one.type !== "container";
  known.set(ref, isNamed ? { kind: "package", name: one.name ?? "", version: one.version } : meant);
}

function digestOf({ purl, version }: z.output<typeof component>): string | undefined {
  const meant = readPurl(purl ?? "");
  if (meant.kind === "image" && meant.digest !== undefined) return meant.digest;
  return version !== undefined && /^sha256:[0-9a-f]{64}$/.test(version) ? version : undefined;
}

function readVulnerability(
  said: z.output<typeof vulnerability>,
  known: ReadonlyMap<string, Meant>,
): readonly VexStatement[] | string {
  const { id, analysis, affects = [] } = said;
  if (analysis?.state === undefined) return "it was not analysed";
  const status = STATUSES[analysis.state];
  if (status === undefined) return `${analysis.state} is no state of CycloneDX's`;
  const justification = status === "not_affected" ? justificationOf(said) : undefined;
  const isFalse = analysis.state === "false_positive";
  const reason = cut(analysis.detail ?? (isFalse ? "a false positive" : ""));
  if (status === "not_affected" && justification === undefined && reason === "")
    return "it says not_affected and not why";
  const fact = { vulnerability: id.trim(), status, justification, reason };
  const targets = affects.slice(0, MOST_STATEMENTS).map(({ ref }) => resolve(ref, known));
  if (targets.length === 0) return [toStatement(fact, { kind: "other" })];
  return targets.map((meant) => toStatement(fact, meant));
}

function justificationOf({
  analysis,
  properties = [],
}: z.output<typeof vulnerability>): VexJustification | undefined {
  const exact = properties.find(({ name }) => name === JUSTIFICATION_PROPERTY)?.value;
  const own = VEX_JUSTIFICATIONS.find((one) => one === exact);
  return own ?? JUSTIFICATIONS[analysis?.justification ?? ""];
}

/** A `bom-ref` of the document, a purl, or a BOM-Link that ends with either. */
function resolve(ref: string, known: ReadonlyMap<string, Meant>): Meant {
  const [, linked] = /^urn:cdx:[^#]*#(.*)$/.exec(ref) ?? [];
  const name = linked === undefined ? ref : decode(linked);
  return known.get(ref) ?? known.get(name) ?? readPurl(name);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function toStatement(
  fact: Pick<VexStatement, "vulnerability" | "status" | "justification" | "reason">,
  meant: Meant,
): VexStatement {
  const image = meant.kind === "image" ? meant.digest : undefined;
  if (meant.kind !== "package") return { ...fact, image, package: undefined, version: undefined };
  return { ...fact, image, package: meant.name, version: meant.version };
}
