import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf, type Principal } from "../access/index.ts";
import {
  newRepository,
  repositoryChange,
  repository as repositorySchema,
  repositorySummary,
} from "../contract/organizations.ts";
import { pageOf, pageQuery, toPage } from "../contract/pages.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import type { Authority } from "./authority.ts";
import type { RepositoryDirectory } from "./repository-directory.ts";
import type { VisibleRepositories } from "./visible-repositories.ts";

export interface RepositoryRouteDeps {
  readonly authority: Authority;
  readonly visible: VisibleRepositories;
  readonly directory: RepositoryDirectory;
  readonly statistics: {
    find(id: RepositoryId, by: Principal): Promise<RepositoryNumbers>;
    list(
      ids: readonly RepositoryId[],
      by: Principal,
    ): Promise<ReadonlyMap<RepositoryId, RepositoryNumbers>>;
  };
}

interface RepositoryNumbers {
  readonly pulls: number;
  readonly lastPulledAt: Date | undefined;
  readonly stars: number;
  readonly isStarred: boolean;
}

const PATH = "/api/v1/repositories";
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });

/** Repositories beside what is in them: who may see them, and what they say about themselves. */
export function createRepositoryRoutes(deps: RepositoryRouteDeps): FastifyPluginAsyncZod {
  const { authority, visible, directory } = deps;
  return async (app) => {
    const anybody = { access: "anybody" } as const;
    const list = { querystring: pageQuery, response: { 200: pageOf(repositorySummary) } };
    app.get(PATH, { config: anybody, schema: list }, async (request) => {
      const { last, limit } = request.query;
      const { by } = callerOf(request);
      const found = await visible.listWhole(by, { last, limit: limit + 1 });
      const page = toPage(found, limit, ({ name }) => name);
      const numbers = await deps.statistics.list(
        page.items.map(({ id }) => id),
        by,
      );
      return { ...page, items: page.items.map((one) => toSummary(one, numbers.get(one.id))) };
    });
    const get = { params, response: { 200: repositorySchema } };
    const answer = async (repository: Repository, by: Principal) =>
      toRepositoryBody(repository, await deps.statistics.find(repository.id, by));
    app.get(`${PATH}/*`, { config: anybody, schema: get }, async (request) => {
      const caller = callerOf(request);
      const found = await authority.getRepository(caller, request.params["*"], "pull");
      return await answer(found, caller.by);
    });
    const config = { access: "account" } as const;
    const create = { body: newRepository, response: { 201: repositorySchema } };
    app.post(PATH, { config, schema: create }, async (request, reply) => {
      const caller = callerOf(request);
      const made = await directory.create({ ...request.body, ...caller });
      return reply.code(201).send(await answer(made, caller.by));
    });
    const patch = { params, body: repositoryChange, response: { 200: repositorySchema } };
    app.patch(`${PATH}/*`, { config, schema: patch }, async (request) => {
      const caller = callerOf(request);
      const found = await authority.getRepository(caller, request.params["*"], "admin");
      const changed = await directory.change(found, { ...request.body, ...caller });
      return await answer(changed, caller.by);
    });
  };
}

export function toRepositoryBody(
  repository: Repository,
  numbers: RepositoryNumbers,
): z.input<typeof repositorySchema> {
  const { fullDescription } = repository;
  return { ...toSummary(repository, numbers), fullDescription };
}

function toSummary(
  repository: Repository,
  numbers: RepositoryNumbers | undefined,
): z.input<typeof repositorySummary> {
  const { name, isPublic, description, createdAt, lastPushedAt } = repository;
  return {
    name,
    visibility: isPublic ? "public" : "private",
    description,
    createdAt: createdAt.toISOString(),
    lastPushedAt: lastPushedAt?.toISOString(),
    lastPulledAt: numbers?.lastPulledAt?.toISOString(),
    pulls: numbers?.pulls ?? 0,
    stars: numbers?.stars ?? 0,
    isStarred: numbers?.isStarred ?? false,
  };
}
