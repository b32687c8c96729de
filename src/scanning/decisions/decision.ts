import type { ScanFinding } from "../../contract/scans.ts";
import type { VexJustification, VexRemark, VexStatus } from "../../contract/vex.ts";
import type { Digest } from "../../oci/digest.ts";

/** For what a decision counts: everything in it. */
export interface DecisionScope {
  readonly kind: "hub" | "namespace" | "repository" | "image";
  /** Of the namespace or the repository; 0 for the hub. */
  readonly id: number;
  readonly digest?: Digest | undefined;
}

/** That a vulnerability is, or is not, one here. */
export interface Saying {
  readonly vulnerability: string;
  /** Undefined: whatever package has it. */
  readonly package: string | undefined;
  readonly version: string | undefined;
  readonly status: VexStatus;
  readonly justification: VexJustification | undefined;
  readonly reason: string;
  readonly author: string;
}

export interface Decision extends Saying {
  readonly id: string;
  readonly scope: DecisionScope;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly revokedBy: string | undefined;
}

/** What a document that was pushed beside an image says of it. */
export interface Claim extends Saying {
  readonly subject: Digest;
  /** What was pushed. */
  readonly document: Digest;
  readonly pushedBy: string | undefined;
}

/** What counts for one image of one repository. */
export interface Sayings {
  readonly decisions: readonly Decision[];
  readonly claims: readonly Claim[];
}

/** A finding with what was said of it. `isInForce`: nothing that counts says that it is none. */
export interface JudgedFinding {
  readonly finding: ScanFinding;
  readonly isInForce: boolean;
}

/** What makes a finding none. The other two words only stand beside it. */
const SUPPRESSING: ReadonlySet<VexStatus> = new Set(["not_affected", "fixed"]);
const WIDTH: Readonly<Record<DecisionScope["kind"], number>> = {
  image: 0,
  repository: 1,
  namespace: 2,
  hub: 3,
};

export function suppresses(status: VexStatus): boolean {
  return SUPPRESSING.has(status);
}

/**
 * Of several decisions the one of the narrowest scope counts, of several there the newest. Claims stand beside a finding;
 * only where the hub is told to trust them (`trustsClaims`) they take away what nobody has decided about.
 */
export function judgeFinding(
  finding: ScanFinding,
  { decisions, claims }: Sayings,
  trustsClaims: boolean,
): JudgedFinding {
  const [decision] = decisions
    .filter((one) => isAbout(one, finding))
    .toSorted(
      (a, b) =>
        WIDTH[a.scope.kind] - WIDTH[b.scope.kind] ||
        b.createdAt.getTime() - a.createdAt.getTime() ||
        (a.id < b.id ? -1 : 1),
    );
  const claimed = claims.filter((one) => isAbout(one, finding));
  if (decision === undefined && claimed.length === 0) return { finding, isInForce: true };
  const isClaimedAway =
    trustsClaims && claimed.length > 0 && claimed.every(({ status }) => suppresses(status));
  const isInForce = decision === undefined ? !isClaimedAway : !suppresses(decision.status);
  const remarks = [
    ...(decision === undefined ? [] : [remarkOfDecision(decision)]),
    ...claimed.map(remarkOfClaim),
  ];
  return { finding: { ...finding, vex: remarks }, isInForce };
}

/** Those that count, and those that were decided to be none. */
export function partFindings(
  findings: readonly ScanFinding[],
  sayings: Sayings,
  trustsClaims: boolean,
): { readonly inForce: readonly ScanFinding[]; readonly suppressed: readonly ScanFinding[] } {
  const judged = findings.map((finding) => judgeFinding(finding, sayings, trustsClaims));
  return {
    inForce: judged.filter(({ isInForce }) => isInForce).map(({ finding }) => finding),
    suppressed: judged.filter(({ isInForce }) => !isInForce).map(({ finding }) => finding),
  };
}

export function isAbout(
  saying: Pick<Saying, "vulnerability" | "package" | "version">,
  finding: Pick<ScanFinding, "id" | "aliases" | "package" | "installed">,
): boolean {
  const { vulnerability, package: name, version } = saying;
  const ids = [finding.id, ...finding.aliases].map((id) => id.toUpperCase());
  if (!ids.includes(vulnerability.toUpperCase())) return false;
  if (name === undefined) return true;
  const isNamed = finding.package.name === name || finding.installed.includes(name);
  return isNamed && (version === undefined || finding.package.version === version);
}

function remarkOfDecision(decision: Decision): VexRemark {
  const { status, justification, reason, author, id, scope, expiresAt } = decision;
  return {
    ...{ status, justification: justification ?? null, reason, from: "decision", id, author },
    ...{ pushedBy: null, document: null },
    // Names of scopes are for lists: here it says how wide it is.
    scope: { kind: scope.kind, name: null, digest: scope.digest ?? null },
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}

function remarkOfClaim(claim: Claim): VexRemark {
  const { status, justification, reason, author, pushedBy, document, subject } = claim;
  return {
    ...{ status, justification: justification ?? null, reason, from: "claim", id: null, author },
    ...{ pushedBy: pushedBy ?? null, document },
    scope: { kind: "image", name: null, digest: subject },
    expiresAt: null,
  };
}
