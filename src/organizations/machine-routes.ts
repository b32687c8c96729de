import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import {
  createdMachine,
  machineChange,
  machine as machineSchema,
  newMachine,
  rotated,
  rotation,
} from "../contract/organizations.ts";
import type { Authority } from "./authority.ts";
import type { Machines } from "./machines.ts";
import type { Machine } from "./machines-store.ts";
import type { Organization } from "./organizations-store.ts";
import type { MachineKind } from "./tables.ts";

export interface MachineRouteDeps {
  readonly machines: Machines;
  readonly authority: Authority;
}

const config = { access: "account" } as const;
const sensitive = { access: "account", isSensitive: true } as const;
const name = z.string().max(255);
const nothing = z.null();

/** Organization tokens and robots, which have the same routes under two nouns. */
export function createMachineRoutes(deps: MachineRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    await app.register(createRoutes(deps, { noun: "tokens", kind: "organization token" }));
    await app.register(createRoutes(deps, { noun: "robots", kind: "robot" }));
  };
}

function createRoutes(
  { machines, authority }: MachineRouteDeps,
  { noun, kind }: { noun: string; kind: MachineKind },
): FastifyPluginAsyncZod {
  const path = `/api/v1/organizations/:organization/${noun}`;
  const params = z.object({ organization: name });
  const one = z.object({ organization: name, id: z.string().max(64) });
  const read = (caller: Caller, organization: string) =>
    authority.getOrganization(caller, organization, "machine.read");
  const manage = (caller: Caller, organization: string) =>
    authority.getOrganization(caller, organization, "machine.manage");
  return async (app) => {
    const list = { params, response: { 200: z.object({ items: z.array(machineSchema) }) } };
    app.get(path, { config, schema: list }, async (request) => {
      const caller = callerOf(request);
      const found = await read(caller, request.params.organization);
      const items = await machines.list(found, kind);
      return { items: items.map((item) => toBody(found, item)) };
    });
    const create = { params, body: newMachine, response: { 201: createdMachine } };
    app.post(path, { config: sensitive, schema: create }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await manage(caller, request.params.organization);
      const { expiresAt, ...wish } = request.body;
      const expiry = expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) };
      const made = await machines.create(found, { ...wish, ...expiry, kind, ...caller });
      return reply.code(201).send({ ...toBody(found, made), secret: made.secret });
    });
    const get = { params: one, response: { 200: machineSchema } };
    app.get(`${path}/:id`, { config, schema: get }, async (request) => {
      const caller = callerOf(request);
      const found = await read(caller, request.params.organization);
      return toBody(found, await machines.get(found, kind, request.params.id));
    });
    const patch = { params: one, body: machineChange, response: { 200: machineSchema } };
    app.patch(`${path}/:id`, { config: sensitive, schema: patch }, async (request) => {
      const caller = callerOf(request);
      const found = await manage(caller, request.params.organization);
      const machine = await machines.get(found, kind, request.params.id);
      return toBody(found, await machines.change(found, { machine, ...request.body, ...caller }));
    });
    const rotate = { params: one, body: rotation, response: { 200: rotated } };
    app.post(`${path}/:id/rotate`, { config: sensitive, schema: rotate }, async (request) => {
      const caller = callerOf(request);
      const found = await manage(caller, request.params.organization);
      const machine = await machines.get(found, kind, request.params.id);
      const overlapMs = request.body.overlapSeconds * 1000;
      return { secret: await machines.rotate(found, { machine, overlapMs, ...caller }) };
    });
    const remove = { params: one, response: { 204: nothing } };
    app.delete(`${path}/:id`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await manage(caller, request.params.organization);
      const machine = await machines.get(found, kind, request.params.id);
      await machines.remove(found, { machine, ...caller });
      return reply.code(204).send(null);
    });
  };
}

function toBody(organization: Organization, machine: Machine): z.input<typeof machineSchema> {
  const { id, kind, label, description, resources, createdBy, isActive } = machine;
  const { createdAt, expiresAt, lastUse, countsAsPull } = machine;
  return {
    id,
    label,
    user: kind === "robot" ? `${organization.name}+${label}` : organization.name,
    description,
    resources: resources.map((permit) => ({ ...permit, actions: [...permit.actions] })),
    createdBy,
    createdAt: createdAt.toISOString(),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    isActive,
    countsAsPull,
    ...(lastUse === undefined ? {} : { lastUse: { ...lastUse, at: lastUse.at.toISOString() } }),
  };
}
