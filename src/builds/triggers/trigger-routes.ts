import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf, originOf } from "../../access/index.ts";
import {
  type buildTrigger,
  buildTriggerList,
  madeBuildTrigger,
  newBuildTrigger,
  TRIGGER_PATHS,
  triggerCall,
} from "../../contract/build-inputs.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { RateWindow } from "../../lib/rate-window.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { BuildAccess } from "../build-access.ts";
import type { Triggers } from "./triggers.ts";
import type { BuildTrigger } from "./triggers-store.ts";

export interface TriggerRouteDeps extends Pick<PublicAddress, "clientAddressOf"> {
  readonly access: BuildAccess;
  readonly triggers: Triggers;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  readonly clock: () => Date;
}

const config = { access: "account" } as const;
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const one = z.object({ id: z.string().max(64) });
const PER_ADDRESS = { count: 60, windowMs: 60_000 };
const BODY_BYTES = 16 * 1024;

/** Triggers: made and revoked by whoever administers the repository. */
export function createTriggerRoutes(deps: TriggerRouteDeps): FastifyPluginAsyncZod {
  const { access, triggers, findRepository } = deps;
  return async (app) => {
    const list = { params, response: { 200: buildTriggerList } };
    app.get(`${TRIGGER_PATHS.of}/*`, { config, schema: list }, async (request) => {
      const { id } = await access.getRepository(callerOf(request), request.params["*"], "admin");
      return { items: (await triggers.list(id)).map(toBody) };
    });
    const create = { params, body: newBuildTrigger, response: { 201: madeBuildTrigger } };
    app.post(`${TRIGGER_PATHS.of}/*`, { config, schema: create }, async (request, reply) => {
      const caller = callerOf(request);
      const repository = await access.getRepository(caller, request.params["*"], "admin");
      const { trigger, secret } = await triggers.create(repository, caller, request.body.label);
      const url = `${caller.baseUrl ?? ""}${TRIGGER_PATHS.call}/${trigger.id}/trigger/${secret}/call/`;
      return reply.code(201).send({ ...toBody(trigger), url });
    });
    const remove = { params: one, response: { 204: z.null() } };
    app.delete(`${TRIGGER_PATHS.one}/:id`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const trigger = await triggers.get(request.params.id);
      const place = await findRepository(trigger.repositoryId);
      if (place === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      const repository = await access.getRepository(caller, place.name, "admin");
      await triggers.remove(trigger, repository, caller);
      return reply.code(204).send(null);
    });
    await app.register(createCallRoute(deps));
  };
}

/** What Docker Hub calls a remote trigger; whoever knows the address starts builds. */
function createCallRoute(deps: TriggerRouteDeps): FastifyPluginAsyncZod {
  const window = new RateWindow({ limit: PER_ADDRESS, clock: deps.clock });
  const address = z.object({ id: z.string().max(64), secret: z.string().max(64) });
  const schema = { params: address, hide: true };
  return async (app) => {
    // Clients send nothing, JSON under any name, or a form without anything in it.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) =>
      done(null, body),
    );
    const options = { config: { access: "public" } as const, schema, bodyLimit: BODY_BYTES };
    app.post(`${TRIGGER_PATHS.call}/:id/trigger/:secret/call/`, options, async (request, reply) => {
      const origin = originOf(request.raw, deps);
      if (!window.take(origin.address).isWithin) throw new ProblemError(PROBLEMS.TOO_MANY_REQUESTS);
      const ids = await deps.triggers.call({ ...request.params, origin }, readCall(request.body));
      return reply.code(202).send({ builds: [...ids] });
    });
  };
}

/** Throws DOCUMENT_INVALID. */
function readCall(body: unknown): z.output<typeof triggerCall> {
  const text = typeof body === "string" ? body.trim() : "";
  if (text === "") return undefined;
  try {
    return triggerCall.parse(JSON.parse(text));
  } catch (cause) {
    const detail = "send nothing, or JSON with source_type and source_name, or with docker_tag";
    throw new ProblemError(PROBLEMS.DOCUMENT_INVALID, { detail, cause });
  }
}

function toBody(trigger: BuildTrigger): z.input<typeof buildTrigger> {
  const { id, label, createdBy, createdAt, usedAt } = trigger;
  return {
    ...{ id, label, createdBy, createdAt: createdAt.toISOString() },
    ...(usedAt === undefined ? {} : { usedAt: usedAt.toISOString() }),
  };
}
