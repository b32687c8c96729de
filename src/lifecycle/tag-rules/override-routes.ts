import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import { newTagOverride, TAG_OVERRIDES_PATH, tagOverride } from "../../contract/tag-rules.ts";
import type { TagOverride } from "./overrides-store.ts";
import { parseTagName } from "./rule-change.ts";
import type { TagOverrides } from "./tag-overrides.ts";
import type { TagRuleRouteDeps } from "./tag-rule-routes.ts";

const config = { access: "account" } as const;
const params = z.object({ id: z.string().max(64) });
/** Names hold slashes: everything after the path is one. */
const named = z.object({ "*": z.string().max(255) });

/** Exceptions from immutable tags, for admins of their repositories. */
export function createTagOverrideRoutes(
  deps: Pick<TagRuleRouteDeps, "getRepository"> & { readonly overrides: TagOverrides },
): FastifyPluginAsyncZod {
  const { overrides, getRepository } = deps;
  return async (app) => {
    const list = { params: named, response: { 200: z.object({ items: z.array(tagOverride) }) } };
    app.get(`${TAG_OVERRIDES_PATH}/of/*`, { config, schema: list }, async (request) => {
      const found = await getRepository(callerOf(request), request.params["*"], "admin");
      const items = await overrides.list(found);
      return { items: items.map((item) => toBody(item, found.name)) };
    });
    const post = { body: newTagOverride, response: { 201: tagOverride } };
    app.post(TAG_OVERRIDES_PATH, { config, schema: post }, async (request, reply) => {
      const caller = callerOf(request);
      const { repository, tag, seconds, ...wish } = request.body;
      const found = await getRepository(caller, repository, "admin");
      const whole = { ...wish, tag: parseTagName(tag), lastsMs: seconds * 1000 };
      const asked = await overrides.ask(found, whole, caller);
      return reply.code(201).send(toBody(asked, found.name));
    });
    const approve = { params, response: { 200: tagOverride } };
    app.post(`${TAG_OVERRIDES_PATH}/:id/approve`, { config, schema: approve }, async (request) => {
      const { override, name } = await overrides.approve(request.params.id, callerOf(request));
      return toBody(override, name);
    });
    const remove = { params, response: { 204: z.null() } };
    app.delete(`${TAG_OVERRIDES_PATH}/:id`, { config, schema: remove }, async (request, reply) => {
      await overrides.withdraw(request.params.id, callerOf(request));
      return reply.code(204).send(null);
    });
  };
}

function toBody(override: TagOverride, repository: string): z.input<typeof tagOverride> {
  const { id, tag, reason, once, askedBy, askedAt, approvedBy, approvedAt, expiresAt } = override;
  return {
    ...{ id, repository, tag, reason, once },
    askedBy: askedBy.name,
    askedAt: askedAt.toISOString(),
    ...(approvedBy && { approvedBy: approvedBy.name }),
    ...(approvedAt && { approvedAt: approvedAt.toISOString() }),
    expiresAt: expiresAt.toISOString(),
  };
}
