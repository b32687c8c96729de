import { z } from "zod";

/** What a role of an organization may be made of. The built-in roles are sets of these, too. */
export const PERMISSIONS = {
  "repository.pull": "see and pull every repository",
  "repository.push": "push to every repository",
  "repository.delete": "delete tags and manifests of every repository",
  "repository.create": "create repositories, also by a push",
  "repository.admin":
    "change what every repository is and who sees it; includes pull, push and delete",
  "member.read": "see who is in the organization and in which role",
  "member.manage": "invite, add and remove members, and change their roles",
  "team.read": "see teams and who is in them",
  "team.manage": "make, change and delete teams, and say who is in them",
  "role.read": "see the roles of the organization",
  "role.manage": "make, change and delete roles",
  "right.read": "see rights and default rights",
  "right.manage": "give and take rights and default rights",
  "machine.read": "see robots, organization tokens and rules for CI jobs",
  "machine.manage":
    "make, change, rotate and delete robots, organization tokens and rules for CI jobs",
  "webhook.manage": "make, change and delete webhooks of the organization",
  "audit.read": "see the organization's audit trail",
  "organization.settings": "change settings of the organization",
} as const satisfies Record<string, string>;

export type Permission = keyof typeof PERMISSIONS;

const NAMES = Object.keys(PERMISSIONS) as [Permission, ...Permission[]];

export const permission = z
  .enum(NAMES)
  .describe(NAMES.map((name) => `${name}: ${PERMISSIONS[name]}`).join("; "));

const description = z.string().max(500);
const permissions = z.array(permission).min(1).max(NAMES.length);

export const organizationRole = z.object({
  name: z.string(),
  description: z.string(),
  permissions: z.array(permission),
  isBuiltIn: z.boolean().describe("Whether every organization has it, unchanged"),
  members: z.int().describe("How many hold it"),
});

export const newOrganizationRole = z.strictObject({
  name: z.string().max(64),
  description: description.optional(),
  permissions,
});

export const organizationRoleChange = z.strictObject({
  name: z.string().max(64).optional(),
  description: description.optional(),
  permissions: permissions.optional(),
});
