import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import type { Authority, Machine, Machines } from "../organizations/index.ts";
import { envelope, hubPage, sliceOf } from "./pages.ts";
import { resource, toPermits, toResources } from "./token-resources.ts";

export interface HubOrganizationTokenDeps {
  readonly machines: Machines;
  readonly authority: Authority;
}

const config = { access: "account" } as const;
const sensitive = { access: "account", isSensitive: true } as const;
const word = z.string().max(255);
const params = z.object({ organization: word });
const one = params.extend({ id: z.string().max(64) });
const PATH = "/v2/orgs/:organization/access-tokens";
const KIND = "organization token";
const label = z.string().min(1).max(100);
const resources = z.array(resource).min(1).max(100);
const newToken = z.object({
  label,
  description: z.string().max(500).nullish(),
  resources,
  expires_at: z.iso.datetime({ offset: true }).nullish(),
});
const tokenChange = z.object({
  label: label.optional(),
  description: z.string().max(500).nullish(),
  resources: resources.optional(),
  is_active: z.boolean().optional(),
});

/** Organization access tokens. */
export function createHubOrganizationTokenRoutes(
  deps: HubOrganizationTokenDeps,
): FastifyPluginAsyncZod {
  const { machines, authority } = deps;
  const read = (caller: Caller, organization: string) =>
    authority.getOrganization(caller, organization, "machine.read");
  const manage = (caller: Caller, organization: string) =>
    authority.getOrganization(caller, organization, "machine.manage");
  return async (app) => {
    const list = { params, querystring: z.object(hubPage) };
    app.get(PATH, { config, schema: list }, async (request) => {
      const caller = callerOf(request);
      const found = await read(caller, request.params.organization);
      const all = await machines.list(found, KIND);
      const { offset, limit } = sliceOf(request.query);
      const results = all.slice(offset, offset + limit).map(toBody);
      const { count: total, ...page } = envelope(request, request.query, {
        count: all.length,
        results,
      });
      return { total, ...page };
    });
    app.post(
      PATH,
      { config: sensitive, schema: { params, body: newToken } },
      async (request, reply) => {
        const caller = callerOf(request);
        const found = await manage(caller, request.params.organization);
        const { description, expires_at: expiry, ...wish } = request.body;
        const made = await machines.create(found, {
          kind: KIND,
          label: wish.label,
          description: description ?? undefined,
          resources: toPermits(wish.resources),
          expiresAt: expiry ? new Date(expiry) : undefined,
          ...caller,
        });
        return reply.code(201).send({ ...toWhole(made), token: made.secret });
      },
    );
    app.get(`${PATH}/:id`, { config, schema: { params: one } }, async (request) => {
      const caller = callerOf(request);
      const found = await read(caller, request.params.organization);
      return toWhole(await machines.get(found, KIND, request.params.id));
    });
    app.patch(
      `${PATH}/:id`,
      { config: sensitive, schema: { params: one, body: tokenChange } },
      async (request) => {
        const caller = callerOf(request);
        const found = await manage(caller, request.params.organization);
        const machine = await machines.get(found, KIND, request.params.id);
        const { description, resources: wished, is_active: isActive, ...rest } = request.body;
        const changed = await machines.change(found, {
          machine,
          ...rest,
          description: description ?? undefined,
          resources: wished && toPermits(wished),
          isActive,
          ...caller,
        });
        return toWhole(changed);
      },
    );
    app.delete(`${PATH}/:id`, { config, schema: { params: one } }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await manage(caller, request.params.organization);
      const machine = await machines.get(found, KIND, request.params.id);
      await machines.remove(found, { machine, ...caller });
      return reply.code(204).send();
    });
  };
}

function toBody({ id, label: shown, createdBy, isActive, createdAt, expiresAt, lastUse }: Machine) {
  return {
    id,
    label: shown,
    created_by: createdBy,
    is_active: isActive,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    last_used_at: lastUse?.at.toISOString() ?? null,
  };
}

function toWhole(machine: Machine) {
  return { ...toBody(machine), resources: toResources(machine.resources) };
}
