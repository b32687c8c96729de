import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import {
  inviteOutcomes,
  newOrganizationInvitations,
  organizationInvitation,
  sentOrganizationInvitation,
} from "../../contract/invitations.ts";
import { pageOf, pageQuery, toPage } from "../../contract/pages.ts";
import type { Authority } from "../authority.ts";
import type { InvitationHandOver } from "./invitation-letters.ts";
import { nameOf } from "./invitation-records.ts";
import type {
  InvitationView,
  InviteOutcome,
  OrganizationInvitations,
} from "./organization-invitations.ts";

export interface OrganizationInvitationRouteDeps {
  readonly organizationInvitations: OrganizationInvitations;
  readonly authority: Authority;
}

const config = { access: "account" } as const;
const sensitive = { access: "account", isSensitive: true } as const;
const params = z.object({ organization: z.string().max(255) });
const one = params.extend({ invitation: z.string().max(64) });
const PATH = "/api/v1/organizations/:organization/invitations";

/** Inviting people to an organization, for those who manage its members. */
export function createOrganizationInvitationRoutes(
  deps: OrganizationInvitationRouteDeps,
): FastifyPluginAsyncZod {
  const { organizationInvitations: invitations, authority } = deps;
  const find = async (caller: Caller, name: string) =>
    await authority.getOrganization(caller, name, "member.manage");
  return async (app) => {
    const list = {
      params,
      querystring: pageQuery,
      response: { 200: pageOf(organizationInvitation) },
    };
    app.get(PATH, { config, schema: list }, async (request) => {
      const { last, limit } = request.query;
      const organization = await find(callerOf(request), request.params.organization);
      const found = await invitations.list(organization, { last, limit: limit + 1 });
      return toPage(found.map(toBody), limit, ({ id }) => id);
    });
    const body = newOrganizationInvitations;
    const invite = { params, body, response: { 200: inviteOutcomes } };
    app.post(PATH, { config: sensitive, schema: invite }, async (request) => {
      const caller = callerOf(request);
      const organization = await find(caller, request.params.organization);
      const { dryRun, ...wish } = request.body;
      const outcomes = dryRun
        ? await invitations.check(organization, wish, caller)
        : await invitations.invite(organization, wish, caller);
      return { items: outcomes.map(toOutcome) };
    });
    const resend = { params: one, response: { 200: sentOrganizationInvitation } };
    const path = `${PATH}/:invitation`;
    app.post(`${path}/resend`, { config: sensitive, schema: resend }, async (request) => {
      const caller = callerOf(request);
      const organization = await find(caller, request.params.organization);
      const sent = await invitations.resend(organization, request.params.invitation, caller);
      return { ...toBody(sent), ...handOverOf(sent) };
    });
    const cancel = { params: one, response: { 204: z.null() } };
    app.delete(path, { config, schema: cancel }, async (request, reply) => {
      const caller = callerOf(request);
      const organization = await find(caller, request.params.organization);
      await invitations.cancel(organization, request.params.invitation, caller);
      return reply.code(204).send(null);
    });
  };
}

function toBody(view: InvitationView): z.input<typeof organizationInvitation> {
  const { id, invitee, role, teams, inviter, createdAt, expiresAt, mail } = view;
  return {
    ...{ id, invitee: nameOf(invitee), role: role.name, teams: teams.map(({ name }) => name) },
    ...{ invitedBy: inviter.name, createdAt: createdAt.toISOString() },
    expiresAt: expiresAt.toISOString(),
    ...(mail === undefined ? {} : { mail }),
  };
}

function toOutcome(outcome: InviteOutcome): z.input<typeof inviteOutcomes>["items"][number] {
  const { invitee, status, why, invitation } = outcome;
  return {
    ...{ invitee, status },
    ...(why === undefined ? {} : { why }),
    ...(invitation === undefined ? {} : { invitation: toBody(invitation) }),
    ...handOverOf(outcome),
  };
}

function handOverOf({ handOver }: { readonly handOver?: InvitationHandOver | undefined }) {
  if (handOver === undefined) return {};
  const { secret, link, command, signUpCommand } = handOver;
  return {
    handOver: {
      ...{ secret, command },
      ...(link === undefined ? {} : { link }),
      ...(signUpCommand === undefined ? {} : { signUpCommand }),
    },
  };
}
