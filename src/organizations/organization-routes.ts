import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import type { Accounts } from "../accounts/index.ts";
import {
  member,
  memberChange,
  newOrganization,
  newTeam,
  organization as organizationSchema,
  teamChange,
  team as teamSchema,
} from "../contract/organizations.ts";
import { pageOf, pageQuery, toPage } from "../contract/pages.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Authority, Need } from "./authority.ts";
import type { Organizations } from "./organizations.ts";
import type { Member, Organization } from "./organizations-store.ts";
import type { Teams } from "./teams.ts";
import type { Team } from "./teams-store.ts";

export interface OrganizationRouteDeps {
  readonly accounts: Accounts;
  readonly organizations: Organizations;
  readonly teams: Teams;
  readonly authority: Authority;
}

const config = { access: "account" } as const;
const sensitive = { access: "account", isSensitive: true } as const;
const name = z.string().max(255);
const nothing = z.null();
const PATH = "/api/v1/organizations";

/** Organizations and their people. Making one is for administrators of the hub. */
export function createOrganizationRoutes(deps: OrganizationRouteDeps): FastifyPluginAsyncZod {
  const { organizations } = deps;
  const params = z.object({ organization: name });
  return async (app) => {
    const list = { querystring: pageQuery, response: { 200: pageOf(organizationSchema) } };
    app.get(PATH, { config, schema: list }, async (request) => {
      const { by } = callerOf(request);
      const { last, limit } = request.query;
      const of = by.role === undefined ? ((by.accountId ?? 0) as NamespaceId) : undefined;
      const found = await organizations.list({ of, last, limit: limit + 1 });
      return toPage(found.map(toBody), limit, (one) => one.name);
    });
    const create = { body: newOrganization, response: { 201: organizationSchema } };
    const operate = { access: "operate" } as const;
    app.post(PATH, { config: operate, schema: create }, async (request, reply) => {
      const made = await organizations.create({ ...request.body, ...callerOf(request) });
      return reply.code(201).send(toBody(made));
    });
    const get = { params, response: { 200: organizationSchema } };
    app.get(`${PATH}/:organization`, { config, schema: get }, async (request) =>
      toBody(await enter(deps, request, "member")),
    );
    const remove = { params, response: { 204: nothing } };
    app.delete(
      `${PATH}/:organization`,
      { config: sensitive, schema: remove },
      async (request, reply) => {
        await organizations.remove(await enter(deps, request, "owner"), callerOf(request));
        return reply.code(204).send(null);
      },
    );
    await app.register(createMemberRoutes(deps));
    await app.register(createTeamRoutes(deps));
    await app.register(createTeamMemberRoutes(deps));
  };
}

function createMemberRoutes(deps: OrganizationRouteDeps): FastifyPluginAsyncZod {
  const { organizations, accounts } = deps;
  const path = `${PATH}/:organization/members`;
  return async (app) => {
    const params = z.object({ organization: name });
    const list = { params, querystring: pageQuery, response: { 200: pageOf(member) } };
    app.get(path, { config, schema: list }, async (request) => {
      const { last, limit } = request.query;
      const found = await enter(deps, request, "member.read");
      const members = await organizations.listMembers(found, { last, limit: limit + 1 });
      return toPage(members.map(toMember), limit, (one) => one.name);
    });
    const one = z.object({ organization: name, user: name });
    const put = { params: one, body: memberChange, response: { 204: nothing } };
    app.put(`${path}/:user`, { config: sensitive, schema: put }, async (request, reply) => {
      const found = await enter(deps, request, "member.manage");
      const account = await accounts.get(request.params.user);
      await organizations.putMember(found, { account, ...request.body, ...callerOf(request) });
      return reply.code(204).send(null);
    });
    const remove = { params: one, response: { 204: nothing } };
    app.delete(`${path}/:user`, { config, schema: remove }, async (request, reply) => {
      const found = await enter(deps, request, "member.manage");
      const account = await accounts.get(request.params.user);
      await organizations.removeMember(found, { account, ...callerOf(request) });
      return reply.code(204).send(null);
    });
  };
}

function createTeamRoutes(deps: OrganizationRouteDeps): FastifyPluginAsyncZod {
  const { teams } = deps;
  const path = `${PATH}/:organization/teams`;
  return async (app) => {
    const params = z.object({ organization: name });
    const list = { params, querystring: pageQuery, response: { 200: pageOf(teamSchema) } };
    app.get(path, { config, schema: list }, async (request) => {
      const { last, limit } = request.query;
      const found = await enter(deps, request, "team.read");
      const page = await teams.list(found, { last, limit: limit + 1 });
      return toPage(page.map(toTeam), limit, (one) => one.name);
    });
    const create = { params, body: newTeam, response: { 201: teamSchema } };
    app.post(path, { config, schema: create }, async (request, reply) => {
      const found = await enter(deps, request, "team.manage");
      const made = await teams.create(found, { ...request.body, ...callerOf(request) });
      return reply.code(201).send(toTeam(made));
    });
    const one = z.object({ organization: name, team: name });
    const get = { params: one, response: { 200: teamSchema } };
    app.get(`${path}/:team`, { config, schema: get }, async (request) => {
      const { team } = await enterTeam(deps, request, "team.read");
      return toTeam(team);
    });
    const patch = { params: one, body: teamChange, response: { 200: teamSchema } };
    app.patch(`${path}/:team`, { config, schema: patch }, async (request) => {
      const { found, team } = await enterTeam(deps, request, "team.manage");
      return toTeam(await teams.change(found, { team, ...request.body, ...callerOf(request) }));
    });
    const remove = { params: one, response: { 204: nothing } };
    app.delete(`${path}/:team`, { config, schema: remove }, async (request, reply) => {
      const { found, team } = await enterTeam(deps, request, "team.manage");
      await teams.remove(found, { team, ...callerOf(request) });
      return reply.code(204).send(null);
    });
  };
}

function createTeamMemberRoutes(deps: OrganizationRouteDeps): FastifyPluginAsyncZod {
  const { teams, accounts } = deps;
  const path = `${PATH}/:organization/teams/:team/members`;
  return async (app) => {
    const params = z.object({ organization: name, team: name });
    const list = { params, querystring: pageQuery, response: { 200: pageOf(z.string()) } };
    app.get(path, { config, schema: list }, async (request) => {
      const { last, limit } = request.query;
      const { team } = await enterTeam(deps, request, "team.read");
      const names = await teams.listMembers(team, { last, limit: limit + 1 });
      return toPage(names, limit, (one) => one);
    });
    const one = z.object({ organization: name, team: name, user: name });
    const schema = { params: one, response: { 204: nothing } };
    app.put(`${path}/:user`, { config, schema }, async (request, reply) => {
      const { found, team } = await enterTeam(deps, request, "team.manage");
      const account = await accounts.get(request.params.user);
      await teams.addMember(found, { team, account, ...callerOf(request) });
      return reply.code(204).send(null);
    });
    app.delete(`${path}/:user`, { config, schema }, async (request, reply) => {
      const { found, team } = await enterTeam(deps, request, "team.manage");
      const account = await accounts.get(request.params.user);
      await teams.removeMember(found, { team, account, ...callerOf(request) });
      return reply.code(204).send(null);
    });
  };
}

type OrganizationRequest = FastifyRequest & { readonly params: { readonly organization: string } };

/** The organization that the address names, for whoever may what is needed. Throws NOT_FOUND or DENIED. */
async function enter(
  { authority }: Pick<OrganizationRouteDeps, "authority">,
  request: OrganizationRequest,
  need: Need,
): Promise<Organization> {
  return await authority.getOrganization(callerOf(request), request.params.organization, need);
}

/** The same, with one of its teams. */
async function enterTeam(
  deps: Pick<OrganizationRouteDeps, "authority" | "teams">,
  request: OrganizationRequest & { readonly params: { readonly team: string } },
  need: Need,
): Promise<{ readonly found: Organization; readonly team: Team }> {
  const found = await enter(deps, request, need);
  return { found, team: await deps.teams.get(found, request.params.team) };
}

function toBody({ name: known, fullName, createdAt }: Organization) {
  return { name: known, fullName, createdAt: createdAt.toISOString() };
}

function toMember({ name: known, role, joinedAt }: Member) {
  return { name: known, role: role.name, joinedAt: joinedAt.toISOString() };
}

function toTeam({ name: known, description, members }: Team) {
  return { name: known, description, members };
}
