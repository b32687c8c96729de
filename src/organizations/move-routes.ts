import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import { newName, repository, repositoryMove } from "../contract/organizations.ts";
import type { Repository } from "../repositories/index.ts";
import type { Authority } from "./authority.ts";
import type { NamespaceRenames } from "./namespace-renames.ts";
import type { RepositoryMoves } from "./repository-moves.ts";
import { type RepositoryRouteDeps, toRepositoryBody } from "./repository-routes.ts";

export interface MoveRouteDeps {
  readonly authority: Pick<Authority, "getRepository">;
  readonly statistics: Pick<RepositoryRouteDeps["statistics"], "find">;
  readonly moves: RepositoryMoves;
  readonly renames: NamespaceRenames;
  /** With everything in it. */
  readonly removeRepository: (repository: Repository, by: Caller) => Promise<void>;
}

/** What changes which names there are. */
export function createMoveRoutes(deps: MoveRouteDeps): FastifyPluginAsyncZod {
  const { authority, moves, renames, removeRepository } = deps;
  return async (app) => {
    const config = { access: "account", isSensitive: true } as const;
    const remove = {
      params: z.object({ "*": z.string().max(255) }),
      response: { 204: z.null() },
    };
    app.delete("/api/v1/repositories/*", { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await authority.getRepository(caller, request.params["*"], "admin");
      await removeRepository(found, caller);
      return reply.code(204).send(null);
    });
    const move = { body: repositoryMove, response: { 200: repository } };
    app.post("/api/v1/repository-moves", { config, schema: move }, async (request) => {
      const caller = callerOf(request);
      const moved = await moves.move({ ...request.body, ...caller });
      return toRepositoryBody(moved, await deps.statistics.find(moved.id, caller.by));
    });
    const params = z.object({ namespace: z.string().max(255) });
    const rename = { params, body: newName, response: { 200: newName } };
    const path = "/api/v1/namespaces/:namespace/rename";
    app.post(path, { config, schema: rename }, async (request) => {
      const [from, to] = [request.params.namespace, request.body.name];
      const { name } = await renames.rename({ from, to, ...callerOf(request) });
      return { name };
    });
  };
}
