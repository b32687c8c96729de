import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { QUOTAS_PATH, quotaChange, quota as quotaSchema } from "../../contract/quotas.ts";
import type { Namespace } from "../../namespaces/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { Quotas, ScopeUsage } from "./quotas.ts";
import { HUB, scopeOfNamespace, scopeOfRepository } from "./scopes.ts";

export interface QuotaRouteDeps {
  readonly quotas: Quotas;
  /** Throws NOT_FOUND or DENIED unless it is the caller's, or the caller's to look at. */
  readonly getNamespace: (
    caller: Caller,
    name: string,
    need: "member" | "owner",
  ) => Promise<Namespace>;
  /** Throws NOT_FOUND. */
  readonly getRepository: (caller: Caller, name: string, action: "pull") => Promise<Repository>;
}

const params = z.object({ "*": z.string().max(255) });
const named = z.object({ namespace: z.string().max(255) });
const response = { 200: quotaSchema };

/** Everybody sees the quotas that bind them; the hub sets those of namespaces, their owners those of repositories. */
export function createQuotaRoutes(deps: QuotaRouteDeps): FastifyPluginAsyncZod {
  const account = { access: "account" } as const;
  const operate = { access: "operate", isSensitive: true } as const;
  const { quotas, getNamespace, getRepository } = deps;
  return async (app) => {
    app.get(`${QUOTAS_PATH}/hub`, { config: account, schema: { response } }, async (request) => {
      assertSeesHub(callerOf(request));
      return toBody(await quotas.find(HUB));
    });
    app.patch(
      `${QUOTAS_PATH}/hub`,
      { config: operate, schema: { body: quotaChange, response } },
      async (request) => toBody(await quotas.set(HUB, request.body, callerOf(request))),
    );
    const ofNamespace = `${QUOTAS_PATH}/namespaces/:namespace`;
    app.get(
      ofNamespace,
      { config: account, schema: { params: named, response } },
      async (request) => {
        const found = await getNamespace(callerOf(request), request.params.namespace, "member");
        return toBody(await quotas.find(scopeOfNamespace(found)));
      },
    );
    const change = { params: named, body: quotaChange, response };
    app.patch(ofNamespace, { config: operate, schema: change }, async (request) => {
      const caller = callerOf(request);
      const found = await getNamespace(caller, request.params.namespace, "owner");
      return toBody(await quotas.set(scopeOfNamespace(found), request.body, caller));
    });
    const ofRepository = `${QUOTAS_PATH}/repositories/*`;
    app.get(ofRepository, { config: account, schema: { params, response } }, async (request) => {
      const found = await getRepository(callerOf(request), request.params["*"], "pull");
      return toBody(await quotas.find(scopeOfRepository(found)));
    });
    const body = quotaChange.omit({ repositories: true });
    app.patch(
      ofRepository,
      { config: account, schema: { params, body, response } },
      async (request) => {
        const caller = callerOf(request);
        const name = request.params["*"];
        await getNamespace(caller, name.split("/", 1)[0] ?? "", "owner");
        const found = await getRepository(caller, name, "pull");
        return toBody(await quotas.set(scopeOfRepository(found), request.body, caller));
      },
    );
  };
}

/** Throws DENIED. */
function assertSeesHub({ by: { role, credential } }: Caller): void {
  if (role !== undefined && credential?.permits === undefined) return;
  const detail = "what the whole hub stores is for its administrators and auditors";
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}

function toBody({ scope, limits, used, arriving }: ScopeUsage): z.input<typeof quotaSchema> {
  const { kind, name } = scope;
  const standing = (resource: "bytes" | "tags" | "repositories") => {
    const { amount: limit, from } = limits[resource];
    return { limit, from, used: used[resource] };
  };
  return {
    scope: { kind, name },
    bytes: { ...standing("bytes"), arriving },
    tags: standing("tags"),
    repositories: standing("repositories"),
  };
}
