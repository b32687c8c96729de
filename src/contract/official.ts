import { z } from "zod";
import { pageOf } from "./pages.ts";
import { SEVERITIES } from "./scans.ts";

export const OFFICIAL_PATH = "/api/v1/official";

export const SUBMISSION_STATES = [
  "draft",
  "submitted",
  "checking",
  "changes requested",
  "ready",
  "in review",
  "staged",
  "published",
  "withdrawn",
] as const;
export type SubmissionState = (typeof SUBMISSION_STATES)[number];

const MEGABYTE = 1024 * 1024;
const time = z.iso.datetime();
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

export const officialName = z
  .string()
  .max(200)
  .regex(/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/)
  .describe("Without library/");

const documents = z.strictObject({
  "README-short.txt": z.string().max(1000).optional(),
  "content.md": z.string().max(200_000).optional(),
  "license.md": z.string().max(20_000).optional(),
  "maintainer.md": z.string().max(20_000).optional(),
  "github-repo": z.string().max(1000).optional(),
});

export const newSubmission = z.strictObject({
  name: officialName,
  definition: z.string().max(MEGABYTE).describe("In docker-library's format"),
  documents,
  logo: z.base64().max(400_000).optional().describe("A PNG"),
  security: z.boolean().optional().describe("Mends a vulnerability, says its author"),
  draft: z.boolean().optional().describe("Not to be checked yet"),
});
export type NewSubmission = z.output<typeof newSubmission>;

const check = z.object({
  number: z.int(),
  id: z.string(),
  severity: z.enum(["error", "warning", "advice"]),
  title: z.string(),
  why: z.string(),
  fix: z.string(),
  state: z.enum(["passed", "failed", "not run"]),
  details: z.array(z.string()),
});

const review = z.object({
  reviewer: z.string(),
  verdict: z.enum(["approve", "request changes"]),
  note: z.string(),
  digest: digest.describe("Of what was looked at"),
  counts: z
    .boolean()
    .describe("False once something else was built, or when its author is no reviewer any more"),
  at: time,
});

const note = z.object({
  check: z.int(),
  text: z.string(),
  by: z.string(),
  counts: z.boolean().describe("False once something else was built"),
});

const image = z.object({
  tags: z.array(z.string()),
  architecture: z.string(),
  digest,
  bytes: z.int(),
});

const index = z.object({
  tags: z.array(z.string()),
  digest: digest.describe("Of the index that these tags lead to"),
  images: z.array(digest),
});

export const submission = z.object({
  id: z.int(),
  name: z.string(),
  state: z.enum(SUBMISSION_STATES),
  why: z.string().optional().describe("Why it is in this state"),
  author: z.string(),
  security: z.boolean(),
  isNew: z.boolean().describe("Nothing of the name was published before"),
  definition: z.string(),
  definitionHash: z.string().describe("SHA-256 of the definition"),
  documents,
  commits: z.array(z.string()),
  digest: digest.optional().describe("Of all that was built; approvals hold for it alone"),
  stage: z.string().optional().describe("Where reviewers pull what was built"),
  images: z.array(image),
  indexes: z.array(index).describe("Tags of several images; the others lead to an image"),
  checks: z.array(check),
  notes: z.array(note),
  reviews: z.array(review),
  approvals: z.int(),
  approvalsNeeded: z.int(),
  unanswered: z.array(z.int()).describe("Numbers of failed warnings that have no note"),
  objections: z
    .array(z.string())
    .describe("Reviewers who asked for changes of this digest: it waits for their word"),
  createdAt: time,
  changedAt: time,
});

export const submissionPage = pageOf(
  submission.pick({
    id: true,
    name: true,
    state: true,
    author: true,
    security: true,
    isNew: true,
    createdAt: true,
  }),
);
export const submissionQuery = z.object({
  name: officialName.optional(),
  state: z.enum(SUBMISSION_STATES).optional(),
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const contextDiff = z.object({
  against: z.int().optional().describe("The submission that is published now"),
  text: z.string().describe("Lines that begin with +, - or a blank"),
});
export const newNote = z.strictObject({
  check: z.int().min(1).max(46),
  text: z.string().trim().min(1).max(2000),
});
export const newReview = z.strictObject({
  verdict: z.enum(["approve", "request changes"]),
  digest: digest.describe("Of what was looked at"),
  note: z.string().trim().max(5000).default(""),
});
export const reviewers = z.object({ items: z.array(z.object({ name: z.string() })) });
export const publishers = z.object({ items: z.array(z.object({ namespace: z.string() })) });

export const IMAGE_STATUSES = ["maintained", "deprecated", "retired"] as const;
export const newStatus = z.strictObject({
  status: z.enum(IMAGE_STATUSES),
  reason: z.string().trim().max(1000).default(""),
});
const attention = z.object({
  id: z.string().describe("Such as CVE-2023-44487"),
  severity: z.enum(SEVERITIES),
  package: z.string(),
  version: z.string(),
  fixedVersion: z.string(),
  digest: digest.describe("Of the image that has it"),
});
export type OfficialAttention = z.output<typeof attention>;

export const officialImage = z.object({
  name: z.string(),
  repository: z.string(),
  badge: z.enum(["official", "deprecated", "retired"]),
  reason: z.string(),
  tags: z.array(z.string()).describe("Maintained: others can still be pulled"),
  unmaintained: z.array(z.string()),
  submission: z.int(),
  flags: z.array(z.string()).describe("What a maintainer should look at"),
  attention: z
    .array(attention)
    .describe(
      "What was found in it since, as bad as builds.officialSeverity, and newer packages mend",
    ),
  rebuild: z.int().optional().describe("The submission by which the hub has it built anew"),
  publishedAt: time,
});
export const officialImages = z.object({ items: z.array(officialImage) });
