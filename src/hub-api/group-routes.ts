import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import type { Accounts } from "../accounts/index.ts";
import { countTeams, findMembers, findTeamName, listTeamCards } from "../catalog/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { findNamespace, type NamespaceName } from "../namespaces/index.ts";
import type {
  Authority,
  Need,
  Organization,
  OrganizationTables,
  Rights,
  Team,
  Teams,
} from "../organizations/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { envelope, hubPage, sliceOf } from "./pages.ts";
import { hubId, toHubMember } from "./people.ts";
import { nameOf } from "./repository-routes.ts";

export interface HubGroupDeps {
  readonly people: Kysely<OrganizationTables>;
  readonly accounts: Accounts;
  readonly teams: Teams;
  readonly rights: Rights;
  readonly authority: Authority;
}

const config = { access: "account" } as const;
const word = z.string().max(255);
const params = z.object({ organization: word });
const one = params.extend({ group: word });
const PATH = "/v2/orgs/:organization/groups";
const PERMISSIONS = { read: "pull", write: "push", admin: "admin" } as const;

/** Teams, which Docker Hub's API calls groups. */
export function createHubGroupRoutes(deps: HubGroupDeps): FastifyPluginAsyncZod {
  const { people, teams, authority } = deps;
  return async (app) => {
    const query = z.object({ ...hubPage, search: word.optional() });
    app.get(PATH, { config, schema: { params, querystring: query } }, async (request) => {
      const caller = callerOf(request);
      const { organization } = request.params;
      const found = await authority.getOrganization(caller, organization, "team.read");
      const wish = { organization: found.id, holding: request.query.search };
      const [count, cards] = [
        await countTeams(people, wish),
        await listTeamCards(people, { ...wish, ...sliceOf(request.query) }),
      ];
      return envelope(request, request.query, { count, results: cards.map(toGroup) });
    });
    const newGroup = z.object({
      name: z.string().max(64),
      description: z.string().max(500).nullish(),
    });
    app.post(PATH, { config, schema: { params, body: newGroup } }, async (request, reply) => {
      const caller = callerOf(request);
      const { organization } = request.params;
      const found = await authority.getOrganization(caller, organization, "team.manage");
      const { name, description } = request.body;
      const made = await teams.create(found, {
        name,
        description: description ?? undefined,
        ...caller,
      });
      return reply.code(201).send(toGroup(made));
    });
    app.get(`${PATH}/:group`, { config, schema: { params: one } }, async (request) => {
      const { team } = await find(deps, callerOf(request), {
        ...request.params,
        need: "team.read",
      });
      return toGroup(team);
    });
    const change = z.object({
      name: z.string().max(64).optional(),
      description: z.string().max(500).nullish(),
    });
    const schema = { params: one, body: change };
    app.route({
      method: ["PUT", "PATCH"],
      url: `${PATH}/:group`,
      config,
      schema,
      handler: async (request) => {
        const caller = callerOf(request);
        const wish = { ...request.params, need: "team.manage" } as const;
        const { organization, team } = await find(deps, caller, wish);
        const { name, description } = request.body;
        const changed = { team, name, description: description ?? undefined, ...caller };
        return toGroup(await teams.change(organization, changed));
      },
    });
    app.delete(`${PATH}/:group`, { config, schema: { params: one } }, async (request, reply) => {
      const caller = callerOf(request);
      const wish = { ...request.params, need: "team.manage" } as const;
      const { organization, team } = await find(deps, caller, wish);
      await teams.remove(organization, { team, ...caller });
      return reply.code(204).send();
    });
    await app.register(createGroupMemberRoutes(deps));
    await app.register(createGroupRightRoutes(deps));
  };
}

function createGroupMemberRoutes(deps: HubGroupDeps): FastifyPluginAsyncZod {
  const { people, accounts, teams } = deps;
  const path = `${PATH}/:group/members`;
  return async (app) => {
    const query = z.object({ ...hubPage, search: word.optional() });
    app.get(path, { config, schema: { params: one, querystring: query } }, async (request) => {
      const caller = callerOf(request);
      const { organization, team } = await find(deps, caller, {
        ...request.params,
        need: "team.read",
      });
      const { count, members } = await findMembers(people, {
        organization: organization.id,
        team: team.id,
        holding: request.query.search,
        ...sliceOf(request.query),
      });
      return envelope(request, request.query, { count, results: members.map(toHubMember) });
    });
    const body = z.object({ member: word });
    app.post(path, { config, schema: { params: one, body } }, async (request) => {
      const caller = callerOf(request);
      const wish = { ...request.params, need: "team.manage" } as const;
      const { organization, team } = await find(deps, caller, wish);
      const account = await accounts.get(request.body.member);
      await teams.addMember(organization, { team, account, ...caller });
      return toGroup(await teams.get(organization, team.name));
    });
    const member = one.extend({ user: word });
    app.delete(`${path}/:user`, { config, schema: { params: member } }, async (request, reply) => {
      const caller = callerOf(request);
      const wish = { ...request.params, need: "team.manage" } as const;
      const { organization, team } = await find(deps, caller, wish);
      const account = await accounts.get(request.params.user);
      await teams.removeMember(organization, { team, account, ...caller });
      return reply.code(204).send();
    });
  };
}

/** A group's right to one repository. */
function createGroupRightRoutes(deps: HubGroupDeps): FastifyPluginAsyncZod {
  const { people, rights, authority } = deps;
  return async (app) => {
    const repository = z.object({ namespace: word, repository: word });
    const body = z.object({
      group_id: z.coerce.number().int().positive(),
      permission: z.enum(["read", "write", "admin"]),
    });
    const path = "/v2/repositories/:namespace/:repository/groups";
    app.post(path, { config, schema: { params: repository, body } }, async (request) => {
      const caller = callerOf(request);
      const found = await authority.getRepository(caller, nameOf(request.params), "pull");
      const organization = await authority.getOrganization(
        caller,
        request.params.namespace,
        "right.manage",
      );
      const { group_id: id, permission } = request.body;
      const name = await findTeamName(people, { organization: organization.id, id });
      const namespace = await findNamespace(people, organization.name as NamespaceName);
      if (name === undefined || namespace === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      await rights.give(namespace, {
        subject: { kind: "team", id, name },
        scope: { repository: found },
        actions: [PERMISSIONS[permission]],
        ...caller,
      });
      return { group_name: name, permission, group_id: id };
    });
  };
}

/** Throws NOT_FOUND or DENIED. */
async function find(
  { authority, teams }: HubGroupDeps,
  caller: Caller,
  wish: { readonly organization: string; readonly group: string; readonly need: Need },
): Promise<{ readonly organization: Organization; readonly team: Team }> {
  const organization = await authority.getOrganization(caller, wish.organization, wish.need);
  return { organization, team: await teams.get(organization, wish.group) };
}

function toGroup({ id, name, description, members }: Team) {
  return { id, uuid: hubId("team", id), name, description, member_count: members };
}
