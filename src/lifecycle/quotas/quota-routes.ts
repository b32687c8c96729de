import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import { QUOTAS_PATH, quotaChange, quota as quotaSchema } from "../../contract/quotas.ts";
import type { Namespace } from "../../namespaces/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { Quotas, ScopeUsage } from "./quotas.ts";
import { HUB, scopeOfNamespace, scopeOfRepository } from "./scopes.ts";

export interface QuotaRouteDeps {
  readonly quotas: Quotas;
  /** Of what is only looked at: who has an account, or who may work on the hub where there are none. */
  readonly access: "account" | "operate";
  /** Throws DENIED. */
  readonly assertSeesHub: (caller: Caller) => void;
  /** Throws NOT_FOUND or DENIED unless the caller may see its quota, or set it. */
  readonly getRepository: (
    caller: Caller,
    name: string,
    need: "see" | "set",
  ) => Promise<Repository>;
}

export interface NamespaceQuotaRouteDeps {
  readonly quotas: Quotas;
  /** Throws NOT_FOUND or DENIED unless it is the caller's, or the caller's to look at. */
  readonly getNamespace: (
    caller: Caller,
    name: string,
    need: "member" | "owner",
  ) => Promise<Namespace>;
}

const params = z.object({ "*": z.string().max(255) });
const named = z.object({ namespace: z.string().max(255) });
const response = { 200: quotaSchema };
const operate = { access: "operate", isSensitive: true } as const;

/** Everybody sees the quotas that bind them; the hub sets its own, owners those of repositories. */
export function createQuotaRoutes(deps: QuotaRouteDeps): FastifyPluginAsyncZod {
  const { quotas, access, assertSeesHub, getRepository } = deps;
  return async (app) => {
    const config = { access };
    app.get(`${QUOTAS_PATH}/hub`, { config, schema: { response } }, async (request) => {
      assertSeesHub(callerOf(request));
      return toBody(await quotas.find(HUB));
    });
    app.patch(
      `${QUOTAS_PATH}/hub`,
      { config: operate, schema: { body: quotaChange, response } },
      async (request) => toBody(await quotas.set(HUB, request.body, callerOf(request))),
    );
    const ofRepository = `${QUOTAS_PATH}/repositories/*`;
    app.get(ofRepository, { config, schema: { params, response } }, async (request) => {
      const found = await getRepository(callerOf(request), request.params["*"], "see");
      return toBody(await quotas.find(scopeOfRepository(found)));
    });
    const body = quotaChange.omit({ repositories: true });
    app.patch(ofRepository, { config, schema: { params, body, response } }, async (request) => {
      const caller = callerOf(request);
      const found = await getRepository(caller, request.params["*"], "set");
      return toBody(await quotas.set(scopeOfRepository(found), request.body, caller));
    });
  };
}

/** Where there are accounts: the hub sets the quotas of namespaces, and their members see them. */
export function createNamespaceQuotaRoutes(deps: NamespaceQuotaRouteDeps): FastifyPluginAsyncZod {
  const { quotas, getNamespace } = deps;
  return async (app) => {
    const path = `${QUOTAS_PATH}/namespaces/:namespace`;
    const seen = { config: { access: "account" }, schema: { params: named, response } } as const;
    app.get(path, seen, async (request) => {
      const found = await getNamespace(callerOf(request), request.params.namespace, "member");
      return toBody(await quotas.find(scopeOfNamespace(found)));
    });
    const change = { params: named, body: quotaChange, response };
    app.patch(path, { config: operate, schema: change }, async (request) => {
      const caller = callerOf(request);
      const found = await getNamespace(caller, request.params.namespace, "owner");
      return toBody(await quotas.set(scopeOfNamespace(found), request.body, caller));
    });
  };
}

function toBody({ scope, limits, used, arriving, held }: ScopeUsage): z.input<typeof quotaSchema> {
  const { kind, name } = scope;
  const standing = (resource: "bytes" | "tags" | "repositories") => {
    const { amount: limit, from } = limits[resource];
    return { limit, from, used: used[resource] };
  };
  return {
    scope: { kind, name },
    bytes: { ...standing("bytes"), arriving, held: held ?? null },
    tags: standing("tags"),
    repositories: standing("repositories"),
  };
}
