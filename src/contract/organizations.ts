import { z } from "zod";
import { permit, repositoryAction } from "./accounts.ts";

const instant = z.iso.datetime();
const visibility = z.enum(["public", "private"]);
const memberRole = z
  .string()
  .max(64)
  .describe("owner, contributor, member, or a role of the organization's own");

export const organization = z.object({
  name: z.string(),
  fullName: z.string(),
  createdAt: instant,
});

export const newOrganization = z.strictObject({
  name: z.string().max(255),
  fullName: z.string().max(200).optional(),
});

export const member = z.object({ name: z.string(), role: memberRole, joinedAt: instant });
export const memberChange = z.strictObject({ role: memberRole });

export const team = z.object({
  name: z.string(),
  description: z.string(),
  members: z.int(),
});

export const newTeam = z.strictObject({
  name: z.string().max(64),
  description: z.string().max(500).optional(),
});

export const teamChange = z.strictObject({
  name: z.string().max(64).optional(),
  description: z.string().max(500).optional(),
});

/** `api`, `tools/*` or `**` within the namespace; or one repository that is there, by its whole name. */
const rightScope = {
  repository: z.string().max(255).optional(),
  pattern: z.string().max(255).optional(),
};
const rightSubject = {
  account: z.string().max(255).optional(),
  team: z.string().max(64).optional(),
};

export const newRight = z.strictObject({
  ...rightSubject,
  ...rightScope,
  actions: z.array(repositoryAction).min(1).max(4),
  tags: z.string().max(128).optional().describe("Pushes of matching tags only, such as v1.*"),
  createOnly: z.boolean().optional().describe("Pushes of tags that are not there yet only"),
});

/** What everything that becomes a repository's right says beside to whom and where. */
const rightToCome = {
  actions: z.array(repositoryAction).min(1).max(4),
  tags: z.string().max(128).optional(),
};
export const subjectKey = z.strictObject(rightSubject);
export const newDefaultRight = z.strictObject({
  ...rightSubject,
  ...rightToCome,
  createOnly: z.boolean().optional(),
});
export const defaultRight = z.object({
  ...rightSubject,
  ...rightToCome,
  createOnly: z.boolean(),
});

export const rightKey = z.strictObject({ ...rightSubject, ...rightScope });

/** In the order in which they were given first; by their numbers, which `next` says. */
export const rightPage = z.strictObject({
  last: z.coerce.number().int().min(0).optional().describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
});
export const right = z.object({
  account: z.string().optional(),
  team: z.string().optional(),
  repository: z.string().optional(),
  pattern: z.string().optional(),
  actions: z.array(repositoryAction),
  tags: z.string().optional(),
  createOnly: z.boolean(),
});

export const namespaceChange = z.strictObject({
  defaultVisibility: visibility.describe("Of repositories that a push creates"),
});

export const machine = z.object({
  id: z.string(),
  label: z.string(),
  user: z.string().describe("The user name to log in with"),
  description: z.string(),
  resources: z.array(permit),
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant.optional(),
  isActive: z.boolean(),
  countsAsPull: z.boolean(),
  lastUse: z.object({ at: instant, address: z.string(), client: z.string() }).optional(),
});

/** The secret is in the answer to its creation, and nowhere else ever. */
export const createdMachine = machine.extend({ secret: z.string() });

const countsAsPull = z
  .boolean()
  .optional()
  .describe("false for a scanner or a replication: what it reads is not in use by that");

export const newMachine = z.strictObject({
  label: z.string().min(1).max(100),
  description: z.string().max(500).optional(),
  resources: z.array(permit).min(1).max(100),
  expiresAt: instant.optional(),
  countsAsPull,
});

export const machineChange = z.strictObject({
  label: z.string().min(1).max(100).optional(),
  description: z.string().max(500).optional(),
  resources: z.array(permit).min(1).max(100).optional(),
  isActive: z.boolean().optional(),
  countsAsPull,
});

const LONGEST_OVERLAP_SECONDS = 7 * 24 * 3600;

export const rotation = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(LONGEST_OVERLAP_SECONDS)
    .default(3600)
    .describe("How long the former secret stays in force"),
});

export const rotated = z.object({ secret: z.string() });

export const repository = z.object({
  name: z.string(),
  visibility,
  description: z.string(),
  fullDescription: z.string(),
  createdAt: instant,
  lastPushedAt: instant.optional(),
  lastPulledAt: instant.optional(),
  pulls: z.int(),
  stars: z.int(),
  isStarred: z.boolean().describe("By the caller"),
});

/** In a list. */
export const repositorySummary = repository.omit({ fullDescription: true });

export const newRepository = z.strictObject({
  name: z.string().max(255),
  visibility: visibility.default("private"),
  description: z.string().max(100).optional(),
  fullDescription: z.string().max(25_000).optional(),
});

export const repositoryChange = z.strictObject({
  visibility: visibility.optional(),
  description: z.string().max(100).optional(),
  fullDescription: z.string().max(25_000).optional(),
});

/** By their whole names; into another namespace, or within one. */
export const repositoryMove = z.strictObject({
  from: z.string().max(255),
  to: z.string().max(255),
});

/** Of a user or an organization. */
export const newName = z.strictObject({ name: z.string().max(255) });
