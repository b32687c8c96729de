import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { officialSchema } from "../../../../test/harness/official-schema.ts";
import type { ScanFinding } from "../../../contract/scans.ts";
import { VEX_JUSTIFICATIONS, VEX_STATUSES } from "../../../contract/vex.ts";
import type { Digest } from "../../../oci/digest.ts";
import { type Claim, type Decision, judgeFinding } from "../decision.ts";
import { readVex } from "./read-vex.ts";
import { writeVex } from "./write-vex.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as Digest;
const NOT_AFFECTED = {
  status: "not_affected",
  justification: "vulnerable_code_not_in_execute_path",
} as const;

/** The first example of the specification of OpenVEX 0.2.0, with a product as images have it. */
const OPEN_VEX = {
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://openvex.dev/docs/example/vex-9fb3463de1b57",
  author: "Wolfi J Inkinson",
  role: "Document Creator",
  timestamp: "2023-01-08T18:02:03.647787998-06:00",
  version: 1,
  statements: [
    {
      vulnerability: { name: "CVE-2014-123456" },
      products: [
        { "@id": "pkg:apk/distro/git@2.39.0-r1?arch=armv7" },
        {
          "@id": `pkg:oci/web@${encodeURIComponent(DIGEST)}`,
          subcomponents: [{ "@id": "pkg:npm/%40acme/left-pad@1.0.0" }],
        },
      ],
      status: "fixed",
    },
    { vulnerability: "CVE-2023-1", products: ["acme"], ...NOT_AFFECTED },
    { vulnerability: { name: "CVE-2023-2" }, status: "not_affected" },
    { vulnerability: { name: "CVE-2023-3" }, status: "perhaps" },
  ],
};

test("OpenVEX is read statement by statement; what says nothing is left out with its reason", () => {
  expect(readVex(OPEN_VEX)).toMatchObject({
    author: "Wolfi J Inkinson",
    statements: [
      { vulnerability: "CVE-2014-123456", package: "git", version: "2.39.0-r1", status: "fixed" },
      { image: DIGEST, package: "@acme/left-pad", version: "1.0.0", status: "fixed" },
      { vulnerability: "CVE-2023-1", package: undefined, image: undefined, ...NOT_AFFECTED },
    ],
    skipped: [
      { vulnerability: "CVE-2023-2", reason: "it says not_affected and not why" },
      { vulnerability: "?" },
    ],
  });
});

test("it is found in an in-toto statement and in its envelope, and nowhere else", () => {
  const statement = {
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType: "https://openvex.dev/ns/v0.2.0",
    predicate: OPEN_VEX,
  };
  const payload = Buffer.from(JSON.stringify(statement)).toString("base64");
  const envelope = { payloadType: "application/vnd.in-toto+json", payload, signatures: [] };
  expect(readVex(statement)?.statements).toHaveLength(3);
  expect(readVex(envelope)?.statements).toHaveLength(3);
  const twice = Buffer.from(JSON.stringify(envelope)).toString("base64");
  for (const nothing of [
    undefined,
    7,
    [],
    { bomFormat: "CycloneDX", components: [] },
    { "@context": "https://elsewhere.example/ns", statements: [] },
    { ...envelope, payload: twice },
    { ...envelope, payload: Buffer.from("{").toString("base64") },
  ])
    expect(readVex(nothing)).toBeUndefined();
});

test("CycloneDX's words are translated, and its references looked up", () => {
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    metadata: {
      authors: [{ name: "wanda" }],
      component: { "bom-ref": "it", type: "container", name: "acme/web", version: DIGEST },
    },
    components: [{ "bom-ref": "a", type: "library", name: "nginx", version: "1.22.1-9" }],
    vulnerabilities: [
      {
        id: "CVE-1-1",
        analysis: { state: "not_affected", justification: "code_not_reachable" },
        affects: [{ ref: "a" }, { ref: "urn:cdx:1/1#pkg%3Anpm%2Fws%407.4.0" }],
      },
      { id: "CVE-1-2", analysis: { state: "exploitable" }, affects: [{ ref: "it" }] },
      { id: "CVE-1-3", affects: [{ ref: "it" }] },
    ],
  };
  expect(readVex(document)).toMatchObject({
    author: "wanda",
    statements: [
      { package: "nginx", version: "1.22.1-9", ...NOT_AFFECTED },
      { package: "ws", version: "7.4.0", ...NOT_AFFECTED },
      { vulnerability: "CVE-1-2", image: DIGEST, status: "affected" },
    ],
    skipped: [{ vulnerability: "CVE-1-3", reason: "it was not analysed" }],
  });
});

test("a statement that means more than anybody keeps is cut off before it is spelt out", () => {
  const many = Array.from({ length: 6_000 }, (_, at) => `pkg:npm/p${at}@1`);
  const said = { vulnerability: "CVE-1-1", status: "fixed" };
  const both = { ...said, products: many, subcomponents: many };
  const each = {
    ...said,
    products: many.slice(0, 200).map((id) => ({ "@id": id, subcomponents: many.slice(0, 200) })),
  };
  const open = (statement: unknown) => readVex({ ...OPEN_VEX, statements: [statement] });
  const vulnerabilities = [
    {
      ...{ id: "CVE-1-1", analysis: { state: "exploitable" } },
      affects: Array.from({ length: 12_000 }, (_, at) => ({ ref: `r${at}` })),
    },
  ];
  for (const read of [
    open(both),
    open(each),
    readVex({ bomFormat: "CycloneDX", vulnerabilities }),
  ]) {
    expect(read?.statements.length).toBeGreaterThanOrEqual(5_000);
    expect(read?.statements.length).toBeLessThanOrEqual(10_001);
  }
});

const DECISION: Decision = {
  id: "1",
  scope: { kind: "hub", id: 0 },
  vulnerability: "CVE-2023-44487",
  package: "nginx",
  version: undefined,
  ...NOT_AFFECTED,
  reason: "HTTP/2 is off",
  author: "olaf",
  createdAt: new Date("2026-11-28T12:00:00Z"),
  expiresAt: undefined,
  endedAt: undefined,
  revokedBy: undefined,
};

test.each(["openvex", "cyclonedx"] as const)(
  "what is written as %s is read as the same",
  (format) => {
    const subject = {
      ...{ id: "7d9a4b0e-0000-4000-8000-000000000000", created: new Date(), version: "1" },
      ...{ author: "olaf", title: "acme/web", digest: DIGEST },
      purlsOf: () => ["pkg:deb/debian/nginx@1.22.1-9"],
    };
    for (const justification of [
      "component_not_present",
      "inline_mitigations_already_exist",
    ] as const) {
      const written = writeVex(format, [{ ...DECISION, justification }], subject);
      expect(readVex(JSON.parse(JSON.stringify(written)))).toMatchObject({
        author: "olaf",
        statements: [{ ...NOT_AFFECTED, justification, reason: "HTTP/2 is off", package: "nginx" }],
        skipped: [],
      });
    }
  },
);

/** Every status, with each justification where there may be one, of one image and of a namespace. */
function listWritten(format: "openvex" | "cyclonedx") {
  const decisions = VEX_STATUSES.flatMap((status): readonly Decision[] =>
    (status === "not_affected" ? [...VEX_JUSTIFICATIONS, undefined] : [undefined]).map(
      (justification) => ({ ...DECISION, status, justification }),
    ),
  );
  const subject = {
    ...{ id: "7d9a4b0e-0000-4000-8000-000000000000", created: new Date(), version: "1" },
    author: "olaf at https://hub.example",
  };
  const purls = [
    "pkg:deb/debian/nginx@1.22.1-9?distro=debian-12",
    "pkg:npm/%40acme/left-pad@1.0.0",
  ];
  return [
    writeVex(format, decisions, { ...subject, title: "acme", purlsOf: () => [] }),
    writeVex(format, decisions, { ...subject, title: "a/b", digest: DIGEST, purlsOf: () => purls }),
  ].map((document) => JSON.parse(JSON.stringify(document)));
}

test("what is written is what the official schemas ask for", async () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(officialSchema("openvex-0.2.0.json"));
  for (const document of listWritten("openvex")) {
    validate(document);
    expect(validate.errors).toBeNull();
  }
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  for (const document of listWritten("cyclonedx"))
    expect(await validator.validate(JSON.stringify(document))).toBeNull();
});

const FINDING = {
  id: "CVE-2023-44487",
  aliases: ["GHSA-qppj-fm5r-hxr3"],
  package: { type: "deb", name: "nginx", version: "1.22.1-9" },
  installed: ["nginx-common"],
} as unknown as ScanFinding;

test("the narrowest decision counts, then the newest; claims only where they are trusted", () => {
  const judge = (decisions: readonly Decision[], claims: readonly Claim[] = [], trusts = false) =>
    judgeFinding(FINDING, { decisions, claims }, trusts).isInForce;
  expect(judge([])).toBe(true);
  expect(judge([DECISION])).toBe(false);
  expect(judge([{ ...DECISION, vulnerability: "ghsa-qppj-fm5r-hxr3" }])).toBe(false);
  expect(judge([{ ...DECISION, package: "nginx-common" }])).toBe(false);
  expect(judge([{ ...DECISION, package: "apache2" }])).toBe(true);
  expect(judge([{ ...DECISION, version: "1.22.1-10" }])).toBe(true);
  expect(judge([{ ...DECISION, status: "under_investigation" }])).toBe(true);
  const image: Decision = {
    ...DECISION,
    id: "2",
    scope: { kind: "image", id: 1, digest: DIGEST },
    status: "affected",
    createdAt: new Date("2026-11-27T12:00:00Z"),
  };
  expect(judge([DECISION, image])).toBe(true);
  const newer = { ...image, id: "3", status: "fixed", createdAt: new Date() } as const;
  expect(judge([image, newer])).toBe(false);
  const claim: Claim = { ...DECISION, subject: DIGEST, document: DIGEST, pushedBy: "wanda" };
  expect(judge([], [claim])).toBe(true);
  expect(judge([], [claim], true)).toBe(false);
  expect(judge([image], [claim], true)).toBe(true);
  expect(judge([], [claim, { ...claim, status: "affected" }], true)).toBe(true);
});
