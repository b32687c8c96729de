import { z } from "zod";

const LARGEST_PAGE = 1000;
const text = z.string().max(512);

export const auditQuery = z.strictObject({
  account: text.optional().describe("The user or organization that entries concern"),
  action: text.optional(),
  actor: text.optional(),
  name: text.optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  before: z.coerce.number().int().positive().optional().describe("Entries before this one"),
  limit: z.coerce.number().int().min(1).max(LARGEST_PAGE).default(100),
});

export const auditEntry = z.object({
  seq: z.int(),
  at: z.int().describe("Milliseconds since 1970, UTC"),
  action: z.string(),
  account: z.string(),
  name: z.string(),
  actor: z.string(),
  actorId: z.int().nullable(),
  credential: z.string().nullable(),
  address: z.string(),
  client: z.string(),
  outcome: z.enum(["done", "refused"]),
  before: z.string().nullable(),
  after: z.string().nullable(),
  previous: z.string(),
  hash: z.string(),
});

/** Newest first; `next` is what to send as `before` for the page that follows. */
export const auditPage = z.object({ items: z.array(auditEntry), next: z.int().optional() });

/** How far each collector has come. */
export const auditForwarding = z.object({
  items: z.array(
    z.object({
      target: z.string(),
      position: z.int().describe("The last entry that it has; 0 when it has none"),
      backlog: z.int().describe("How many entries it does not have yet"),
      failure: z.string().optional().describe("Why the last attempt failed"),
      failures: z.int().describe("Attempts that failed since the hub was started"),
      sentAt: z.iso.datetime().optional().describe("When it took something last"),
    }),
  ),
});

export const auditExport = z.strictObject({ format: z.enum(["jsonl", "csv"]).default("jsonl") });

export const AUDIT_PATH = "/api/v1/audit";
