import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import { INVITED_AT_ONCE } from "../contract/invitations.ts";
import {
  type Authority,
  type InviteOutcome,
  nameOfInvitee,
  type OrganizationInvitation,
  type OrganizationInvitations,
} from "../organizations/index.ts";
import { HUB_ROLES, roleOf } from "./people.ts";

export interface HubInviteDeps {
  readonly organizationInvitations: OrganizationInvitations;
  readonly authority: Authority;
}

const config = { access: "account" } as const;
const sensitive = { access: "account", isSensitive: true } as const;
const word = z.string().max(255);
const one = z.object({ invitation: z.string().max(64) });

/** Docker Hub's words; who is invited already is `invited`, with the invitation that stands. */
const STATUSES = {
  invited: "invited",
  "already-invited": "invited",
  member: "existing_org_member",
  invalid: "invalid_email_or_docker_id",
} as const satisfies Readonly<Record<InviteOutcome["status"], string>>;

const bulk = z.object({
  org: word,
  team: word.nullish(),
  role: z.enum(["owner", "editor", "member"]).nullish(),
  invitees: z.array(z.string().max(254)).max(INVITED_AT_ONCE),
  dry_run: z.boolean().nullish(),
});

/** Invitations to an organization. */
export function createHubInviteRoutes(deps: HubInviteDeps): FastifyPluginAsyncZod {
  const { organizationInvitations: invitations, authority } = deps;
  return async (app) => {
    const params = z.object({ organization: word });
    app.get("/v2/orgs/:organization/invites", { config, schema: { params } }, async (request) => {
      const { organization } = request.params;
      const found = await authority.getOrganization(
        callerOf(request),
        organization,
        "member.manage",
      );
      return { data: (await invitations.listPending(found)).map(toInvite) };
    });
    const many = { config: sensitive, schema: { body: bulk } };
    app.post("/v2/invites/bulk", many, async (request, reply) => {
      const caller = callerOf(request);
      const { org, team, role, invitees, dry_run: isDryRun } = request.body;
      const found = await authority.getOrganization(caller, org, "member.manage");
      const teams = team === undefined || team === null || team === "" ? [] : [team];
      const wish = { invitees, role: HUB_ROLES[role ?? "member"], teams };
      const outcomes = isDryRun
        ? await invitations.check(found, wish, caller)
        : await invitations.invite(found, wish, caller);
      return reply.code(202).send({ invitees: outcomes.map(toOutcome) });
    });
    app.delete(
      "/v2/invites/:invitation",
      { config, schema: { params: one } },
      async (request, reply) => {
        const caller = callerOf(request);
        const { invitation: id } = request.params;
        await invitations.cancel(await find(deps, caller, id), id, caller);
        return reply.code(204).send();
      },
    );
    const again = { config: sensitive, schema: { params: one } };
    app.patch("/v2/invites/:invitation/resend", again, async (request, reply) => {
      const caller = callerOf(request);
      const { invitation: id } = request.params;
      const { handOver } = await invitations.resend(await find(deps, caller, id), id, caller);
      if (handOver === undefined) return reply.code(204).send();
      return toHandOver(handOver);
    });
  };
}

/** Its organization, for those who manage the people there; for strangers no invitation is there. */
async function find(
  { organizationInvitations, authority }: HubInviteDeps,
  caller: Caller,
  id: string,
) {
  const { organization } = await organizationInvitations.get(id);
  return await authority.getOrganization(caller, organization.name, "member.manage");
}

function toInvite(invitation: OrganizationInvitation) {
  const { id, inviter, invitee, organization, teams, createdAt } = invitation;
  return {
    id,
    inviter_username: inviter.name,
    invitee: nameOfInvitee(invitee),
    org: organization.name,
    team: teams[0]?.name ?? "",
    role: toHubRole(invitation),
    created_at: createdAt.toISOString(),
  };
}

function toHubRole(invitation: OrganizationInvitation): string {
  const role = roleOf(invitation);
  return role === "contributor" ? "editor" : role;
}

/** `hand_over` is not Docker Hub's: where no mail is sent, there is no other way to the link. */
function toOutcome({ invitee, status, invitation, handOver }: InviteOutcome) {
  return {
    ...{ invitee, status: STATUSES[status] },
    ...(invitation === undefined ? {} : { invite: toInvite(invitation) }),
    ...(handOver === undefined ? {} : toHandOver(handOver)),
  };
}

function toHandOver({
  secret,
  link,
  command,
  signUpCommand,
}: NonNullable<InviteOutcome["handOver"]>) {
  return { hand_over: { secret, link, command, sign_up_command: signUpCommand } };
}
