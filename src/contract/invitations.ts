import { z } from "zod";

const instant = z.iso.datetime();
const role = z
  .string()
  .max(64)
  .describe("owner, contributor, member, or a role of the organization's own");

export const INVITED_AT_ONCE = 1000;
const TEAMS = 20;

export const newOrganizationInvitations = z.strictObject({
  invitees: z
    .array(z.string().max(254))
    .min(1)
    .max(INVITED_AT_ONCE)
    .describe("Names of accounts, or e-mail addresses"),
  role: role.default("member"),
  teams: z.array(z.string().max(64)).max(TEAMS).default([]),
  dryRun: z.boolean().default(false).describe("Say what would become of each, and invite nobody"),
});

/** To an organization, as those see it who manage its people. */
export const organizationInvitation = z.object({
  id: z.string(),
  invitee: z.string().describe("The name of an account, or an e-mail address"),
  role: z.string(),
  teams: z.array(z.string()),
  invitedBy: z.string(),
  createdAt: instant,
  expiresAt: instant,
  mail: z.enum(["waiting", "sent", "failed"]).optional(),
});

/** For somebody to hand over, where no mail is sent: shown once. */
const handOver = z.object({
  secret: z.string(),
  link: z.string().optional(),
  command: z.string().describe("For somebody who has an account"),
  signUpCommand: z.string().optional().describe("For somebody who has none"),
});

const inviteStatus = z.enum(["invited", "member", "already-invited", "invalid"]);

/** What became of each, in the order in which they were asked for. */
export const inviteOutcomes = z.object({
  items: z.array(
    z.object({
      invitee: z.string(),
      status: inviteStatus,
      why: z.string().optional(),
      invitation: organizationInvitation.optional(),
      handOver: handOver.optional(),
    }),
  ),
});

export const sentOrganizationInvitation = organizationInvitation.extend({
  handOver: handOver.optional(),
});

/** As whoever is invited sees it. */
export const receivedInvitation = z.object({
  id: z.string(),
  organization: z.string(),
  role: z.string(),
  teams: z.array(z.string()),
  invitedBy: z.string(),
  createdAt: instant,
  expiresAt: instant,
});

/** Accepts what a link stands for, whatever address it was sent to. */
export const invitationLink = z.strictObject({ secret: z.string().min(1).max(200) });

export const acceptedInvitation = z.object({
  organization: z.string(),
  role: z.string(),
  teams: z.array(z.string()),
});
