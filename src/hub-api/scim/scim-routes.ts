import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import { findAccounts } from "../../catalog/index.ts";
import { toProblem } from "../../platform/http/api/index.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import { mayProvision } from "./scim-authenticator.ts";
import {
  MOST_USERS,
  SCIM_TYPE,
  SERVICE_PROVIDER_CONFIG,
  toList,
  toScimUser,
  USER_RESOURCE_TYPE,
  USER_SCHEMA,
  USER_SCHEMA_BODY,
  userChange,
  userWish,
} from "./scim-bodies.ts";
import { toCondition, toSortField } from "./scim-condition.ts";
import { ScimError } from "./scim-error.ts";
import { parseScimFilter } from "./scim-filter.ts";
import { createScimUsers, type ScimUserDeps } from "./scim-users.ts";

export interface ScimDeps extends ScimUserDeps, Pick<PublicAddress, "baseUrlOf"> {}

const config = { access: "account" } as const;
const sensitive = { access: "account", isSensitive: true } as const;
const BASE = "/v2/scim/2.0";
const word = z.string().max(255);
const number = (least: number) =>
  z
    .string()
    .optional()
    .transform((text) => Math.max(least, Math.floor(Number(text ?? "")) || least));

/** SCIM 2.0 as far as Docker Hub has it: identity providers add people and switch them off. */
export function createScimRoutes(deps: ScimDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.setErrorHandler(answerScimError);
    app.addContentTypeParser(
      SCIM_TYPE,
      { parseAs: "string" },
      app.getDefaultJsonParser("error", "error"),
    );
    app.addHook("preHandler", async (request) => assertMay(callerOf(request)));
    app.addHook("onSend", async (_request, reply) => {
      reply.type(SCIM_TYPE);
    });
    app.get(`${BASE}/ServiceProviderConfig`, { config }, () => SERVICE_PROVIDER_CONFIG);
    app.get(`${BASE}/ResourceTypes`, { config }, () => toList([USER_RESOURCE_TYPE]));
    app.get(`${BASE}/Schemas`, { config }, () => toList([USER_SCHEMA_BODY]));
    const byName = { params: z.object({ name: word }) };
    app.get(`${BASE}/ResourceTypes/:name`, { config, schema: byName }, (request) => {
      if (request.params.name === USER_RESOURCE_TYPE.id) return USER_RESOURCE_TYPE;
      throw new ScimError({ status: 404, detail: "there is only the resource type User" });
    });
    const byId = { params: z.object({ id: word }) };
    app.get(`${BASE}/Schemas/:id`, { config, schema: byId }, (request) => {
      if (request.params.id === USER_SCHEMA) return USER_SCHEMA_BODY;
      throw new ScimError({ status: 404, detail: `there is only the schema ${USER_SCHEMA}` });
    });
    await app.register(createUserRoutes(deps));
  };
}

function createUserRoutes(deps: ScimDeps): FastifyPluginAsyncZod {
  const users = createScimUsers(deps);
  return async (app) => {
    const querystring = z.object({
      startIndex: number(1),
      count: z
        .string()
        .optional()
        .transform((text) =>
          Math.min(MOST_USERS, Math.max(0, Math.floor(Number(text ?? 100)) || 0)),
        ),
      filter: z.string().max(2000).optional(),
      sortBy: word.optional(),
      sortOrder: z.enum(["ascending", "descending"]).default("ascending"),
    });
    app.get(`${BASE}/Users`, { config, schema: { querystring } }, async (request) => {
      const { startIndex, count: limit, filter, sortBy, sortOrder } = request.query;
      const { count, accounts } = await findAccounts(deps.everybody, {
        condition: filter ? toCondition(parseScimFilter(filter)) : undefined,
        sortBy: sortBy ? toSortField(sortBy) : "id",
        order: sortOrder === "descending" ? "desc" : "asc",
        offset: startIndex - 1,
        limit,
      });
      const base = deps.baseUrlOf(request.raw);
      const items = accounts.map((card) => toScimUser(card, base));
      return toList(items, { count, startIndex });
    });
    app.post(
      `${BASE}/Users`,
      { config: sensitive, schema: { body: userWish } },
      async (request, reply) => {
        const card = await users.create(request.body, callerOf(request));
        return reply.code(201).send(toScimUser(card, deps.baseUrlOf(request.raw)));
      },
    );
    const params = z.object({ id: word });
    app.get(`${BASE}/Users/:id`, { config, schema: { params } }, async (request) =>
      toScimUser(await users.get(request.params.id), deps.baseUrlOf(request.raw)),
    );
    const put = { params, body: userChange };
    app.put(`${BASE}/Users/:id`, { config: sensitive, schema: put }, async (request) => {
      const card = await users.change(request.params.id, request.body, callerOf(request));
      return toScimUser(card, deps.baseUrlOf(request.raw));
    });
  };
}

/** Throws ScimError (403). */
function assertMay({ by }: Caller): void {
  if (mayProvision(by)) return;
  const detail = "this takes the token that the hub's operator gave to the identity provider";
  throw new ScimError({ status: 403, detail });
}

function answerScimError(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  const refusal = toRefusal(error);
  if (refusal === undefined) throw error;
  const { status, detail, scimType } = refusal;
  const schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
  const type = scimType === undefined ? {} : { scimType };
  void reply
    .code(status)
    .type(SCIM_TYPE)
    .serializer(JSON.stringify)
    .send({ schemas, status: String(status), detail, ...type });
}

function toRefusal(error: unknown) {
  if (error instanceof ScimError)
    return { status: error.status, detail: error.message, scimType: error.scimType };
  const problem = toProblem(error);
  if (problem === undefined) return undefined;
  const { status, title, detail = title, errors = [] } = problem;
  const where = errors.map(({ at, message }) => `${at}: ${message}`).join("; ");
  const scimType = errors.length > 0 ? "invalidValue" : undefined;
  return { status, detail: where === "" ? detail : where, scimType };
}
