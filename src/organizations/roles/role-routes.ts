import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import {
  newOrganizationRole,
  organizationRole,
  organizationRoleChange,
} from "../../contract/roles.ts";
import type { Authority } from "../authority.ts";
import type { CountedRole, CustomRoles } from "./custom-roles.ts";

export interface RoleRouteDeps {
  readonly roles: CustomRoles;
  readonly authority: Authority;
}

const config = { access: "account" } as const;
const name = z.string().max(255);
const PATH = "/api/v1/organizations/:organization/roles";

/** What members of an organization can be: roles that all organizations have, and its own. */
export function createRoleRoutes({ roles, authority }: RoleRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const params = z.object({ organization: name });
    const list = { params, response: { 200: z.object({ items: z.array(organizationRole) }) } };
    app.get(PATH, { config, schema: list }, async (request) => {
      const caller = callerOf(request);
      const found = await authority.getOrganization(
        caller,
        request.params.organization,
        "role.read",
      );
      return { items: (await roles.list(found)).map(toBody) };
    });
    const create = { params, body: newOrganizationRole, response: { 201: organizationRole } };
    app.post(PATH, { config, schema: create }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await authority.getOrganization(
        caller,
        request.params.organization,
        "role.manage",
      );
      const made = await roles.create(found, { ...request.body, ...caller });
      return reply.code(201).send(toBody(made));
    });
    const one = z.object({ organization: name, role: name });
    const get = { params: one, response: { 200: organizationRole } };
    app.get(`${PATH}/:role`, { config, schema: get }, async (request) => {
      const caller = callerOf(request);
      const found = await authority.getOrganization(
        caller,
        request.params.organization,
        "role.read",
      );
      return toBody(await roles.get(found, request.params.role));
    });
    const patch = {
      params: one,
      body: organizationRoleChange,
      response: { 200: organizationRole },
    };
    app.patch(`${PATH}/:role`, { config, schema: patch }, async (request) => {
      const caller = callerOf(request);
      const found = await authority.getOrganization(
        caller,
        request.params.organization,
        "role.manage",
      );
      return toBody(await roles.change(found, request.params.role, { ...request.body, ...caller }));
    });
    const remove = { params: one, response: { 204: z.null() } };
    app.delete(`${PATH}/:role`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await authority.getOrganization(
        caller,
        request.params.organization,
        "role.manage",
      );
      await roles.remove(found, request.params.role, caller);
      return reply.code(204).send(null);
    });
  };
}

function toBody({ name: known, description, permissions, id, members }: CountedRole) {
  return {
    name: known,
    description,
    permissions: [...permissions],
    isBuiltIn: id === undefined,
    members,
  };
}
