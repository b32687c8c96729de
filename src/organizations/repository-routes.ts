import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf, type Journal } from "../access/index.ts";
import {
  newRepository,
  repositoryChange,
  repository as repositorySchema,
} from "../contract/organizations.ts";
import { pageOf, pageQuery, toPage } from "../contract/pages.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { findNamespace, type NamespaceName } from "../namespaces/index.ts";
import { isRepositoryName, type RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import {
  findRepository,
  findWholeRepository,
  insertRepository,
  type Repository,
  updateRepository,
} from "../repositories/index.ts";
import type { Authority } from "./authority.ts";
import type { By } from "./organizations.ts";
import type { OrganizationTables } from "./tables.ts";
import type { VisibleRepositories } from "./visible-repositories.ts";

export interface RepositoryRouteDeps {
  readonly database: Database<OrganizationTables>;
  readonly authority: Authority;
  readonly visible: VisibleRepositories;
  readonly journal: Journal;
  readonly onChange: () => void;
  readonly clock: () => Date;
}

const PATH = "/api/v1/repositories";
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });

/** Repositories beside what is in them: who may see them, and what they say about themselves. */
export function createRepositoryRoutes(deps: RepositoryRouteDeps): FastifyPluginAsyncZod {
  const { authority, visible } = deps;
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
      const made = await createRepository(deps, { ...request.body, ...callerOf(request) });
      return reply.code(201).send(toBody(made));
    });
    const patch = { params, body: repositoryChange, response: { 200: repositorySchema } };
    app.patch(`${PATH}/*`, { config, schema: patch }, async (request) => {
      const caller = callerOf(request);
      const found = await authority.getRepository(caller, request.params["*"], "admin");
      return toBody(await changeRepository(deps, found, { ...request.body, ...caller }));
    });
  };
}

async function createRepository(
  deps: RepositoryRouteDeps,
  wish: z.output<typeof newRepository> & By,
): Promise<Repository> {
  const { by, origin, visibility, description = "", fullDescription = "" } = wish;
  const name = parseName(wish.name);
  await deps.authority.assertMayCreate({ by, origin }, name);
  const [first = ""] = name.split("/", 1);
  const made = await deps.database.write(async (trx) => {
    const namespace = await findNamespace(trx, first as NamespaceName);
    if ((await findRepository(trx, name)) !== undefined || namespace === undefined) {
      throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail: `${name} is there already` });
    }
    const now = deps.clock();
    const id = await insertRepository(trx, { name, namespaceId: namespace.id, visibility, now });
    await updateRepository(trx, id, { description, full_description: fullDescription });
    const deed = { by, origin, action: "repo.create", account: namespace.name, name };
    await deps.journal.record(trx, { ...deed, after: { visibility, description } });
    return await findWholeRepository(trx, name);
  });
  deps.onChange();
  if (made === undefined) throw new Error(`could not find ${name}, which was made just now`);
  return made;
}

/** Throws NAME_INVALID. */
function parseName(text: string): RepositoryName {
  if (isRepositoryName(text) && text.includes("/")) return text;
  const detail = `"${text}" is no name of a repository, such as acme/api`;
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
}

async function changeRepository(
  deps: RepositoryRouteDeps,
  before: Repository,
  wish: z.output<typeof repositoryChange> & By,
): Promise<Repository> {
  const { by, origin, visibility, description, fullDescription } = wish;
  const isPublic = visibility === undefined ? before.isPublic : visibility === "public";
  const after = {
    ...before,
    isPublic,
    description: description ?? before.description,
    fullDescription: fullDescription ?? before.fullDescription,
  };
  const [account = ""] = before.name.split("/", 1);
  await deps.database.write(async (trx) => {
    await updateRepository(trx, before.id, {
      visibility: isPublic ? "public" : "private",
      description: after.description,
      full_description: after.fullDescription,
    });
    await deps.journal.record(trx, {
      by,
      origin,
      action: isPublic === before.isPublic ? "repo.update" : "repo.change_privacy",
      account,
      name: before.name,
      before: describe(before),
      after: describe(after),
    });
  });
  deps.onChange();
  return after;
}

function describe({ isPublic, description }: Repository): Record<string, unknown> {
  return { visibility: isPublic ? "public" : "private", description };
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
