import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import {
  account,
  accountChange,
  newAccount,
  newPassword,
  userImport,
  userImportReport,
} from "../contract/accounts.ts";
import { pageOf, pageQuery, toPage } from "../contract/pages.ts";
import { toAccountBody } from "./account-routes.ts";
import type { Accounts } from "./accounts.ts";

const config = { access: "operate" } as const;
const sensitive = { access: "operate", isSensitive: true } as const;
const params = z.object({ name: z.string().max(255) });
const nothing = z.null();

/** What administrators do with other people's accounts. */
export function createUserRoutes({ accounts }: { accounts: Accounts }): FastifyPluginAsyncZod {
  const path = "/api/v1/users";
  return async (app) => {
    const list = { querystring: pageQuery, response: { 200: pageOf(account) } };
    app.get(path, { config, schema: list }, async (request) => {
      const { last, limit } = request.query;
      const found = await accounts.list({ last, limit: limit + 1 });
      return toPage(found.map(toAccountBody), limit, ({ name }) => name);
    });
    const create = { body: newAccount, response: { 201: account } };
    app.post(path, { config: sensitive, schema: create }, async (request, reply) => {
      const made = await accounts.create(request.body, callerOf(request));
      return reply.code(201).send(toAccountBody(made));
    });
    const batch = { body: userImport, response: { 200: userImportReport } };
    app.post(`${path}/import`, { config: sensitive, schema: batch }, async (request) => ({
      items: [...(await accounts.importUsers(request.body.users, callerOf(request)))],
    }));
    const get = { params, response: { 200: account } };
    app.get(`${path}/:name`, { config, schema: get }, async (request) =>
      toAccountBody(await accounts.get(request.params.name)),
    );
    const patch = { params, body: accountChange, response: { 200: account } };
    app.patch(`${path}/:name`, { config: sensitive, schema: patch }, async (request) => {
      const found = await accounts.get(request.params.name);
      return toAccountBody(await accounts.change(found, { ...request.body, ...callerOf(request) }));
    });
    const password = { params, body: newPassword, response: { 204: nothing } };
    app.post(
      `${path}/:name/password`,
      { config: sensitive, schema: password },
      async (request, reply) => {
        const found = await accounts.get(request.params.name);
        await accounts.setPassword(found, { ...request.body, ...callerOf(request) });
        return reply.code(204).send(null);
      },
    );
    const remove = { params, response: { 204: nothing } };
    app.delete(`${path}/:name`, { config: sensitive, schema: remove }, async (request, reply) => {
      await accounts.remove(await accounts.get(request.params.name), callerOf(request));
      return reply.code(204).send(null);
    });
  };
}
