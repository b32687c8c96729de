import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../../access/index.ts";
import {
  RETENTION_PATHS,
  type RetentionScope,
  retentionChange,
  retentionCheck,
  retentionChecked,
  retentionHere,
  retentionPattern,
  retentionPolicy,
} from "../../../contract/retention.ts";
import type { Repository, RepositoryId } from "../../../repositories/index.ts";
import { parseRetentionPolicy } from "../language/parse-policy.ts";
import { readingOf } from "../language/retention-rule.ts";
import { openScope, type RetentionAccess } from "../retention-access.ts";
import { type RetentionPolicies, readPolicy } from "./policies.ts";
import type { SavedPolicy, Scope } from "./policies-store.ts";

export interface PolicyRouteDeps {
  readonly policies: RetentionPolicies;
  readonly access: RetentionAccess;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
}

const hub = z.strictObject({});
const namespace = z.object({ namespace: z.string().max(255) });
/** Names hold slashes: everything after the path is one. */
const repository = z.object({ "*": z.string().max(255) });

/** The three places where a policy can be said; their addresses differ, and what is said there does not. */
const PLACES = [
  { path: RETENTION_PATHS.hub, params: hub, kind: "hub" },
  { path: `${RETENTION_PATHS.namespaces}/:namespace`, params: namespace, kind: "namespace" },
  { path: `${RETENTION_PATHS.repositories}/*`, params: repository, kind: "repository" },
] as const;

export function createPolicyRoutes(deps: PolicyRouteDeps): FastifyPluginAsyncZod {
  const { policies, access } = deps;
  const config = { access: "anybody" } as const;
  return async (app) => {
    const check = { body: retentionCheck, response: { 200: retentionChecked } };
    app.post(RETENTION_PATHS.check, { config, schema: check }, async (request) => {
      await access.assertSomebody(callerOf(request));
      const { text, policy } = readPolicy(request.body.policy);
      return { reading: readingOf(policy), policy: text, lines: policy.rules.length };
    });
    for (const { path, params, kind } of PLACES) {
      const scopeOf = (named: unknown, pattern?: string | undefined): RetentionScope => ({
        kind,
        name: nameIn(named),
        pattern,
      });
      const get = { params, response: { 200: retentionHere } };
      app.get(path, { config, schema: get }, async (request) => {
        const scope = scopeOf(request.params);
        const place = await openScope(access, callerOf(request), { scope, wish: "read" });
        return await describeHere(deps, place);
      });
      const put = { params, body: retentionChange, response: { 200: retentionPolicy } };
      app.put(path, { config, schema: put }, async (request) => {
        const { pattern, policy: text, paused: isPaused, ...wish } = request.body;
        const caller = callerOf(request);
        const place = await open(deps, caller, scopeOf(request.params, pattern));
        const saved = await policies.save({ ...wish, scope: place, text, isPaused }, caller);
        return await describe(deps, saved);
      });
      const remove = { params, querystring: retentionPattern, response: { 204: z.null() } };
      app.delete(path, { config, schema: remove }, async (request, reply) => {
        const caller = callerOf(request);
        const place = await open(deps, caller, scopeOf(request.params, request.query.pattern));
        await policies.remove(place, caller);
        return reply.code(204).send(null);
      });
    }
  };
}

async function open(
  { access }: PolicyRouteDeps,
  caller: Caller,
  scope: RetentionScope,
): Promise<Scope> {
  return await openScope(access, caller, { scope, wish: "manage" });
}

function nameIn(params: unknown): string | undefined {
  const { namespace: name, "*": rest } = params as { namespace?: string; "*"?: string };
  return name ?? rest;
}

async function describeHere(
  deps: PolicyRouteDeps,
  place: Scope,
): Promise<z.input<typeof retentionHere>> {
  const own = await deps.policies.list(place);
  const inForce = await findInForce(deps, place, own);
  return {
    ...(inForce && { inForce: await describe(deps, inForce) }),
    own: await Promise.all(own.map((one) => describe(deps, one))),
  };
}

/** In a repository, what comes from above as well. */
async function findInForce(
  { policies, findRepository }: PolicyRouteDeps,
  place: Scope,
  own: readonly SavedPolicy[],
): Promise<SavedPolicy | undefined> {
  if (place.kind === "repository") {
    const found = await findRepository(place.id as RepositoryId);
    return found && (await policies.findInForce(found));
  }
  const here = own.find(({ scope }) => scope.pattern === "");
  if (here !== undefined || place.kind === "hub") return here;
  const above = await policies.list({ kind: "hub", id: 0 });
  return above.find(({ scope }) => scope.pattern === "");
}

async function describe(
  { policies }: PolicyRouteDeps,
  policy: SavedPolicy,
): Promise<z.input<typeof retentionPolicy>> {
  const { scope, text, inUseMs, pausedAt, updatedAt, updatedBy } = policy;
  const { kind, pattern } = scope;
  const name = await policies.nameOf({ ...scope, pattern: "" });
  return {
    scope: { kind, ...(kind !== "hub" && { name }), ...(pattern !== "" && { pattern }) },
    policy: text,
    reading: readingOf(parseRetentionPolicy(text)),
    ...(inUseMs !== undefined && { inUse: `${Math.round(inUseMs / 1000)}s` }),
    ...(pausedAt !== undefined && { pausedAt: pausedAt.toISOString() }),
    updatedAt: updatedAt.toISOString(),
    updatedBy,
  };
}
