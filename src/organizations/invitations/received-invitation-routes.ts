import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import { type Accounts, getOwnAccount } from "../../accounts/index.ts";
import {
  acceptedInvitation,
  invitationLink,
  receivedInvitation,
} from "../../contract/invitations.ts";
import { pageOf, pageQuery, toPage } from "../../contract/pages.ts";
import type { OrganizationInvitation } from "./invitations-store.ts";
import type { ReceivedInvitations } from "./received-invitations.ts";

export interface ReceivedInvitationRouteDeps {
  readonly accounts: Accounts;
  readonly receivedInvitations: ReceivedInvitations;
}

const config = { access: "account" } as const;
const PATH = "/api/v1/account/invitations";

/** What people do with invitations to organizations, for their own account alone. */
export function createReceivedInvitationRoutes(
  deps: ReceivedInvitationRouteDeps,
): FastifyPluginAsyncZod {
  const { accounts, receivedInvitations: invitations } = deps;
  return async (app) => {
    const list = { querystring: pageQuery, response: { 200: pageOf(receivedInvitation) } };
    app.get(PATH, { config, schema: list }, async (request) => {
      const { last, limit } = request.query;
      const account = await getOwnAccount(accounts, callerOf(request).by);
      const found = await invitations.list(account, { last, limit: limit + 1 });
      return toPage(found.map(toBody), limit, ({ id }) => id);
    });
    const link = { body: invitationLink, response: { 200: acceptedInvitation } };
    app.post(PATH, { config, schema: link }, async (request) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      return toAccepted(await invitations.acceptLink(account, request.body.secret, caller));
    });
    const params = z.object({ invitation: z.string().max(64) });
    const path = `${PATH}/:invitation`;
    const accept = { params, response: { 200: acceptedInvitation } };
    app.post(`${path}/accept`, { config, schema: accept }, async (request) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      return toAccepted(await invitations.accept(account, request.params.invitation, caller));
    });
    const decline = { params, response: { 204: z.null() } };
    app.delete(path, { config, schema: decline }, async (request, reply) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      await invitations.decline(account, request.params.invitation, caller);
      return reply.code(204).send(null);
    });
  };
}

function toAccepted({ organization, role, teams }: OrganizationInvitation) {
  return {
    organization: organization.name,
    role: role.name,
    teams: teams.map(({ name }) => name),
  };
}

function toBody(invitation: OrganizationInvitation): z.input<typeof receivedInvitation> {
  const { id, inviter, createdAt, expiresAt } = invitation;
  return {
    ...{ id, ...toAccepted(invitation), invitedBy: inviter.name },
    ...{ createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() },
  };
}
