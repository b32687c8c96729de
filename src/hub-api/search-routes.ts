import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import type { Authority, VisibleRepositories } from "../organizations/index.ts";
import type { Statistics } from "../pulls/index.ts";
import { envelope, hubPage, sliceOf } from "./pages.ts";
import { findStillVisible } from "./still-visible.ts";

export interface SearchRouteDeps {
  readonly authority: Authority;
  readonly visible: VisibleRepositories;
  readonly statistics: Statistics;
  /** Of these names those that the hub vouches for. */
  readonly listOfficial: (names: readonly string[]) => Promise<ReadonlySet<string>>;
}

const config = { access: "anybody" } as const;
const query = z.string().max(255).default("");
/** A search ends there: whoever looks for more says more. */
const FOUND = 1000;
const MOST = 100;

/** What `docker search`, `podman search` and dozens of tools ask. Everybody finds what they may see. */
export function createSearchRoutes(deps: SearchRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const hub = { querystring: z.object({ ...hubPage, query }) };
    app.get("/v2/search/repositories", { config, schema: hub }, async (request) => {
      const { offset, limit } = sliceOf(request.query);
      const caller = callerOf(request);
      const names = await deps.visible.search(caller.by, request.query.query, FOUND);
      const page = names.slice(offset, offset + limit);
      const results = await toResults(deps, caller, page);
      return envelope(request, request.query, { count: names.length, results });
    });
    const n = z
      .string()
      .optional()
      .transform((text) => Math.min(MOST, Math.max(1, Math.floor(Number(text ?? 25)) || 25)));
    const index = { querystring: z.object({ q: query, n, page: hubPage.page }) };
    const searching = { ...config, takesCatalogTokens: true };
    app.get("/v1/search", { config: searching, schema: index }, async (request) => {
      const { q, n: size, page } = request.query;
      const caller = callerOf(request);
      const names = await deps.visible.search(caller.by, q, FOUND);
      const shown = names.slice((page - 1) * size, page * size);
      const results = await toResults(deps, caller, shown);
      return {
        query: q,
        num_results: names.length,
        num_pages: Math.ceil(names.length / size),
        page,
        page_size: size,
        results: results.map((one) => ({
          name: one.repo_name,
          description: one.short_description,
          star_count: one.star_count,
          is_official: one.is_official,
          is_automated: one.is_automated,
        })),
      };
    });
    // docker asks this before it searches.
    app.get("/v1/_ping", { config: { access: "public" } }, () => true);
  };
}

async function toResults(deps: SearchRouteDeps, caller: Caller, names: readonly string[]) {
  const { authority, statistics } = deps;
  const found = await findStillVisible(authority, caller, names);
  const numbers = await statistics.list(
    found.map(({ id }) => id),
    caller.by,
  );
  const official = await deps.listOfficial(found.map(({ name }) => name));
  return found.map(({ id, name, description }) => {
    const [namespace = ""] = name.split("/");
    return {
      repo_name: namespace === "library" ? name.slice("library/".length) : name,
      short_description: description,
      star_count: numbers.get(id)?.stars ?? 0,
      pull_count: numbers.get(id)?.pulls ?? 0,
      is_official: official.has(name),
      is_automated: false,
      repo_owner: namespace,
    };
  });
}
