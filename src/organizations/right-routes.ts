import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf, type Journal } from "../access/index.ts";
import type { Accounts } from "../accounts/index.ts";
import {
  namespaceChange,
  newRight,
  right,
  rightKey,
  rightPage,
} from "../contract/organizations.ts";
import { pageOf, toPage } from "../contract/pages.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { type Namespace, setDefaultVisibility } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Authority } from "./authority.ts";
import type { Organizations } from "./organizations.ts";
import type { RightScope, Rights, RightWish } from "./rights.ts";
import type { GivenRight } from "./rights-store.ts";
import type { OrganizationTables } from "./tables.ts";
import type { Teams } from "./teams.ts";

export interface RightRouteDeps {
  readonly database: Database<OrganizationTables>;
  readonly accounts: Accounts;
  readonly organizations: Organizations;
  readonly teams: Teams;
  readonly rights: Rights;
  readonly authority: Authority;
  readonly journal: Journal;
}

type Key = z.output<typeof rightKey>;

const config = { access: "account" } as const;
const params = z.object({ namespace: z.string().max(255) });
const nothing = z.null();

/** Who was given what in a namespace: collaborators of a user, accounts and teams of an organization. */
export function createRightRoutes(deps: RightRouteDeps): FastifyPluginAsyncZod {
  const { authority, rights, database } = deps;
  const path = "/api/v1/namespaces/:namespace";
  return async (app) => {
    const patch = { params, body: namespaceChange, response: { 204: nothing } };
    app.patch(path, { config, schema: patch }, async (request, reply) => {
      const caller = callerOf(request);
      const {
        id,
        name,
        defaultVisibility: former,
      } = await authority.getNamespace(caller, request.params.namespace, "organization.settings");
      const { defaultVisibility } = request.body;
      await database.write(async (trx) => {
        await setDefaultVisibility(trx, id, defaultVisibility);
        const deed = {
          ...caller,
          action: "repo.default_visibility.update" as const,
          account: name,
          name,
        };
        const before = { defaultVisibility: former };
        await deps.journal.record(trx, { ...deed, before, after: { defaultVisibility } });
      });
      return reply.code(204).send(null);
    });
    const list = { params, querystring: rightPage, response: { 200: pageOf(right) } };
    app.get(`${path}/rights`, { config, schema: list }, async (request) => {
      const caller = callerOf(request);
      const namespace = await authority.getNamespace(
        caller,
        request.params.namespace,
        "right.read",
      );
      const { last: after = 0, limit } = request.query;
      const found = await rights.list(namespace, { after, limit: limit + 1 });
      const page = toPage(found, limit, ({ id }) => String(id));
      return { ...page, items: page.items.map(toBody) };
    });
    const put = { params, body: newRight, response: { 204: nothing } };
    app.put(`${path}/rights`, { config, schema: put }, async (request, reply) => {
      const caller = callerOf(request);
      const { actions, tags, createOnly, ...key } = request.body;
      const { namespace, ...what } = await readKey(deps, request.params.namespace, { key, caller });
      await rights.give(namespace, { ...what, actions, tags, createOnly, ...caller });
      return reply.code(204).send(null);
    });
    const remove = { params, querystring: rightKey, response: { 204: nothing } };
    app.delete(`${path}/rights`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const asked = { key: request.query, caller };
      const { namespace, ...what } = await readKey(deps, request.params.namespace, asked);
      await rights.take(namespace, { ...what, ...caller });
      return reply.code(204).send(null);
    });
  };
}

async function readKey(
  deps: RightRouteDeps,
  name: string,
  { key, caller }: { key: Key; caller: Caller },
): Promise<{ namespace: Namespace } & Pick<RightWish, "subject" | "scope">> {
  const namespace = await deps.authority.getNamespace(caller, name, "right.manage");
  const scope = await readScope(deps, { namespace, key, caller });
  return { namespace, scope, subject: await readSubject(deps, namespace, key) };
}

async function readScope(
  { authority }: RightRouteDeps,
  asked: { namespace: Namespace; key: Key; caller: Caller },
): Promise<RightScope> {
  const { repository, pattern } = asked.key;
  if (pattern !== undefined && repository === undefined) return { pattern };
  if (repository === undefined || pattern !== undefined) {
    const detail = "say either one repository or a pattern";
    throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
  }
  const found = await authority.getRepository(asked.caller, repository, "pull");
  if (found.namespaceId !== asked.namespace.id) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return { repository: found };
}

/** Throws NOT_FOUND or NAME_INVALID. */
export async function readSubject(
  { accounts, organizations, teams }: RightRouteDeps,
  namespace: Namespace,
  key: Pick<Key, "account" | "team">,
): Promise<RightWish["subject"]> {
  if (key.account !== undefined && key.team === undefined) {
    const { id, name } = await accounts.get(key.account);
    return { kind: "account", id, name };
  }
  if (key.team === undefined || key.account !== undefined) {
    const detail = "say either one account or one team";
    throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
  }
  if (namespace.kind === "user") {
    const detail = `${namespace.name} is a user, and teams are of organizations: name accounts`;
    throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
  }
  const { id, name } = await teams.get(await organizations.get(namespace.name), key.team);
  return { kind: "team", id, name };
}

function toBody(given: GivenRight): z.input<typeof right> {
  const { subject, target, repositoryName = "", actions, tags, createOnly } = given;
  return {
    [subject.kind]: subject.name,
    ...(target.repository === 0 ? { pattern: target.pattern } : { repository: repositoryName }),
    actions: [...actions],
    ...(tags === undefined ? {} : { tags }),
    createOnly,
  };
}
