import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import {
  newVexDecision,
  VEX_DOCUMENTS_PATH,
  VEX_PATH,
  vexDecisions,
  vexExportQuery,
  vexImport,
  vexImported,
  vexListQuery,
} from "../../contract/vex.ts";
import { type DecisionAccess, openLevel } from "./decision-access.ts";
import type { DecisionViews } from "./decision-views.ts";
import type { Decisions } from "./decisions.ts";

interface DecisionRouteDeps {
  readonly decisions: Decisions;
  readonly views: DecisionViews;
  readonly access: DecisionAccess;
}

const hub = z.strictObject({});
const namespace = z.object({ namespace: z.string().max(255) });
/** Names hold slashes: everything after the path is one. */
const repository = z.object({ "*": z.string().max(255) });

/** The three places where decisions are made; an image is named within its repository. */
const PLACES = [
  { end: "hub", params: hub, kind: "hub" },
  { end: "namespaces/:namespace", params: namespace, kind: "namespace" },
  { end: "repositories/*", params: repository, kind: "repository" },
] as const;

/** Several pages of statements, and what a scanner wrote of one image. */
const DOCUMENT_BYTES = 4 * 1024 * 1024;
const config = { access: "anybody" } as const;

export function createDecisionRoutes(deps: DecisionRouteDeps): FastifyPluginAsyncZod {
  const { decisions, views, access } = deps;
  return async (app) => {
    for (const { end, params, kind } of PLACES) {
      const asked = (named: unknown, wish: "read" | "manage") => ({
        kind,
        name: nameIn(named),
        wish,
      });
      const list = { params, querystring: vexListQuery, response: { 200: vexDecisions } };
      app.get(`${VEX_PATH}/${end}`, { config, schema: list }, async (request) => {
        const level = await openLevel(access, callerOf(request), asked(request.params, "read"));
        return { items: [...(await views.list(level, request.query.all === "true"))] };
      });
      const add = { params, body: newVexDecision, response: { 201: vexDecisions } };
      app.post(`${VEX_PATH}/${end}`, { config, schema: add }, async (request, reply) => {
        const caller = callerOf(request);
        const level = await openLevel(access, caller, asked(request.params, "manage"));
        const made = await decisions.add(level, request.body, caller);
        return reply.code(201).send({ items: [...(await views.describe(made))] });
      });
      const write = { params, querystring: vexExportQuery, response: { 200: z.unknown() } };
      app.get(`${VEX_DOCUMENTS_PATH}/${end}`, { config, schema: write }, async (request) => {
        const caller = callerOf(request);
        const level = await openLevel(access, caller, asked(request.params, "read"));
        return await views.write(level, request.query, caller);
      });
      const read = { params, body: vexImport, response: { 200: vexImported } };
      const limited = { config, schema: read, bodyLimit: DOCUMENT_BYTES };
      app.post(`${VEX_DOCUMENTS_PATH}/${end}`, limited, async (request) => {
        const caller = callerOf(request);
        const level = await openLevel(access, caller, asked(request.params, "manage"));
        return await views.read(level, request.body, caller);
      });
    }
    const one = { params: z.object({ id: z.string().max(100) }), response: { 204: z.null() } };
    app.delete(`${VEX_PATH}/decisions/:id`, { config, schema: one }, async (request, reply) => {
      const caller = callerOf(request);
      const asked = await views.levelOf(request.params.id);
      const level = await openLevel(access, caller, { ...asked, wish: "manage" });
      await decisions.revoke(request.params.id, level, caller);
      return reply.code(204).send(null);
    });
  };
}

function nameIn(params: unknown): string {
  const { namespace: name, "*": rest } = params as { namespace?: string; "*"?: string };
  return name ?? rest ?? "";
}
