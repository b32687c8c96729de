import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import { pageOf, pageQuery, toPage } from "../../contract/pages.ts";
import {
  emailChange,
  emailChangeAnswer,
  invitation,
  newInvitation,
  passwordResetLink,
  sentInvitation,
} from "../../contract/sign-up.ts";
import type { Accounts } from "../accounts.ts";
import { getOwnAccount } from "../own-account.ts";
import type { EmailChanges } from "./email-changes.ts";
import type { HandOver } from "./hand-over.ts";
import type { Invitations, InvitationView } from "./invitations.ts";
import type { PasswordResets } from "./password-resets.ts";

export interface InvitationRouteDeps {
  readonly accounts: Accounts;
  readonly hubInvitations: Invitations;
  readonly passwordResets: PasswordResets;
  readonly emailChanges: EmailChanges;
}

const config = { access: "operate" } as const;
const sensitive = { access: "operate", isSensitive: true } as const;
const id = z.object({ id: z.string().max(64) });
const nothing = z.null();

/** What administrators do so that people get in, and what people do about their own address. */
export function createInvitationRoutes(deps: InvitationRouteDeps): FastifyPluginAsyncZod {
  const { accounts, hubInvitations, passwordResets, emailChanges } = deps;
  const path = "/api/v1/invitations";
  return async (app) => {
    const list = { querystring: pageQuery, response: { 200: pageOf(invitation) } };
    app.get(path, { config, schema: list }, async (request) => {
      const { last, limit } = request.query;
      const found = await hubInvitations.list({ last, limit: limit + 1 });
      return toPage(found.map(toInvitation), limit, (one) => one.id);
    });
    const create = { body: newInvitation, response: { 201: sentInvitation } };
    app.post(path, { config: sensitive, schema: create }, async (request, reply) => {
      const made = await hubInvitations.create(request.body, callerOf(request));
      return reply.code(201).send(toSent(made));
    });
    const resend = { params: id, response: { 200: sentInvitation } };
    app.post(`${path}/:id/resend`, { config: sensitive, schema: resend }, async (request) =>
      toSent(await hubInvitations.resend(request.params.id, callerOf(request))),
    );
    const withdraw = { params: id, response: { 204: nothing } };
    app.delete(`${path}/:id`, { config, schema: withdraw }, async (request, reply) => {
      await hubInvitations.withdraw(request.params.id, callerOf(request));
      return reply.code(204).send(null);
    });
    const params = z.object({ name: z.string().max(255) });
    const issue = { params, response: { 201: passwordResetLink } };
    app.post(
      "/api/v1/users/:name/password-reset",
      { config: sensitive, schema: issue },
      async (request, reply) => {
        const account = await accounts.get(request.params.name);
        const { expiresAt, ...given } = await passwordResets.issue(account, callerOf(request));
        const body = { ...toHandOver(given), expiresAt: expiresAt.toISOString() };
        return reply.code(201).send(body);
      },
    );
    const change = { body: emailChange, response: { 200: emailChangeAnswer } };
    const own = { config: { access: "account", isSensitive: true }, schema: change } as const;
    app.post("/api/v1/account/email", own, async (request) => {
      const caller = callerOf(request);
      const account = await getOwnAccount(accounts, caller.by);
      return { state: await emailChanges.request(account, request.body.email, caller) };
    });
  };
}

function toInvitation(view: InvitationView): z.input<typeof invitation> {
  const { role, mail, createdAt, expiresAt } = view;
  return {
    ...{ id: view.id, email: view.email, invitedBy: view.invitedBy },
    ...(role === undefined ? {} : { role }),
    ...{ createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() },
    ...(mail === undefined ? {} : { mail }),
  };
}

function toSent(view: InvitationView): z.input<typeof sentInvitation> {
  const { handOver } = view;
  return { ...toInvitation(view), ...(handOver && { handOver: toHandOver(handOver) }) };
}

function toHandOver({ secret, link, command }: HandOver) {
  return { secret, command, ...(link === undefined ? {} : { link }) };
}
