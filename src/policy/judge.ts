import { SEVERITIES } from "../contract/scans.ts";
import { matchesGlobText } from "../lib/glob-text.ts";
import type { Digest } from "../oci/digest.ts";
import type { KnownSignature, Signer } from "../signing/index.ts";
import type { PolicyRules, PullPolicy, SignerRule } from "./policy.ts";

/** A vulnerability that was found in an image and that nobody set aside. */
export interface KnownFinding {
  readonly id: string;
  readonly severity: (typeof SEVERITIES)[number];
  readonly fixedVersion: string | null;
  readonly isKnownExploited: boolean;
  readonly foundAt: Date | undefined;
}

/** What a scan says of an image. */
export interface ImageScan {
  readonly findings: readonly KnownFinding[];
  readonly isEndOfLife: boolean;
}

/** What is known of an image when a policy asks. */
export interface ImageFacts {
  /** An index holds no packages: what it lists is asked about when it is pulled itself. */
  readonly isIndex: boolean;
  /** Its own, and those of indexes that list it. */
  readonly tags: readonly string[];
  /** Nobody reads ten thousand of them: it may have one that is not among those above. */
  readonly hasMoreTags: boolean;
  /** Of it, and of indexes that list it: who signed an index signed what it lists. */
  readonly signatures: readonly KnownSignature[];
  /** Undefined while there is no finished scan. */
  readonly scan: ImageScan | undefined;
  /** Which base images of the policies it is built on, as they are written there. */
  readonly bases: ReadonlySet<string>;
}

/** One thing that a policy asks for. */
export interface Condition {
  readonly asks: string;
  readonly isMet: boolean;
  /** What there is instead. */
  readonly found: string;
}

const DAY = 86_400_000;
const SHORT_ID = 12;

/** Whether the policy is about the image: by its tags, or as it has none by which it could be told, or too many. */
export function concerns(
  { tags }: Pick<PullPolicy, "tags">,
  { tags: own, hasMoreTags }: Pick<ImageFacts, "tags" | "hasMoreTags">,
): boolean {
  if (tags.length === 0 || own.length === 0 || hasMoreTags) return true;
  return tags.some((pattern) => own.some((tag) => matchesGlobText(pattern, tag)));
}

/** Everything that the policy asks for, and what there is. */
export function judge(rules: PolicyRules, facts: ImageFacts, now: Date): readonly Condition[] {
  const conditions: Condition[] = [];
  if (rules.signedBy !== undefined) conditions.push(judgeSigners(rules.signedBy, facts, now));
  for (const wanted of rules.attestations ?? []) {
    conditions.push(judgeAttestation(wanted, facts, now));
  }
  if (facts.isIndex) return conditions;
  if (rules.vulnerabilities !== undefined) {
    conditions.push(judgeFindings(rules.vulnerabilities, facts, now));
  }
  if (rules.notEndOfLife === true) conditions.push(judgeAge(facts));
  if (rules.baseImages !== undefined) conditions.push(judgeBase(rules.baseImages, facts));
  return conditions;
}

/** A signature or attestation that counts, by somebody whom the policy asks for. */
export interface NamedSignature {
  /** Of the manifest that holds it. */
  readonly digest: Digest;
  readonly signer: Signer;
}

/** Whom the policy names of those who signed or attested, whether that is enough or not. */
export function listNamed(
  { signedBy, attestations = [] }: PolicyRules,
  { signatures }: Pick<ImageFacts, "signatures">,
  now: Date,
): readonly NamedSignature[] {
  return signatures.flatMap((one) => {
    if (!counts(one, now)) return [];
    const rules =
      one.kind === "signature"
        ? (signedBy?.anyOf ?? [])
        : attestations.flatMap(({ type, anyOf }) => (type === one.predicateType ? anyOf : []));
    const signer = findFitting(rules, one);
    return signer === undefined ? [] : [{ digest: one.digest, signer }];
  });
}

function judgeSigners(
  { anyOf, atLeast }: NonNullable<PolicyRules["signedBy"]>,
  { signatures }: ImageFacts,
  now: Date,
): Condition {
  const good = signatures.filter((one) => one.kind === "signature" && counts(one, now));
  const signers = new Map<string, string>();
  const materials = new Set<string>();
  for (const signature of good) {
    const signer = findFitting(anyOf, signature);
    if (signer === undefined) continue;
    signers.set(identify(signer), print(signer));
    materials.add(materialOf(signer));
  }
  // Whoever has two certificates is one signer, and so is one key by two names.
  const count = Math.min(signers.size, materials.size);
  const names = anyOf.map(printRule).join(" or ");
  return {
    asks: atLeast === 1 ? `signed by ${names}` : `signed by ${atLeast} of ${names}`,
    isMet: count >= atLeast,
    found:
      signers.size > 0
        ? `signed by ${[...signers.values()].join(", ")}`
        : describeOthers(signatures),
  };
}

function judgeAttestation(
  { type, anyOf, where }: NonNullable<PolicyRules["attestations"]>[number],
  { signatures }: ImageFacts,
  now: Date,
): Condition {
  const ofType = signatures.filter(
    (one) => one.kind === "attestation" && one.predicateType === type && counts(one, now),
  );
  const bySigner = ofType.filter((one) => findFitting(anyOf, one) !== undefined);
  const isMet = bySigner.some(({ predicate }) =>
    where.every(({ path, equals }) => readPath(predicate, path) === equals),
  );
  const says = where.map(({ path, equals }) => ` in which ${path} is ${equals}`).join("");
  return {
    asks: `an attestation ${type}${says} by ${anyOf.map(printRule).join(" or ")}`,
    isMet,
    found: bySigner.length > 0 ? "one that says something else" : describeNone(ofType.length),
  };
}

function describeNone(others: number): string {
  return others > 0 ? "one by somebody else" : "none that counts";
}

function judgeFindings(
  rule: NonNullable<PolicyRules["vulnerabilities"]>,
  { scan }: ImageFacts,
  now: Date,
): Condition {
  const { severity, onlyFixable, olderThanDays, knownExploited } = rule;
  const worst = SEVERITIES.indexOf(severity);
  const before = now.getTime() - olderThanDays * DAY;
  const bad = (scan?.findings ?? []).filter(
    (one) =>
      SEVERITIES.indexOf(one.severity) <= worst &&
      (!onlyFixable || one.fixedVersion !== null) &&
      (!knownExploited || one.isKnownExploited) &&
      (olderThanDays === 0 || (one.foundAt !== undefined && one.foundAt.getTime() <= before)),
  );
  const kinds = [
    severity === "unknown" ? "" : ` of severity ${severity} or worse`,
    onlyFixable ? " with a fix" : "",
    knownExploited ? " that is exploited" : "",
    olderThanDays === 0 ? "" : ` known for ${olderThanDays} days`,
  ].join("");
  const [first, ...others] = [...new Set(bad.map(({ id }) => id))];
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return {
    asks: `no vulnerability${kinds}`,
    isMet: scan !== undefined && bad.length === 0,
    found: scan === undefined ? NOT_SCANNED : first === undefined ? "none" : `${first}${more}`,
  };
}

const NOT_SCANNED = "no finished scan of it: see berth scan";

function judgeAge({ scan }: ImageFacts): Condition {
  return {
    asks: "a distribution that still gets updates",
    isMet: scan?.isEndOfLife === false,
    found: scan === undefined ? NOT_SCANNED : scan.isEndOfLife ? "one that gets none" : "one",
  };
}

function judgeBase(wanted: readonly string[], { bases }: ImageFacts): Condition {
  const found = wanted.filter((name) => bases.has(name));
  return {
    asks: `built on ${wanted.join(" or ")}`,
    isMet: found.length > 0,
    found: found.length > 0 ? `built on ${found.join(", ")}` : "built on something else",
  };
}

/** Verified, and not over since. */
function counts({ state, expiresAt }: KnownSignature, now: Date): boolean {
  return state === "verified" && (expiresAt === undefined || expiresAt > now);
}

function describeOthers(signatures: readonly KnownSignature[]): string {
  const others = signatures.filter(({ kind }) => kind !== "attestation");
  if (others.length === 0) return "no signature";
  const reasons = [
    ...new Set(
      others.map(({ reason, signer }) => reason ?? `signed by ${signer && print(signer)}`),
    ),
  ];
  return reasons.slice(0, 3).join("; ");
}

function fits(rule: SignerRule, signer: Signer): boolean {
  if ("key" in rule) return signer.kind === "key" && signer.key === rule.key;
  if ("issuer" in rule) {
    if (signer.kind !== "identity") return false;
    return signer.issuer === rule.issuer && matchesGlobText(rule.subject, signer.subject);
  }
  if ("notary" in rule) return fitsRole(rule, signer);
  if (signer.kind !== "certificate" || signer.store !== rule.store) return false;
  return rule.subject === undefined || holdsParts(signer.subject, rule.subject);
}

function fitsRole(rule: Extract<SignerRule, { readonly notary: string }>, signer: Signer): boolean {
  if (signer.kind !== "notary" || !matchesGlobText(rule.notary, signer.role)) return false;
  return rule.keyId === undefined || [signer.key, ...signer.rootKeys].includes(rule.keyId);
}

/** As Notation compares them: whatever is written has to be there, in any order (trust-policy, "Trusted Identities"). */
function holdsParts(subject: string, wanted: string): boolean {
  const parts = new Set(splitName(subject));
  return splitName(wanted).every((part) => parts.has(part));
}

function splitName(text: string): readonly string[] {
  return text.split(/(?<!\\),/).map((part) => part.trim());
}

function readPath(predicate: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    return (at as Record<string, unknown>)[key];
  }, predicate);
}

/** Who signed it, by the name that is asked for. */
function findFitting(
  anyOf: readonly SignerRule[],
  { signers }: Pick<KnownSignature, "signers">,
): Signer | undefined {
  return signers.find((signer) => anyOf.some((rule) => fits(rule, signer)));
}

/** Whoever has several names, stores or roles is one: docker signs as a person and as `targets/releases`. */
function identify(signer: Signer): string {
  switch (signer.kind) {
    case "key":
      return `key ${signer.fingerprint ?? signer.key}`;
    case "identity":
      return print(signer);
    case "certificate":
      return `certificate ${signer.subject}`;
    case "notary":
      return `notary ${signer.key}`;
  }
}

/** The key itself. */
function materialOf(signer: Signer): string {
  if (signer.kind === "key" || signer.kind === "certificate") {
    return signer.fingerprint ?? identify(signer);
  }
  return identify(signer);
}

function print(signer: Signer): string {
  switch (signer.kind) {
    case "key":
      return `the key ${signer.key}`;
    case "identity":
      return `${signer.subject} of ${signer.issuer}`;
    case "certificate":
      return `${signer.subject} of ${signer.store}`;
    case "notary":
      return `${signer.role} of Notary`;
  }
}

function printRule(rule: SignerRule): string {
  if ("key" in rule) return `the key ${rule.key}`;
  if ("issuer" in rule) return `${rule.subject} of ${rule.issuer}`;
  if ("notary" in rule) {
    const key = rule.keyId === undefined ? "" : ` with the key ${rule.keyId.slice(0, SHORT_ID)}`;
    return `${rule.notary} of Notary${key}`;
  }
  return `${rule.subject ?? "anybody"} of ${rule.store}`;
}
