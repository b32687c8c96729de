import { z } from "zod";

export const VEX_PATH = "/api/v1/vex";
export const VEX_DOCUMENTS_PATH = "/api/v1/vex-documents";

/** The words of OpenVEX 0.2.0. */
export const VEX_STATUSES = ["not_affected", "affected", "fixed", "under_investigation"] as const;
export type VexStatus = (typeof VEX_STATUSES)[number];

export const VEX_JUSTIFICATIONS = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
] as const;
export type VexJustification = (typeof VEX_JUSTIFICATIONS)[number];

export const VEX_FORMATS = ["openvex", "cyclonedx"] as const;
export type VexFormat = (typeof VEX_FORMATS)[number];

const scope = z.object({
  kind: z.enum(["hub", "namespace", "repository", "image"]),
  name: z.string().nullable().describe("Null for the hub"),
  digest: z.string().nullable().describe("Of an image"),
});

const said = {
  status: z.enum(VEX_STATUSES),
  justification: z.enum(VEX_JUSTIFICATIONS).nullable(),
  reason: z.string(),
};

/** What of a decision or of somebody's claim stands beside a finding. */
export const vexRemark = z.object({
  ...said,
  /** `decision`: of somebody who may decide here. `claim`: in a document that was pushed beside the image. */
  from: z.enum(["decision", "claim"]),
  id: z.string().nullable().describe("Of the decision"),
  author: z.string().describe("Who decided; of a claim, whom its document names"),
  pushedBy: z.string().nullable().describe("Of a claim, who pushed its document, if that is known"),
  document: z.string().nullable().describe("Of a claim, the digest of what was pushed"),
  scope,
  expiresAt: z.iso.datetime().nullable(),
});
export type VexRemark = z.output<typeof vexRemark>;

export const vexDecision = z.object({
  id: z.string(),
  scope,
  vulnerability: z.string(),
  package: z.string().nullable().describe("Null: whatever package has it"),
  version: z.string().nullable(),
  ...said,
  author: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  state: z.enum(["in force", "expired", "revoked"]),
  revokedBy: z.string().nullable(),
});
export type VexDecision = z.output<typeof vexDecision>;

const LONGEST_REASON = 2000;
const reason = z.string().trim().min(1).max(LONGEST_REASON);
const expiresAt = z.iso.datetime().optional().describe("It counts no more from then on");

export const newVexDecision = z
  .strictObject({
    vulnerability: z.string().trim().min(3).max(100).describe("Such as CVE-2023-44487"),
    package: z.string().trim().min(1).max(300).optional().describe("Only in this package"),
    version: z.string().trim().min(1).max(200).optional().describe("Only in this version of it"),
    status: z.enum(VEX_STATUSES),
    justification: z
      .enum(VEX_JUSTIFICATIONS)
      .optional()
      .describe("Needed for, and only for, not_affected"),
    reason: reason.describe("Why, for those who read it later"),
    reference: z
      .string()
      .max(300)
      .optional()
      .describe("In a repository: only the image that this tag names now, or this digest"),
    expiresAt,
  })
  .refine(
    ({ status, justification }) => (status === "not_affected") === (justification !== undefined),
    { error: "not_affected needs a justification, and nothing else has one" },
  )
  .refine(({ package: name, version }) => version === undefined || name !== undefined, {
    error: "a version needs its package",
  });
export type NewVexDecision = z.output<typeof newVexDecision>;

export const vexListQuery = z.strictObject({
  all: z
    .enum(["true", "false"])
    .default("false")
    .describe("Also those that have expired or were revoked"),
});
export const vexDecisions = z.object({ items: z.array(vexDecision) });

export const vexImport = z.strictObject({
  document: z.unknown().describe("OpenVEX, or CycloneDX with analysed vulnerabilities"),
  reason: reason.optional().describe("For statements that give none"),
  reference: z.string().max(300).optional(),
  expiresAt,
});
export const vexImported = z.object({
  added: z.int().nonnegative(),
  skipped: z.array(z.object({ vulnerability: z.string(), reason: z.string() })),
});

export const VEX_ATTACHMENTS_PATH = "/api/v1/vex-attachments";
export const vexAttachment = z.strictObject({
  format: z.enum(VEX_FORMATS).default("openvex"),
  reference: z.string().max(300).default("latest"),
});

export const vexExportQuery = z.strictObject({
  format: z.enum(VEX_FORMATS).default("openvex"),
  reference: z
    .string()
    .max(300)
    .optional()
    .describe("Of a repository: what counts for this image, from every level"),
});
