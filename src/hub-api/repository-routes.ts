import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf, type Standings } from "../access/index.ts";
import type { FindStored } from "../catalog/index.ts";
import { CATEGORIES, type Category } from "../contract/discovery.ts";
import {
  type ImmutableRule,
  NOTHING_IMMUTABLE,
  placeOf,
  type TagRules,
  type TagTrials,
} from "../lifecycle/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type {
  Authority,
  RepositoryDirectory,
  VisibleRepositories,
} from "../organizations/index.ts";
import type { RepositoryNumbers, Statistics } from "../pulls/index.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import { envelope, hubPage, sliceOf } from "./pages.ts";
import { findStillVisible } from "./still-visible.ts";

export interface HubRepositoryDeps {
  readonly authority: Authority;
  readonly visible: VisibleRepositories;
  readonly directory: RepositoryDirectory;
  readonly standings: Standings;
  readonly statistics: Statistics;
  readonly tagRules: TagRules;
  readonly trials: TagTrials;
  /** How many accounts were given something by name; of repositories of one namespace. */
  readonly countCollaborators: (
    repositories: readonly Repository[],
  ) => Promise<ReadonlyMap<RepositoryId, number>>;
  readonly listCategories: (repository: Repository) => Promise<readonly Category[]>;
  /** What the repository stores, each byte once. */
  readonly findStored: FindStored;
  /** With everything in it. */
  readonly removeRepository: (repository: Repository, by: Caller) => Promise<void>;
}

const word = z.string().max(255);
const namespaceParams = z.object({ namespace: word });
const params = z.object({ namespace: word, repository: word });
const listQuery = z.object({ ...hubPage, name: word.optional(), ordering: word.optional() });
/** How many of a namespace's names a list looks at. */
const LISTED = 10_000;

/** Repositories, under both of Docker Hub's styles of addresses. */
export function createHubRepositoryRoutes(deps: HubRepositoryDeps): FastifyPluginAsyncZod {
  const { authority, directory } = deps;
  return async (app) => {
    const anybody = { access: "anybody" } as const;
    for (const base of ["/v2/namespaces/:namespace/repositories", "/v2/repositories/:namespace"]) {
      const list = { params: namespaceParams, querystring: listQuery };
      app.get(base, { config: anybody, schema: list }, async (request) => {
        const found = await listOf(deps, callerOf(request), {
          ...request.query,
          namespace: request.params.namespace.toLowerCase(),
        });
        return envelope(request, request.query, found);
      });
      app.get(`${base}/:repository`, { config: anybody, schema: { params } }, async (request) => {
        const caller = callerOf(request);
        const found = await authority.getRepository(caller, nameOf(request.params), "pull");
        return await toInfo(deps, caller, found);
      });
    }
    const config = { access: "account" } as const;
    const sensitive = { ...config, isSensitive: true } as const;
    const change = z.object({
      full_description: z.string().max(25_000).nullish(),
      description: z.string().max(100).nullish(),
    });
    const patch = { params, body: change };
    app.patch(
      "/v2/repositories/:namespace/:repository",
      { config, schema: patch },
      async (request) => {
        const caller = callerOf(request);
        const found = await authority.getRepository(caller, nameOf(request.params), "admin");
        const { description, full_description: fullDescription } = request.body;
        const wish = {
          ...caller,
          description: description ?? undefined,
          fullDescription: fullDescription ?? undefined,
        };
        return await toInfo(deps, caller, await directory.change(found, wish));
      },
    );
    const path = "/v2/repositories/:namespace/:repository";
    app.delete(path, { config: sensitive, schema: { params } }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await authority.getRepository(caller, nameOf(request.params), "admin");
      await deps.removeRepository(found, caller);
      return reply.code(202).send();
    });
    await app.register(createCreationRoutes(deps));
  };
}

const newRepository = z.object({
  name: z.string().min(2).max(255),
  namespace: word.optional(),
  description: z.string().max(100).nullish(),
  full_description: z.string().max(25_000).nullish(),
  is_private: z.boolean().optional(),
});

function createCreationRoutes(deps: HubRepositoryDeps): FastifyPluginAsyncZod {
  const config = { access: "account" } as const;
  const create = async (
    caller: Caller,
    namespace: string,
    wish: z.output<typeof newRepository>,
  ) => {
    const made = await deps.directory.create({
      ...caller,
      name: `${namespace.toLowerCase()}/${wish.name}`,
      visibility: wish.is_private === false ? "public" : "private",
      description: wish.description ?? undefined,
      fullDescription: wish.full_description ?? undefined,
    });
    return await toInfo(deps, caller, made);
  };
  return async (app) => {
    const nested = { params: namespaceParams, body: newRepository };
    const path = "/v2/namespaces/:namespace/repositories";
    app.post(path, { config, schema: nested }, async (request, reply) => {
      const info = await create(callerOf(request), request.params.namespace, request.body);
      return reply.code(201).send(info);
    });
    const flat = { body: newRepository.extend({ namespace: word }) };
    app.post("/v2/repositories", { config, schema: flat }, async (request, reply) => {
      const info = await create(callerOf(request), request.body.namespace, request.body);
      return reply.code(201).send(info);
    });
  };
}

export function nameOf({ namespace, repository }: z.output<typeof params>): string {
  return `${namespace}/${repository}`.toLowerCase();
}

async function listOf(
  deps: HubRepositoryDeps,
  caller: Caller,
  wish: z.output<typeof listQuery> & { readonly namespace: string },
) {
  const { namespace, name = "" } = wish;
  const { offset, limit } = sliceOf(wish);
  const all = await deps.visible.listIn(caller.by, namespace, LISTED);
  const fitting = all.filter((one) => one.slice(namespace.length + 1).includes(name));
  const sorted = await inOrder(deps, fitting, wish);
  const names = sorted.slice(offset, offset + limit);
  const page = await findStillVisible(deps.authority, caller, names);
  const ids = page.map(({ id }) => id);
  const numbers = await deps.statistics.list(ids, caller.by);
  const rules = await deps.tagRules.listImmutable(page);
  const people = await deps.countCollaborators(page);
  const results = await Promise.all(
    page.map((one) => {
      const immutable = rules.get(one.id) ?? NOTHING_IMMUTABLE;
      const found = { numbers: numbers.get(one.id), collaborators: people.get(one.id), immutable };
      return describe(deps, caller, { repository: one, ...found });
    }),
  );
  return { count: fitting.length, results };
}

/** Docker Hub's orders: a minus turns one around; times begin with the latest, everything else with the least. */
async function inOrder(
  { statistics }: Pick<HubRepositoryDeps, "statistics">,
  names: readonly RepositoryName[],
  {
    namespace,
    ordering = "",
  }: { readonly namespace: string; readonly ordering?: string | undefined },
): Promise<readonly RepositoryName[]> {
  const [, minus, key] = /^(-?)(name|last_updated|pull_count)$/.exec(ordering) ?? [];
  if (key === undefined) return names;
  const sorted = [...names];
  if (key !== "name") {
    const numbers = await statistics.listForOrder(namespace, LISTED);
    const weigh = (name: RepositoryName) =>
      key === "pull_count" ? (numbers.get(name)?.pulls ?? 0) : -(numbers.get(name)?.pushedAt ?? 0);
    sorted.sort((one, other) => weigh(one) - weigh(other));
  }
  return minus === "-" ? sorted.reverse() : sorted;
}

export async function toInfo(deps: HubRepositoryDeps, caller: Caller, repository: Repository) {
  const numbers = await deps.statistics.find(repository.id, caller.by);
  const { inForce } = await deps.tagRules.read(placeOf(repository));
  const immutable = inForce.immutable?.body ?? NOTHING_IMMUTABLE;
  const collaborators = (await deps.countCollaborators([repository])).get(repository.id);
  const info = await describe(deps, caller, { repository, numbers, collaborators, immutable });
  const slugs = await deps.listCategories(repository);
  const categories = slugs.map((slug) => ({ name: CATEGORIES[slug], slug }));
  const { bytes } = await deps.findStored(repository);
  return { ...info, categories, storage_size: bytes };
}

/** Docker Hub's `repository_info`, but for its size, which lists do not have. What is not counted is zero. */
async function describe(
  { standings }: HubRepositoryDeps,
  { by }: Caller,
  found: {
    readonly repository: Repository;
    readonly numbers: RepositoryNumbers | undefined;
    readonly collaborators: number | undefined;
    readonly immutable: ImmutableRule;
  },
) {
  const { repository, numbers, collaborators = 0, immutable } = found;
  const { name, isPublic, description, fullDescription, createdAt } = repository;
  const [namespace = "", ...rest] = name.split("/");
  const { actions } = await standings.find(by, name as RepositoryName);
  const at = (repository.lastPushedAt ?? createdAt).toISOString();
  return {
    user: namespace,
    name: rest.join("/"),
    namespace,
    repository_type: "image",
    status: 1,
    status_description: "active",
    description,
    is_private: !isPublic,
    is_automated: false,
    star_count: numbers?.stars ?? 0,
    pull_count: numbers?.pulls ?? 0,
    last_updated: at,
    last_modified: at,
    date_registered: createdAt.toISOString(),
    collaborator_count: collaborators,
    affiliation: repository.namespaceId === by.accountId ? "owner" : null,
    hub_user: namespace,
    has_starred: numbers?.isStarred ?? false,
    full_description: fullDescription,
    permissions: {
      read: actions.has("pull"),
      write: actions.has("push"),
      admin: actions.has("admin"),
    },
    media_types: [],
    content_types: ["image"],
    // Of one alone: lists leave it out.
    categories: [] as { name: string; slug: Category }[],
    immutable_tags_settings: { enabled: immutable.isEnabled, rules: immutable.patterns },
    source: null,
  };
}
