import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import {
  newRepository,
  repositoryChange,
  repository as repositorySchema,
} from "../contract/organizations.ts";
import { pageOf, pageQuery, toPage } from "../contract/pages.ts";
import type { Repository } from "../repositories/index.ts";
import type { Authority } from "./authority.ts";
import type { RepositoryDirectory } from "./repository-directory.ts";
import type { VisibleRepositories } from "./visible-repositories.ts";

export interface RepositoryRouteDeps {
  readonly authority: Authority;
  readonly visible: VisibleRepositories;
  readonly directory: RepositoryDirectory;
}

const PATH = "/api/v1/repositories";
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });

/** Repositories beside what is in them: who may see them, and what they say about themselves. */
export function createRepositoryRoutes(deps: RepositoryRouteDeps): FastifyPluginAsyncZod {
  const { authority, visible, directory } = deps;
  return async (app) => {
    const anybody = { access: "anybody" } as const;
    const list = { querystring: pageQuery, response: { 200: pageOf(z.string()) } };
    app.get(PATH, { config: anybody, schema: list }, async (request) => {
      const { last, limit } = request.query;
      const names = await visible.list(callerOf(request).by, { last, limit: limit + 1 });
      return toPage<string>(names, limit, (name) => name);
    });
    const get = { params, response: { 200: repositorySchema } };
    app.get(`${PATH}/*`, { config: anybody, schema: get }, async (request) =>
      toBody(await authority.getRepository(callerOf(request), request.params["*"], "pull")),
    );
    const config = { access: "account" } as const;
    const create = { body: newRepository, response: { 201: repositorySchema } };
    app.post(PATH, { config, schema: create }, async (request, reply) => {
      const made = await directory.create({ ...request.body, ...callerOf(request) });
      return reply.code(201).send(toBody(made));
    });
    const patch = { params, body: repositoryChange, response: { 200: repositorySchema } };
    app.patch(`${PATH}/*`, { config, schema: patch }, async (request) => {
      const caller = callerOf(request);
      const found = await authority.getRepository(caller, request.params["*"], "admin");
      return toBody(await directory.change(found, { ...request.body, ...caller }));
    });
  };
}

function toBody(repository: Repository): z.input<typeof repositorySchema> {
  const { name, isPublic, description, fullDescription, createdAt } = repository;
  return {
    name,
    visibility: isPublic ? "public" : "private",
    description,
    fullDescription,
    createdAt: createdAt.toISOString(),
  };
}
