import { expect, test } from "vitest";
import type { PullPolicy } from "../../api/pull-policies.ts";
import { changeOf, draftOf } from "./policy-draft.ts";

const POLICY: PullPolicy = {
  name: "signed",
  scope: { kind: "namespace", name: "acme" },
  mode: "enforce",
  tags: ["v1.*", "latest"],
  pattern: "acme/prod-*",
  rules: {
    signedBy: {
      anyOf: [
        { key: "acme/release" },
        { issuer: "https://issuer", subject: "https://github.com/acme/*" },
        { store: "acme/notation", subject: "CN=release, O=Acme" },
        { store: "acme/other" },
        { notary: "targets/releases", keyId: "ab".repeat(32) },
        { notary: "targets/*" },
      ],
      atLeast: 2,
    },
    attestations: [{ type: "https://slsa.dev/provenance/v1", anyOf: [{ key: "ci" }], where: [] }],
    vulnerabilities: {
      ...{ severity: "high", onlyFixable: true, olderThanDays: 14, knownExploited: false },
    },
    notEndOfLife: true,
    baseImages: ["library/debian:12"],
  },
  updatedAt: "2026-11-28T12:00:00.000Z",
  updatedBy: "olaf",
};

test("a policy that is edited and not changed stays what it is", () => {
  const { mode, tags, pattern, rules } = POLICY;
  expect(changeOf(draftOf(POLICY))).toEqual({ mode, tags, pattern, rules });
});

test("a new policy asks for nothing until something is written, and bad JSON is no policy", () => {
  const empty = draftOf(undefined);
  expect(changeOf(empty)).toEqual({ mode: "report", tags: [], pattern: "", rules: {} });
  for (const attestations of ["{}", "[", "7"])
    expect(changeOf({ ...empty, attestations })).toBeUndefined();
});
