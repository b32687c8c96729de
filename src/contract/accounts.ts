import { z } from "zod";

const instant = z.iso.datetime();
export const hubRole = z.enum(["administrator", "auditor"]);
export const personalScope = z.enum(["repo:admin", "repo:write", "repo:read", "repo:public_read"]);
export const repositoryAction = z.enum(["pull", "push", "delete", "admin"]);
export const permit = z.strictObject({
  repositories: z.string().max(255).describe("A name or a pattern: acme/api, acme/*, acme/**"),
  actions: z.array(repositoryAction).min(1).max(4),
  onlyPublic: z.boolean().optional(),
});

export const account = z.object({
  name: z.string(),
  email: z.string().optional(),
  /** Whether the address is known to be the owner's: by a link that went there, or because an administrator vouches. */
  isEmailConfirmed: z.boolean(),
  role: hubRole.optional(),
  createdAt: instant,
  isDisabled: z.boolean(),
  hasTwoFactor: z.boolean().describe("Whether the login needs a code beside the password"),
});

/** Who the caller is, and by what they proved it. */
export const self = z.object({
  name: z.string(),
  kind: z.enum(["user", "robot"]),
  role: hubRole.optional(),
  credential: z
    .object({
      kind: z.string(),
      label: z.string(),
      permits: z.array(permit).optional(),
      expiresAt: instant.optional(),
    })
    .optional(),
});

export const newAccount = z.strictObject({
  name: z.string().max(255),
  password: z.string().max(2048),
  email: z.email().max(254).optional(),
  role: hubRole.optional(),
});

export const IMPORTED_AT_ONCE = 500;

/** Users of an htpasswd file: their names and bcrypt hashes. */
export const userImport = z.strictObject({
  users: z
    .array(z.strictObject({ name: z.string().max(255), hash: z.string().max(100) }))
    .min(1)
    .max(IMPORTED_AT_ONCE),
});

export const userImportReport = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      outcome: z.enum(["imported", "skipped"]),
      why: z.string().optional(),
    }),
  ),
});

export const accountChange = z.strictObject({
  email: z.email().max(254).nullable().optional(),
  role: hubRole.nullable().optional(),
  isDisabled: z.boolean().optional(),
});

export const passwordChange = z.strictObject({
  current: z.string().max(2048),
  next: z.string().max(2048),
});

export const newPassword = z.strictObject({ password: z.string().max(2048) });

const lastUse = z.object({ at: instant, address: z.string(), client: z.string() });

export const personalToken = z.object({
  id: z.string(),
  label: z.string(),
  scopes: z.array(personalScope),
  repositories: z.array(z.string()),
  createdAt: instant,
  expiresAt: instant.optional(),
  isActive: z.boolean(),
  lastUse: lastUse.optional(),
});

/** The secret is in the answer to its creation, and nowhere else ever. */
export const createdToken = personalToken.extend({ secret: z.string() });

export const newPersonalToken = z.strictObject({
  label: z.string().min(1).max(100),
  scopes: z.array(personalScope).min(1).max(4),
  repositories: z.array(z.string().max(255)).max(100).default([]),
  expiresAt: instant.optional(),
});

export const tokenChange = z.strictObject({
  label: z.string().min(1).max(100).optional(),
  isActive: z.boolean().optional(),
});

const told = z.string().max(200);

/** What somebody tells of themselves; empty texts for what they do not. */
export const profile = z.object({
  givenName: told,
  familyName: told,
  company: told,
  location: told,
});

export const profileChange = z.strictObject({
  givenName: told.optional(),
  familyName: told.optional(),
  company: told.optional(),
  location: told.optional(),
});
