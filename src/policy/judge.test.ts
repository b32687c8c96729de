import { expect, test } from "vitest";
import { policyRules } from "../contract/policies.ts";
import { parseDigest } from "../oci/digest.ts";
import type { KnownSignature, Signer } from "../signing/index.ts";
import { concerns, type ImageFacts, judge, type KnownFinding } from "./judge.ts";

const NOW = new Date("2026-11-28T12:00:00Z");
const DAY = 86_400_000;
const DIGEST = parseDigest(`sha256:${"ab".repeat(32)}`);
const ISSUER = "https://token.actions.githubusercontent.com";
const SUBJECT = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main";

const FACTS: ImageFacts = {
  ...{ isIndex: false, tags: ["v1"], hasMoreTags: false, signatures: [], scan: undefined },
  bases: new Set(),
};

function signature(signer: Signer, more: Partial<KnownSignature> = {}): KnownSignature {
  return {
    ...{ digest: DIGEST, subject: DIGEST, entry: 0, signer },
    signers: [signer],
    ...{ reason: undefined, predicateType: undefined, predicate: undefined },
    ...{ signedAt: undefined, expiresAt: undefined, verifiedAt: NOW },
    format: "bundle",
    state: "verified",
    kind: "signature",
    ...more,
  };
}

function finding(more: Partial<KnownFinding> = {}): KnownFinding {
  return {
    ...{ id: "CVE-1", fixedVersion: null, isKnownExploited: false, foundAt: NOW },
    severity: "high",
    ...more,
  };
}

/** Whether an image is let through, of which the facts are what is said here and otherwise nothing. */
function passes(rules: unknown, facts: Partial<ImageFacts>): boolean {
  const conditions = judge(policyRules.parse(rules), { ...FACTS, ...facts }, NOW);
  expect(conditions.length).toBeGreaterThan(0);
  return conditions.every(({ isMet }) => isMet);
}

const bySigner = (rule: object, ...signers: readonly Signer[]) =>
  passes({ signedBy: { anyOf: [rule] } }, { signatures: signers.map((one) => signature(one)) });

test("an identity is its issuer to the letter and its subject by a pattern", () => {
  const ci: Signer = { kind: "identity", issuer: ISSUER, subject: SUBJECT };
  expect(bySigner({ issuer: ISSUER, subject: SUBJECT }, ci)).toBe(true);
  expect(bySigner({ issuer: ISSUER, subject: "https://github.com/acme/*" }, ci)).toBe(true);
  expect(bySigner({ issuer: ISSUER, subject: "https://github.com/acme" }, ci)).toBe(false);
  expect(bySigner({ issuer: ISSUER, subject: "https://github.com/evil/*" }, ci)).toBe(false);
  expect(bySigner({ issuer: "https://*", subject: SUBJECT }, ci)).toBe(false);
  const named: Signer = { kind: "key", key: SUBJECT };
  expect(bySigner({ issuer: ISSUER, subject: "*" }, named)).toBe(false);
});

test("a key is one of that name, and certificates are of that store with all parts of the subject", () => {
  expect(bySigner({ key: "acme/a" }, { kind: "key", key: "acme/a" })).toBe(true);
  expect(bySigner({ key: "acme/*" }, { kind: "key", key: "acme/a" })).toBe(false);
  const subject = "CN=release, O=Acme\\, Inc, C=DE";
  const one: Signer = { kind: "certificate", store: "acme/ca", subject };
  expect(bySigner({ store: "acme/ca" }, one)).toBe(true);
  expect(bySigner({ store: "acme/ca", subject: "C=DE,CN=release" }, one)).toBe(true);
  expect(bySigner({ store: "acme/ca", subject: "CN=rel" }, one)).toBe(false);
  expect(bySigner({ store: "acme/other" }, one)).toBe(false);
});

test("k of n are k different signers: one key of Notary is one, and who is not named counts for nothing", () => {
  const anyOf = [{ key: "a" }, { key: "b" }, { notary: "targets/*" }];
  const pass = (...signers: readonly Signer[]) =>
    passes(
      { signedBy: { anyOf, atLeast: 2 } },
      { signatures: signers.map((one) => signature(one)) },
    );
  const [a, b, c] = ["a", "b", "c"].map((key): Signer => ({ kind: "key", key }));
  if (a === undefined || b === undefined || c === undefined) throw new Error("no signers");
  const role = (name: string, key: string): Signer => ({
    ...{ kind: "notary", gun: "hub/acme/app", role: name, key, rootKeys: ["r"] },
  });
  expect(pass(a, b)).toBe(true);
  expect(pass(a, a)).toBe(false);
  expect(pass(a, c)).toBe(false);
  expect(pass(a, role("targets/bob", "k1"))).toBe(true);
  expect(pass(role("targets/bob", "k1"), role("targets/releases", "k1"))).toBe(false);
  expect(pass(role("targets/bob", "k1"), role("targets/eve", "k2"))).toBe(true);
  expect(pass(role("targets", "k1"), a)).toBe(false);
});

test("one key by two names is one signer, by whichever name it is asked for, and so is one person by two certificates", () => {
  const named = (key: string): Signer => ({ kind: "key", key, fingerprint: "f" });
  const twice = signature(named("evil/copy"), { signers: [named("evil/copy"), named("a")] });
  const pass = (rule: object, ...signatures: readonly KnownSignature[]) =>
    passes({ signedBy: rule }, { signatures });
  expect(pass({ anyOf: [{ key: "a" }] }, twice)).toBe(true);
  const both = { anyOf: [{ key: "a" }, { key: "evil/copy" }], atLeast: 2 };
  expect(pass(both, twice, signature(named("a")))).toBe(false);
  expect(pass(both, signature(named("a")), signature(named("evil/copy")))).toBe(false);
  const certified = (subject: string, fingerprint: string) =>
    signature({ kind: "certificate", store: "ca", subject, fingerprint });
  const stores = { anyOf: [{ store: "ca" }], atLeast: 2 };
  expect(pass(stores, certified("CN=a", "1"), certified("CN=b", "2"))).toBe(true);
  expect(pass(stores, certified("CN=a", "1"), certified("CN=a", "2"))).toBe(false);
  expect(pass(stores, certified("CN=a", "1"), certified("CN=b", "1"))).toBe(false);
});

test("a role of Notary may be asked for by its own key or by the root above it", () => {
  const [own, root, other] = ["1", "2", "3"].map((digit) => digit.repeat(64));
  if (own === undefined || root === undefined) throw new Error("no keys");
  const signer: Signer = {
    ...{ kind: "notary", gun: "hub/acme/app", role: "targets/bob", key: own, rootKeys: [root] },
  };
  for (const keyId of [undefined, own, root])
    expect(bySigner({ notary: "targets/bob", ...(keyId && { keyId }) }, signer)).toBe(true);
  expect(bySigner({ notary: "targets/bob", keyId: other }, signer)).toBe(false);
  expect(bySigner({ notary: "targets" }, signer)).toBe(false);
  expect(
    policyRules.safeParse({ signedBy: { anyOf: [{ notary: "x", keyId: "ab" }] } }).success,
  ).toBe(false);
});

test("only what was verified and is not over counts, and an attestation is no signature", () => {
  const key: Signer = { kind: "key", key: "a" };
  const pass = (more: Partial<KnownSignature>) =>
    passes({ signedBy: { anyOf: [{ key: "a" }] } }, { signatures: [signature(key, more)] });
  expect(pass({})).toBe(true);
  expect(pass({ expiresAt: new Date(NOW.getTime() + 1) })).toBe(true);
  expect(pass({ expiresAt: NOW })).toBe(false);
  for (const state of ["waiting", "untrusted", "invalid", "expired"] as const)
    expect(pass({ state })).toBe(false);
  expect(pass({ kind: "attestation", predicateType: "x" })).toBe(false);
});

test("an attestation has its type, its signer and what it says; each number and word to the letter", () => {
  const rules = (where: object[]) => ({
    attestations: [{ type: "slsa", anyOf: [{ issuer: ISSUER, subject: "*" }], where }],
  });
  const ci: Signer = { kind: "identity", issuer: ISSUER, subject: SUBJECT };
  const predicate = { builder: { level: 3, id: "ci" } };
  const of = { kind: "attestation", predicateType: "slsa", predicate } as const;
  const pass = (where: object[], signer: Signer = ci, more: object = of) =>
    passes(rules(where), { signatures: [signature(signer, more)] });
  expect(pass([])).toBe(true);
  expect(pass([{ path: "builder.level", equals: 3 }])).toBe(true);
  expect(pass([{ path: "builder.level", equals: "3" }])).toBe(false);
  expect(pass([{ path: "builder.constructor.name", equals: "Object" }])).toBe(false);
  expect(pass([], { kind: "key", key: "a" })).toBe(false);
  expect(pass([], ci, { ...of, predicateType: "spdx" })).toBe(false);
});

test("an image whose distribution gets no updates is refused, and so is one that was not scanned", () => {
  const rules = { notEndOfLife: true };
  expect(passes(rules, { scan: { findings: [], isEndOfLife: false } })).toBe(true);
  expect(passes(rules, { scan: { findings: [], isEndOfLife: true } })).toBe(false);
  expect(passes(rules, { scan: undefined })).toBe(false);
});

test("findings are counted from the day on which they were found here, to the millisecond", () => {
  const pass = (foundAt: Date | undefined) =>
    passes(
      { vulnerabilities: { severity: "high", olderThanDays: 14 } },
      { scan: { findings: [finding({ foundAt })], isEndOfLife: false } },
    );
  expect(pass(new Date(NOW.getTime() - 14 * DAY))).toBe(false);
  expect(pass(new Date(NOW.getTime() - 14 * DAY + 1))).toBe(true);
  expect(pass(undefined)).toBe(true);
});

test("those that are exploited, have a fix, or are bad enough are told from the others, and all of it together", () => {
  const pass = (rule: object, more: Partial<KnownFinding>) =>
    passes({ vulnerabilities: rule }, { scan: { findings: [finding(more)], isEndOfLife: false } });
  expect(pass({ knownExploited: true }, {})).toBe(true);
  expect(pass({ knownExploited: true }, { isKnownExploited: true })).toBe(false);
  expect(pass({ onlyFixable: true }, {})).toBe(true);
  expect(pass({ onlyFixable: true }, { fixedVersion: "2" })).toBe(false);
  expect(pass({ severity: "critical" }, {})).toBe(true);
  expect(pass({ severity: "high" }, { severity: "critical" })).toBe(false);
  const all = { severity: "high", onlyFixable: true, knownExploited: true };
  expect(pass(all, { fixedVersion: "2" })).toBe(true);
  expect(pass(all, { fixedVersion: "2", isKnownExploited: true })).toBe(false);
});

test("one base of a list is enough, and an index is asked for signatures alone", () => {
  const rules = { baseImages: ["library/debian:12", "library/alpine:*"] };
  expect(passes(rules, { bases: new Set(["library/alpine:*"]) })).toBe(true);
  expect(passes(rules, { bases: new Set() })).toBe(false);
  const index = { ...FACTS, isIndex: true };
  expect(judge(policyRules.parse({ ...rules, notEndOfLife: true }), index, NOW)).toEqual([]);
});

test("a policy for tags is about images that have one, and about those of which nobody can tell", () => {
  const isAbout = (tags: readonly string[], hasMoreTags = false) =>
    concerns({ tags: ["v*"] }, { tags, hasMoreTags });
  expect(isAbout(["dev", "v1"])).toBe(true);
  expect(isAbout(["dev"])).toBe(false);
  expect(isAbout([])).toBe(true);
  expect(isAbout(["dev"], true)).toBe(true);
});
