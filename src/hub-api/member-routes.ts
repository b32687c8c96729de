import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import type { Accounts } from "../accounts/index.ts";
import { findMembers } from "../catalog/index.ts";
import { toCsvRow } from "../lib/csv.ts";
import {
  type Authority,
  nameOfInvitee,
  type OrganizationInvitations,
  type Organizations,
  type OrganizationTables,
} from "../organizations/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { envelope, hubPage, type PageWish, sliceOf } from "./pages.ts";
import { HUB_ROLES, roleOf, toHubInvitee, toHubMember } from "./people.ts";

export interface HubMemberDeps {
  readonly people: Kysely<OrganizationTables>;
  readonly accounts: Accounts;
  readonly organizations: Organizations;
  readonly organizationInvitations: OrganizationInvitations;
  readonly authority: Authority;
}

const config = { access: "account" } as const;
const sensitive = { access: "account", isSensitive: true } as const;
const word = z.string().max(255);
const params = z.object({ organization: word });
const hubRole = z.enum(["owner", "editor", "member"]);
const PATH = "/v2/orgs/:organization/members";
const EXPORT_BATCH = 500;
const EXPORT_HEAD = [
  "Name",
  "Username",
  "Email",
  "Type",
  "Permission/Role",
  "Teams",
  "Date Joined",
] as const;

/** The people of an organization. */
export function createHubMemberRoutes(deps: HubMemberDeps): FastifyPluginAsyncZod {
  const { people, accounts, organizations, authority } = deps;
  return async (app) => {
    const query = z.object({
      ...hubPage,
      search: word.optional(),
      role: hubRole.optional(),
      type: z.enum(["all", "invitee", "member"]).optional(),
      invites: z.string().max(8).optional(),
    });
    app.get(PATH, { config, schema: { params, querystring: query } }, async (request) => {
      const wish = { ...request.query, organization: request.params.organization };
      return envelope(request, request.query, await findPage(deps, callerOf(request), wish));
    });
    app.get(`${PATH}/export`, { config, schema: { params } }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await authority.getOrganization(
        caller,
        request.params.organization,
        "member.manage",
      );
      const lines = [toCsvRow(EXPORT_HEAD)];
      for (let offset = 0; ; offset += EXPORT_BATCH) {
        const wish = { organization: found.id, offset, limit: EXPORT_BATCH };
        const { members } = await findMembers(people, wish);
        lines.push(...members.map((member) => toLine(toHubMember(member))));
        if (members.length < EXPORT_BATCH) break;
      }
      const invited = await deps.organizationInvitations.listPending(found);
      lines.push(...invited.map((one) => toLine(toHubInvitee(one))));
      reply.header("Content-Disposition", `attachment; filename="${found.name}-members.csv"`);
      return reply.type("text/csv; charset=utf-8").send(lines.join(""));
    });
    const one = params.extend({ user: word });
    const change = { params: one, body: z.object({ role: hubRole }) };
    app.put(`${PATH}/:user`, { config: sensitive, schema: change }, async (request) => {
      const caller = callerOf(request);
      const found = await authority.getOrganization(
        caller,
        request.params.organization,
        "member.manage",
      );
      const account = await accounts.get(request.params.user);
      const role = HUB_ROLES[request.body.role];
      await organizations.putMember(found, { account, role, ...caller });
      const wish = { organization: found.id, account: account.id, offset: 0, limit: 1 };
      const { members } = await findMembers(people, wish);
      return members.map(toHubMember)[0];
    });
    app.delete(`${PATH}/:user`, { config, schema: { params: one } }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await authority.getOrganization(
        caller,
        request.params.organization,
        "member.manage",
      );
      const account = await accounts.get(request.params.user);
      await organizations.removeMember(found, { account, ...caller });
      return reply.code(204).send();
    });
  };
}

function toLine(person: ReturnType<typeof toHubMember | typeof toHubInvitee>): string {
  const { full_name: name, username, email, type, role, groups, date_joined: joined } = person;
  return toCsvRow([name, username, email, type, role, groups.join(", "), joined]);
}

interface MemberQuery extends PageWish {
  readonly search?: string | undefined;
  readonly role?: z.output<typeof hubRole> | undefined;
  readonly type?: "all" | "invitee" | "member" | undefined;
  readonly invites?: string | undefined;
}

/** Members in the order of their names, and behind them whoever is invited, where they are asked for. */
async function findPage(
  deps: HubMemberDeps,
  caller: Caller,
  wish: MemberQuery & { readonly organization: string },
) {
  const { type = wish.invites === "true" ? "all" : "member" } = wish;
  // Who is invited is for those who manage the people, as their addresses are.
  const need = type === "member" ? "member.read" : "member.manage";
  const { id, name } = await deps.authority.getOrganization(caller, wish.organization, need);
  const { offset, limit } = sliceOf(wish);
  const { count, members } = await findMembers(deps.people, {
    ...{ organization: id, holding: wish.search, role: wish.role && HUB_ROLES[wish.role] },
    ...(type === "invitee" ? { offset: 0, limit: 1 } : { offset, limit }),
  });
  const listed = type === "invitee" ? { count: 0, members: [] } : { count, members };
  const invited = type === "member" ? [] : await findInvited(deps, { ...wish, id });
  const from = Math.max(0, offset - listed.count);
  const rest = invited.slice(from, from + limit - listed.members.length);
  const showsAll = await maySeeAddresses(deps, caller, name);
  const shown = showsAll
    ? listed.members
    : listed.members.map((card) => ({ ...card, email: undefined }));
  return {
    count: listed.count + invited.length,
    results: [...shown.map(toHubMember), ...rest.map(toHubInvitee)],
  };
}

async function findInvited(
  { organizationInvitations }: HubMemberDeps,
  { id, search = "", role }: MemberQuery & Parameters<OrganizationInvitations["listPending"]>[0],
) {
  const text = search.toLowerCase();
  return (await organizationInvitations.listPending({ id })).filter(
    (one) =>
      nameOfInvitee(one.invitee).includes(text) &&
      (role === undefined || roleOf(one) === HUB_ROLES[role]),
  );
}

/** Addresses are for those who manage the people, not for everybody in the organization. */
async function maySeeAddresses(
  { authority }: HubMemberDeps,
  caller: Caller,
  organization: string,
): Promise<boolean> {
  try {
    await authority.getOrganization(caller, organization, "member.manage");
    return true;
  } catch (cause) {
    if (!(cause instanceof ProblemError)) throw cause;
    return false;
  }
}
