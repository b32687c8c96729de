import { z } from "zod";

const instant = z.iso.datetime();
const event = z.enum([
  "push",
  "pull",
  "delete",
  "tag-moved",
  "repository",
  "namespace",
  "member",
  "right",
  "quota-warning",
  "quota-exceeded",
  "retention-removed",
  "scan",
  "vulnerability",
  "build",
]);
export type HookEvent = z.output<typeof event>;
const format = z.enum([
  "hub",
  "distribution",
  "distribution-v2",
  "harbor",
  "quay",
  "cloudevents",
  "slack",
  "json",
  "template",
]);

export const WEBHOOKS_PATH = "/api/v1/webhooks";

/** Of one repository, of a namespace, or of the whole hub when it names neither. */
const target = {
  repository: z.string().max(255).optional(),
  namespace: z.string().max(255).optional(),
};

export const newWebhook = z.strictObject({
  ...target,
  label: z.string().min(1).max(100),
  url: z.url().max(2048),
  format: format.default("json"),
  events: z
    .array(event)
    .min(1)
    .max(20)
    .default(["push", "delete"])
    .transform((events) => [...new Set(events)]),
  repositories: z.string().max(255).optional().describe("A pattern of names, such as acme/api-*"),
  tags: z.string().max(128).optional().describe("A pattern of tags, such as v1.*"),
  secret: z
    .string()
    .min(16, "has to have at least 16 characters")
    .max(256)
    .optional()
    .describe("What deliveries are signed with"),
  template: z
    .string()
    .max(16_384)
    .optional()
    .describe("For the format template: a JSON document with {{repository}}, {{tag}} and the like"),
});

/** Of a hook that is there. */
export const hookPreview = z.strictObject({
  event: event.default("push"),
  tag: z.string().max(128).default("latest").describe("Of the sample"),
});

/** Of a hook that could be made. */
export const webhookPreview = hookPreview.extend({
  ...target,
  format: newWebhook.shape.format,
  template: newWebhook.shape.template,
});

/** None where the format has no word for the event. */
export const webhookPreviewed = z.object({
  messages: z.array(z.object({ contentType: z.string(), body: z.string() })),
  notes: z.array(z.string()).describe("What is left out of the bodies, and why"),
});

export const webhookChange = z.strictObject({ isActive: z.boolean() });

/** The secret is never read back. */
export const webhook = z.object({
  id: z.string(),
  ...target,
  label: z.string(),
  url: z.string(),
  format,
  events: z.array(z.string()),
  repositories: z.string().optional(),
  tags: z.string().optional(),
  isSigned: z.boolean(),
  template: z.string().optional(),
  createdBy: z.string(),
  createdAt: instant,
  isActive: z.boolean(),
});

export const webhookList = z.object({ items: z.array(webhook) });

/** What a receiver reports at the callback address of Docker Hub's body. */
export const webhookCallback = z.object({
  state: z.enum(["success", "failure", "error"]),
  description: z.string().max(255).optional(),
  context: z.string().max(100).optional(),
  target_url: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
});

export const replay = z.strictObject({
  since: instant.optional().describe("Everything made since; unset: the dead letters"),
});

export const replayed = z.object({ sent: z.int() });

export const delivery = z.object({
  id: z.int(),
  event: z.string(),
  about: z.string(),
  state: z.enum(["waiting", "delivered", "dead"]),
  attempts: z.int(),
  createdAt: instant,
  dueAt: instant,
  endedAt: instant.optional(),
  status: z.int().optional(),
  contentType: z.string(),
  body: z.string(),
  answer: z.string().optional(),
  callback: webhookCallback
    .extend({ at: instant })
    .optional()
    .describe("What the receiver reported last at the callback address"),
});

/** Newest first; `next` is what to send as `before` for the page that follows. */
export const deliveryPage = z.object({ items: z.array(delivery), next: z.int().optional() });

export const deliveryQuery = z.strictObject({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
