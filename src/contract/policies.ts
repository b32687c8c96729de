import { z } from "zod";
import { SEVERITIES } from "./scans.ts";
import { knownSigner } from "./signatures.ts";

export const POLICIES_PATH = "/api/v1/pull-policies";
export const POLICY_SIMULATIONS_PATH = `${POLICIES_PATH}/simulations`;
export const POLICY_EXCEPTIONS_PATH = `${POLICIES_PATH}/exceptions`;
export const POLICY_REPORTS_PATH = `${POLICIES_PATH}/reports`;
/** Below it, the name of a repository. */
export const POLICY_EXPLANATIONS_PATH = `${POLICIES_PATH}/explanations`;

export const POLICY_MODES = ["off", "report", "warn", "enforce"] as const;

const word = z.string().min(1).max(500);

/** Who has to have signed. `*` in a subject or role stands for anything. */
export const signerRule = z.union([
  z.strictObject({ key: word.describe("As `berth keys list` shows it") }),
  z.strictObject({ issuer: word, subject: word }),
  z.strictObject({
    store: word,
    subject: word.optional().describe("Such as CN=release,O=Acme: all parts have to be there"),
  }),
  z.strictObject({
    notary: word.describe("A role of Docker Content Trust: targets/releases, targets/*"),
    keyId: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .describe("Of the key that signed as this role, or of the root key above it"),
  }),
]);

const signers = z.array(signerRule).min(1).max(50);

export const policyRules = z.strictObject({
  signedBy: z
    .strictObject({ anyOf: signers, atLeast: z.int().min(1).max(50).default(1) })
    .optional()
    .describe("By so many different ones of them"),
  attestations: z
    .array(
      z.strictObject({
        type: word.describe("The type of the predicate, such as https://slsa.dev/provenance/v1"),
        anyOf: signers,
        where: z
          .array(
            z.strictObject({ path: word, equals: z.union([z.string(), z.number(), z.boolean()]) }),
          )
          .max(20)
          .default([])
          .describe("What the predicate has to say, such as buildDefinition.buildType"),
      }),
    )
    .max(20)
    .optional(),
  vulnerabilities: z
    .strictObject({
      severity: z.enum(SEVERITIES).default("unknown").describe("This and worse"),
      onlyFixable: z.boolean().default(false),
      olderThanDays: z.int().min(0).max(10_000).default(0).describe("Known here for so long"),
      knownExploited: z.boolean().default(false).describe("Only those that CISA lists"),
    })
    .optional()
    .describe("No finding of which all of this is true"),
  notEndOfLife: z.boolean().optional(),
  baseImages: z
    .array(word)
    .min(1)
    .max(50)
    .optional()
    .describe("Built on an image of this hub: library/debian:12, library/alpine:*"),
});

const mode = z.enum(POLICY_MODES);
const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/);
const tags = z
  .array(z.string().min(1).max(128))
  .max(32)
  .describe("Images with a tag that fits one of them, and those without a tag; none: all");
const pattern = z.string().max(255).describe("Only repositories that it matches: prod/*");

export const pullPolicy = z.object({
  name: z.string(),
  scope: z.object({ kind: z.enum(["hub", "namespace", "repository"]), name: z.string() }),
  mode,
  tags,
  pattern,
  rules: policyRules,
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
});

export const policyChange = z.strictObject({
  mode,
  tags: tags.default([]),
  pattern: pattern.default(""),
  rules: policyRules,
});

/** Which policies are meant, and which of them. */
export const policyScopeQuery = z.strictObject({
  scope: z
    .string()
    .max(255)
    .default("hub")
    .describe("`hub`, a user or an organization (acme), or a repository (acme/api)"),
});
export const policyQuery = policyScopeQuery.extend({ name: name.default("default") });
export const policyExceptionQuery = policyQuery.extend({ id: z.coerce.number().int().default(0) });

/** What is tried out. `days`: how far back pulls are looked at. */
export const policySimulation = policyChange.extend({
  days: z.int().min(1).max(30).default(30),
});

const simulatedImage = z.object({
  repository: z.string(),
  digest: z.string(),
  tags: z.array(z.string()),
  pulls: z.int(),
  accounts: z.array(z.string()).describe("Up to ten of those to whom it is refused"),
  why: z.string(),
});

export const simulatedPolicy = z.object({
  images: z.int().describe("How many were pulled and are still here"),
  pulls: z.int().describe("Of manifests: an image of an index is two, as it is for the policy"),
  refused: z.array(simulatedImage).describe("Up to 500, the most pulled first"),
  refusedImages: z.int(),
  refusedPulls: z.int(),
  passedPulls: z
    .int()
    .describe("Of images that are refused to others, by those who may push and so read them"),
  isCut: z.boolean().describe("Whether more was pulled than is looked at"),
});

export const newException = z.strictObject({
  repository: z.string().max(255),
  reference: z
    .string()
    .max(300)
    .optional()
    .describe("A tag or digest: what it names now; left away, the whole repository"),
  reason: z.string().min(3).max(1000),
  expiresInDays: z.int().min(1).max(365),
});

export const policyException = z.object({
  id: z.int(),
  repository: z.string(),
  digest: z.string().nullable(),
  reason: z.string(),
  author: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});

const condition = z.object({ asks: z.string(), isMet: z.boolean(), found: z.string() });

export const explanationQuery = z.strictObject({
  reference: z.string().max(300).default("latest"),
});

/** What the policies say of one image, to anybody who may pull it. */
export const policyExplanation = z.object({
  image: z.string(),
  digest: z.string(),
  outcome: z.enum(["allowed", "reported", "warned", "refused"]),
  /** Whoever may push reads it nevertheless. */
  isExempt: z.boolean().describe("It is no image but something that belongs to one"),
  policies: z.array(
    z.object({
      name: z.string(),
      scope: z.string(),
      mode,
      isMet: z.boolean(),
      exception: z.string().nullable().describe("Why it is let through nevertheless"),
      conditions: z.array(condition),
      named: z
        .array(
          z.object({
            digest: z.string().describe("Of the manifest that holds the signature"),
            signer: knownSigner,
          }),
        )
        .describe("Whom the policy asks for, of those who signed or attested"),
    }),
  ),
});

/** What was refused, warned of or merely reported. */
export const policyReports = z.object({
  items: z.array(
    z.object({
      policy: z.string(),
      repository: z.string(),
      digest: z.string(),
      mode,
      why: z.string(),
      pulls: z.int(),
      lastBy: z.string(),
      lastAt: z.iso.datetime(),
    }),
  ),
});
