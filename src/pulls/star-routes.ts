import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import { pageOf, pageQuery, toPage } from "../contract/pages.ts";
import { STARS_PATH, star } from "../contract/pulls.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Repository } from "../repositories/index.ts";
import type { Stars } from "./stars.ts";

export interface StarRouteDeps {
  readonly stars: Stars;
  /** Whose stars the caller gives and takes. Throws DENIED. */
  readonly findAccount: (caller: Caller) => Promise<NamespaceId>;
  /** Throws NOT_FOUND for what the caller may not see. */
  readonly getRepository: (caller: Caller, name: string) => Promise<Repository>;
  /** Of these names, those that the caller may still see. */
  readonly filterSeen: (
    caller: Caller,
    names: readonly RepositoryName[],
  ) => Promise<readonly RepositoryName[]>;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const config = { access: "account" } as const;

/** What people marked to find it again. */
export function createStarRoutes(deps: StarRouteDeps): FastifyPluginAsyncZod {
  const { stars } = deps;
  return async (app) => {
    const list = { querystring: pageQuery, response: { 200: pageOf(star) } };
    app.get(STARS_PATH, { config, schema: list }, async (request) => {
      const caller = callerOf(request);
      const account = await deps.findAccount(caller);
      const { last, limit } = request.query;
      const found = await stars.list(account, { last, limit: limit + 1 });
      const page = toPage(found, limit, ({ name }) => name);
      const names = page.items.map(({ name }) => name);
      const seen = new Set(await deps.filterSeen(caller, names));
      const items = page.items
        .filter(({ name }) => seen.has(name))
        .map(({ name, starredAt }) => ({ repository: name, starredAt: starredAt.toISOString() }));
      return { ...page, items };
    });
    app.put(`${STARS_PATH}/*`, { config, schema: { params } }, async (request, reply) => {
      const caller = callerOf(request);
      const account = await deps.findAccount(caller);
      await stars.give(account, await deps.getRepository(caller, request.params["*"]));
      return reply.code(204).send();
    });
    app.delete(`${STARS_PATH}/*`, { config, schema: { params } }, async (request, reply) => {
      const caller = callerOf(request);
      const account = await deps.findAccount(caller);
      await stars.take(account, await deps.getRepository(caller, request.params["*"]));
      return reply.code(204).send();
    });
  };
}
