import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import {
  explanationQuery,
  newException,
  POLICIES_PATH,
  POLICY_EXCEPTIONS_PATH,
  POLICY_EXPLANATIONS_PATH,
  POLICY_REPORTS_PATH,
  POLICY_SIMULATIONS_PATH,
  policyChange,
  policyException,
  policyExceptionQuery,
  policyExplanation,
  policyQuery,
  policyReports,
  policyScopeQuery,
  policySimulation,
  pullPolicy,
  simulatedPolicy,
} from "../../contract/policies.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Digest } from "../../oci/digest.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository } from "../../repositories/index.ts";
import {
  type BaseRepositories,
  covers,
  type PolicyRules,
  type PolicyScope,
  splitBase,
} from "../policy.ts";
import {
  toBody,
  toExceptionBody,
  toExplanationBody,
  toReportBody,
  toSimulationBody,
} from "./policy-bodies.ts";
import { assertUsable, type PullPolicies } from "./pull-policies.ts";
import type { Trials } from "./trials.ts";

export interface PolicyRouteDeps {
  readonly policies: PullPolicies;
  readonly trials: Trials;
  /** Throws UNAUTHORIZED, NOT_FOUND or DENIED. */
  readonly getScope: (
    caller: Caller,
    text: string,
    wish: "read" | "manage",
  ) => Promise<PolicyScope>;
  /** For whoever may pull. Throws UNAUTHORIZED, NOT_FOUND or DENIED. */
  readonly getRepository: (caller: Caller, name: string) => Promise<Repository>;
  readonly findDigest: (place: Repository, reference: string) => Promise<Digest | undefined>;
  readonly findRepositoryName: (id: Repository["id"]) => Promise<string | undefined>;
}

const config = { access: "anybody" } as const;
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const items = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) });

/** What may be pulled: said by whoever manages the place, told to whoever may pull. */
export function createPolicyRoutes(deps: PolicyRouteDeps): FastifyPluginAsyncZod {
  const { policies, trials, getScope } = deps;
  return async (app) => {
    const list = { querystring: policyScopeQuery, response: { 200: items(pullPolicy) } };
    app.get(POLICIES_PATH, { config, schema: list }, async (request) => {
      const scope = await getScope(callerOf(request), request.query.scope, "read");
      return { items: (await policies.list(scope)).map(toBody) };
    });
    const put = { querystring: policyQuery, body: policyChange, response: { 200: pullPolicy } };
    app.put(POLICIES_PATH, { config, schema: put }, async (request) => {
      const caller = callerOf(request);
      const scope = await getScope(caller, request.query.scope, "manage");
      const { name } = request.query;
      const bases = await findBaseRepositories(deps, caller, request.body.rules);
      const wish = { ...request.body, bases };
      return toBody(await policies.set(scope, name, { wish, caller }));
    });
    const remove = { querystring: policyQuery, response: { 204: z.null() } };
    app.delete(POLICIES_PATH, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const scope = await getScope(caller, request.query.scope, "manage");
      await policies.remove(scope, request.query.name, caller);
      return reply.code(204).send(null);
    });
    const simulate = {
      ...{ querystring: policyQuery, body: policySimulation },
      response: { 200: simulatedPolicy },
    };
    app.post(POLICY_SIMULATIONS_PATH, { config, schema: simulate }, async (request) => {
      const caller = callerOf(request);
      const scope = await getScope(caller, request.query.scope, "manage");
      const { days, ...said } = request.body;
      assertUsable(scope, said);
      const wish = { ...said, bases: await findBaseRepositories(deps, caller, said.rules) };
      const { name } = request.query;
      return toSimulationBody(await trials.simulate(scope, wish, { days, name }));
    });
    const explain = {
      ...{ params, querystring: explanationQuery },
      response: { 200: policyExplanation },
    };
    app.get(`${POLICY_EXPLANATIONS_PATH}/*`, { config, schema: explain }, async (request) => {
      const place = await deps.getRepository(callerOf(request), request.params["*"]);
      const { reference } = request.query;
      return toExplanationBody(place, await trials.explain(place, reference));
    });
    await app.register(createExceptionRoutes(deps));
  };
}

/** What is in a repository is told by policies to whoever may pull it, and to nobody else. Throws POLICY_INVALID. */
async function findBaseRepositories(
  { getRepository }: Pick<PolicyRouteDeps, "getRepository">,
  caller: Caller,
  { baseImages = [] }: PolicyRules,
): Promise<BaseRepositories> {
  const names = new Set(baseImages.map((text) => splitBase(text)[0]));
  const found = [...names].map(async (name) => {
    try {
      return [name, (await getRepository(caller, name)).id] as const;
    } catch (cause) {
      if (!(cause instanceof ProblemError)) throw cause;
      const detail = `there is no repository ${name} here from which you may pull`;
      throw new ProblemError(PROBLEMS.POLICY_INVALID, { detail, cause });
    }
  });
  return Object.fromEntries(await Promise.all(found));
}

function createExceptionRoutes(deps: PolicyRouteDeps): FastifyPluginAsyncZod {
  const { policies, getScope, getRepository, findDigest } = deps;
  return async (app) => {
    const list = { querystring: policyQuery, response: { 200: items(policyException) } };
    app.get(POLICY_EXCEPTIONS_PATH, { config, schema: list }, async (request) => {
      const { scope: text, name } = request.query;
      const scope = await getScope(callerOf(request), text, "read");
      const found = await policies.listExceptions(await policies.get(scope, name));
      const bodies = found.map(async (one) =>
        toExceptionBody(one, (await deps.findRepositoryName(one.repositoryId)) ?? ""),
      );
      return { items: await Promise.all(bodies) };
    });
    const add = {
      ...{ querystring: policyQuery, body: newException },
      response: { 201: policyException },
    };
    app.post(POLICY_EXCEPTIONS_PATH, { config, schema: add }, async (request, reply) => {
      const caller = callerOf(request);
      const { scope: text, name } = request.query;
      const scope = await getScope(caller, text, "manage");
      const policy = await policies.get(scope, name);
      const { repository, reference, reason, expiresInDays } = request.body;
      const place = await getRepository(caller, repository);
      if (!covers(policy, place)) {
        const detail = `${place.name} does not lie in ${scope.name}`;
        throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
      }
      const digest = reference === undefined ? undefined : await findDigest(place, reference);
      if (reference !== undefined && digest === undefined)
        throw new ProblemError(PROBLEMS.NOT_FOUND);
      const made = await policies.except(policy, { place, digest, reason, expiresInDays }, caller);
      return reply.code(201).send(toExceptionBody(made, place.name));
    });
    const remove = { querystring: policyExceptionQuery, response: { 204: z.null() } };
    app.delete(POLICY_EXCEPTIONS_PATH, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const { scope: text, name, id } = request.query;
      const scope = await getScope(caller, text, "manage");
      await policies.endException(await policies.get(scope, name), id, caller);
      return reply.code(204).send(null);
    });
    const reports = { querystring: policyQuery, response: { 200: policyReports } };
    app.get(POLICY_REPORTS_PATH, { config, schema: reports }, async (request) => {
      const { scope: text, name } = request.query;
      const scope = await getScope(callerOf(request), text, "manage");
      const found = await policies.listReports(await policies.get(scope, name));
      return { items: found.map((one) => toReportBody(one, name)) };
    });
  };
}
