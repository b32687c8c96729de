import type { VexFormat, VexJustification, VexStatus } from "../../../contract/vex.ts";
import { omitUndefined } from "../../../lib/omit-undefined.ts";
import type { Decision } from "../decision.ts";
import { JUSTIFICATION_PROPERTY } from "./cyclonedx-vex.ts";

export interface VexSubject {
  /** A UUID of the document. */
  readonly id: string;
  readonly created: Date;
  /** Of this program. */
  readonly version: string;
  readonly author: string;
  /** What it is about: a repository's or namespace's name, or the hub. */
  readonly title: string;
  /** Of an image. */
  readonly digest?: string | undefined;
  /** Purls of the packages that a decision means, where that is known. */
  readonly purlsOf: (decision: Decision) => readonly string[];
}

export function writeVex(
  format: VexFormat,
  decisions: readonly Decision[],
  subject: VexSubject,
): Readonly<Record<string, unknown>> {
  return format === "openvex" ? toOpenVex(decisions, subject) : toCycloneDx(decisions, subject);
}

/** OpenVEX 0.2.0 (github.com/openvex/spec). */
function toOpenVex(decisions: readonly Decision[], subject: VexSubject) {
  return {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": `urn:uuid:${subject.id}`,
    author: subject.author,
    timestamp: subject.created.toISOString(),
    version: 1,
    tooling: `berth ${subject.version}`,
    statements: decisions.map((decision) => {
      const { vulnerability, status, justification, reason, createdAt } = decision;
      const purls = subject.purlsOf(decision);
      return omitUndefined({
        vulnerability: { name: vulnerability },
        timestamp: createdAt.toISOString(),
        products: [
          omitUndefined({
            "@id": productOf(subject),
            subcomponents: purls.length === 0 ? undefined : purls.map((purl) => ({ "@id": purl })),
          }),
        ],
        status,
        justification,
        [wordFor(decision)]: reason,
      });
    }),
  };
}

/** Where a reason stands: the schema forbids a statement of impact beside a justification. */
function wordFor({ status, justification }: Decision): string {
  if (status === "affected") return "action_statement";
  return status === "not_affected" && justification === undefined
    ? "impact_statement"
    : "status_notes";
}

/** The purl of an image; what holds for more has a name of ours. */
function productOf({ title, digest }: VexSubject): string {
  if (digest === undefined) return `urn:berth:${title}`;
  const name = encodeURIComponent(title.split("/").at(-1) ?? "").toLowerCase();
  return `pkg:oci/${name}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(title)}`;
}

const STATES: Readonly<Record<VexStatus, string>> = {
  not_affected: "not_affected",
  affected: "exploitable",
  fixed: "resolved",
  under_investigation: "in_triage",
};

/** The nearest word; the exact one stands in a property. */
const JUSTIFICATIONS: Readonly<Record<VexJustification, string>> = {
  component_not_present: "requires_dependency",
  vulnerable_code_not_present: "code_not_present",
  vulnerable_code_not_in_execute_path: "code_not_reachable",
  vulnerable_code_cannot_be_controlled_by_adversary: "requires_environment",
  inline_mitigations_already_exist: "protected_by_mitigating_control",
};

/** CycloneDX 1.6 with nothing but vulnerabilities and what they are in. */
function toCycloneDx(decisions: readonly Decision[], subject: VexSubject) {
  const purls = new Set(decisions.flatMap((decision) => subject.purlsOf(decision)));
  const { title, digest } = subject;
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${subject.id}`,
    version: 1,
    metadata: {
      timestamp: subject.created.toISOString(),
      tools: {
        components: [{ type: "application", name: "berth", version: subject.version }],
      },
      authors: [{ name: subject.author }],
      component: omitUndefined({
        type: "container",
        "bom-ref": "image",
        name: title,
        version: digest,
      }),
    },
    components: [...purls].map((purl) => ({
      type: "library",
      "bom-ref": purl,
      name: nameIn(purl),
      purl,
    })),
    vulnerabilities: decisions.map((decision, index) =>
      toVulnerability(decision, { index, purls: subject.purlsOf(decision) }),
    ),
  };
}

function toVulnerability(
  decision: Decision,
  { index, purls }: { readonly index: number; readonly purls: readonly string[] },
) {
  const { vulnerability, status, justification, reason, createdAt } = decision;
  const refs = purls.length === 0 ? ["image"] : purls;
  return omitUndefined({
    "bom-ref": `vulnerability-${index + 1}`,
    id: vulnerability,
    updated: createdAt.toISOString(),
    analysis: omitUndefined({
      state: STATES[status],
      justification: justification && JUSTIFICATIONS[justification],
      detail: reason,
    }),
    affects: refs.map((ref) => ({ ref })),
    properties:
      justification === undefined
        ? undefined
        : [{ name: JUSTIFICATION_PROPERTY, value: justification }],
  });
}

function nameIn(purl: string): string {
  const path = purl.split(/[?#]/, 1)[0] ?? "";
  const last = path.split("/").at(-1) ?? "";
  return decodeURIComponent(last.replace(/@[^@]*$/, ""));
}
