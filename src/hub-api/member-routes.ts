import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import type { Accounts } from "../accounts/index.ts";
import { findMembers } from "../catalog/index.ts";
import { toCsvRow } from "../lib/csv.ts";
import type { Authority, Organizations, OrganizationTables } from "../organizations/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { envelope, hubPage, type PageWish, sliceOf } from "./pages.ts";
import { HUB_ROLES, toHubMember } from "./people.ts";

export interface HubMemberDeps {
  readonly people: Kysely<OrganizationTables>;
  readonly accounts: Accounts;
  readonly organizations: Organizations;
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
    const query = z.object({ ...hubPage, search: word.optional(), role: hubRole.optional() });
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
        for (const member of members.map(toHubMember)) {
          const { full_name: name, username, email, type, role, groups } = member;
          const joined = member.date_joined;
          lines.push(toCsvRow([name, username, email, type, role, groups.join(", "), joined]));
        }
        if (members.length < EXPORT_BATCH) break;
      }
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

async function findPage(
  deps: HubMemberDeps,
  caller: Caller,
  wish: PageWish & {
    readonly organization: string;
    readonly search?: string | undefined;
    readonly role?: z.output<typeof hubRole> | undefined;
  },
) {
  const { id, name } = await deps.authority.getOrganization(
    caller,
    wish.organization,
    "member.read",
  );
  const { count, members } = await findMembers(deps.people, {
    organization: id,
    holding: wish.search,
    role: wish.role && HUB_ROLES[wish.role],
    ...sliceOf(wish),
  });
  const showsAll = await maySeeAddresses(deps, caller, name);
  const shown = showsAll ? members : members.map((card) => ({ ...card, email: undefined }));
  return { count, results: shown.map(toHubMember) };
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
