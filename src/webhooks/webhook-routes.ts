import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import {
  deliveryPage,
  deliveryQuery,
  type delivery as deliverySchema,
  newWebhook,
  replay,
  replayed,
  WEBHOOKS_PATH,
  webhookChange,
  webhookList,
  webhook as webhookSchema,
} from "../contract/webhooks.ts";
import type { Namespace, NamespaceId } from "../namespaces/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import type { Delivery, Webhook } from "./tables.ts";
import type { Webhooks, WebhookTarget } from "./webhooks.ts";

export interface WebhookRouteDeps {
  readonly webhooks: Webhooks;
  /** Hold the caller to the rights that everything else is held to; throw NOT_FOUND or DENIED. */
  readonly authority: {
    getRepository(caller: Caller, name: string, action: "admin"): Promise<Repository>;
    getNamespace(caller: Caller, name: string, need: "webhook.manage"): Promise<Namespace>;
  };
  readonly findRepositoryName: (id: RepositoryId) => Promise<string | undefined>;
  readonly findNamespaceName: (id: NamespaceId) => Promise<string>;
}

const config = { access: "account" } as const;
const word = z.string().max(255);
const nothing = z.null();
const params = z.object({ id: z.string().max(64) });

/** Webhooks: for administrators of a repository, owners of a namespace, and administrators of the hub. */
export function createWebhookRoutes(deps: WebhookRouteDeps): FastifyPluginAsyncZod {
  const { webhooks } = deps;
  return async (app) => {
    const target = z.strictObject({ repository: word.optional(), namespace: word.optional() });
    const list = { querystring: target, response: { 200: webhookList } };
    app.get(WEBHOOKS_PATH, { config, schema: list }, async (request) => {
      const found = await targetOf(deps, callerOf(request), request.query);
      const items = await webhooks.list(found);
      return { items: items.map((hook) => toBody(hook, found)) };
    });
    const create = { body: newWebhook, response: { 201: webhookSchema } };
    app.post(WEBHOOKS_PATH, { config, schema: create }, async (request, reply) => {
      const caller = callerOf(request);
      const { repository, namespace, ...wish } = request.body;
      const found = await targetOf(deps, caller, { repository, namespace });
      const made = await webhooks.create(found, { ...wish, ...caller });
      return reply.code(201).send(toBody(made, found));
    });
    const get = { params, response: { 200: webhookSchema } };
    app.get(`${WEBHOOKS_PATH}/:id`, { config, schema: get }, async (request) => {
      const { hook, target: found } = await getOwn(deps, callerOf(request), request.params.id);
      return toBody(hook, found);
    });
    const patch = { params, body: webhookChange, response: { 204: nothing } };
    app.patch(`${WEBHOOKS_PATH}/:id`, { config, schema: patch }, async (request, reply) => {
      const caller = callerOf(request);
      const { hook, target: found } = await getOwn(deps, caller, request.params.id);
      await webhooks.setActive(hook, { ...request.body, target: found, ...caller });
      return reply.code(204).send(null);
    });
    const remove = { params, response: { 204: nothing } };
    app.delete(`${WEBHOOKS_PATH}/:id`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const { hook, target: found } = await getOwn(deps, caller, request.params.id);
      await webhooks.remove(hook, { target: found, ...caller });
      return reply.code(204).send(null);
    });
    await app.register(createDeliveryRoutes(deps));
  };
}

function createDeliveryRoutes(deps: WebhookRouteDeps): FastifyPluginAsyncZod {
  const { webhooks } = deps;
  return async (app) => {
    const ping = { params, response: { 202: nothing } };
    app.post(`${WEBHOOKS_PATH}/:id/ping`, { config, schema: ping }, async (request, reply) => {
      const { hook } = await getOwn(deps, callerOf(request), request.params.id);
      await webhooks.ping(hook);
      return reply.code(202).send(null);
    });
    const list = { params, querystring: deliveryQuery, response: { 200: deliveryPage } };
    app.get(`${WEBHOOKS_PATH}/:id/deliveries`, { config, schema: list }, async (request) => {
      const { hook } = await getOwn(deps, callerOf(request), request.params.id);
      const { before, limit } = request.query;
      const found = await webhooks.listDeliveries(hook, { before, limit: limit + 1 });
      const items = found.slice(0, limit).map(toDelivery);
      const last = items.at(-1);
      return found.length > limit && last !== undefined ? { items, next: last.id } : { items };
    });
    const replaying = { params, body: replay, response: { 202: replayed } };
    app.post(
      `${WEBHOOKS_PATH}/:id/replay`,
      { config, schema: replaying },
      async (request, reply) => {
        const caller = callerOf(request);
        const { hook, target } = await getOwn(deps, caller, request.params.id);
        const { since } = request.body;
        const wish = { since: since === undefined ? undefined : new Date(since), target };
        return reply.code(202).send({ sent: await webhooks.replay(hook, { ...wish, ...caller }) });
      },
    );
    const one = params.extend({ delivery: z.coerce.number().int() });
    const again = { params: one, response: { 202: nothing } };
    const path = `${WEBHOOKS_PATH}/:id/deliveries/:delivery/redeliver`;
    app.post(path, { config, schema: again }, async (request, reply) => {
      const { hook } = await getOwn(deps, callerOf(request), request.params.id);
      await webhooks.redeliver(hook, request.params.delivery);
      return reply.code(202).send(null);
    });
  };
}

export async function targetOf(
  { authority }: WebhookRouteDeps,
  caller: Caller,
  wish: { repository?: string | undefined; namespace?: string | undefined },
): Promise<WebhookTarget> {
  if (wish.repository !== undefined && wish.namespace !== undefined) {
    const detail = "say either a repository or a namespace";
    throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
  }
  if (wish.repository !== undefined) {
    const { id, name } = await authority.getRepository(caller, wish.repository, "admin");
    return { namespaceId: undefined, repositoryId: id, name };
  }
  if (wish.namespace !== undefined) {
    const { id, name } = await authority.getNamespace(caller, wish.namespace, "webhook.manage");
    return { namespaceId: id, repositoryId: undefined, name };
  }
  const { role, credential } = caller.by;
  if (role === "administrator" && credential?.permits === undefined)
    return { namespaceId: undefined, repositoryId: undefined, name: "" };
  const detail =
    "webhooks of the whole hub are for its administrators; name a repository or a namespace";
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}

/** Throws NOT_FOUND for another's hook as for none. */
export async function getOwn(
  deps: WebhookRouteDeps,
  caller: Caller,
  id: string,
): Promise<{ hook: Webhook; target: WebhookTarget }> {
  const hook = await deps.webhooks.get(id);
  const { repositoryId, namespaceId } = hook;
  const wish = {
    repository: repositoryId && (await deps.findRepositoryName(repositoryId)),
    namespace: namespaceId && (await deps.findNamespaceName(namespaceId)),
  };
  try {
    return { hook, target: await targetOf(deps, caller, wish) };
  } catch (cause) {
    if (!(cause instanceof ProblemError)) throw cause;
    throw new ProblemError(PROBLEMS.NOT_FOUND, { cause });
  }
}

function toBody(hook: Webhook, target: WebhookTarget): z.input<typeof webhookSchema> {
  const { id, label, url, format, events, repositories, tags, createdBy, isActive } = hook;
  return {
    id,
    ...(hook.repositoryId === undefined ? {} : { repository: target.name }),
    ...(hook.namespaceId === undefined ? {} : { namespace: target.name }),
    label,
    url,
    format,
    events: [...events],
    ...(repositories === undefined ? {} : { repositories }),
    ...(tags === undefined ? {} : { tags }),
    isSigned: hook.sealedSecret !== undefined,
    ...(hook.template === undefined ? {} : { template: hook.template }),
    createdBy,
    createdAt: hook.createdAt.toISOString(),
    isActive,
  };
}

function toDelivery(one: Delivery): z.input<typeof deliverySchema> {
  const { id, event, state, attempts, contentType, body, status, answer, endedAt } = one;
  const { callback } = one;
  return {
    id,
    event,
    about: one.orderingKey,
    state,
    attempts,
    createdAt: one.createdAt.toISOString(),
    dueAt: one.dueAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
    ...(status === undefined ? {} : { status }),
    contentType,
    body,
    ...(answer === undefined ? {} : { answer }),
    ...(callback === undefined ? {} : { callback: JSON.parse(callback) }),
  };
}
