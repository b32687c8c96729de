import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import { listStandings, type OfficialImage, type OfficialTables } from "../builds/index.ts";
import {
  CATALOG_REPOSITORIES_PATH,
  repositoriesQuery,
  type repositoryCard,
  repositoryCards,
  repositoryView,
} from "../contract/catalog.ts";
import { toPage } from "../contract/pages.ts";
import { type DiscoveryTables, findFacets } from "../discovery/index.ts";
import type { PullTables, Statistics } from "../pulls/index.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import type { SigningTables } from "../signing/index.ts";
import type { CatalogAccess } from "./catalog-access.ts";
import { parseCursor, printCursor } from "./cursor.ts";
import { explore } from "./explore.ts";
import { listVerified } from "./publishers.ts";
import type { RepositoryCard } from "./repository-cards.ts";
import { listSigned } from "./signed.ts";
import { countTags, type FindStored } from "./tag-details.ts";

export interface CatalogRouteDeps {
  readonly db: Kysely<OfficialTables & PullTables & DiscoveryTables & SigningTables>;
  readonly access: CatalogAccess;
  readonly clock: () => Date;
  readonly statistics: Pick<Statistics, "find">;
  readonly findStored: FindStored;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const config = { access: "anybody" } as const;

/** What pages show of repositories, each in one answer: for whoever may pull from them. */
export function createCatalogRoutes(deps: CatalogRouteDeps): FastifyPluginAsyncZod {
  const { db, access, statistics } = deps;
  return async (app) => {
    const list = { querystring: repositoriesQuery, response: { 200: repositoryCards } };
    app.get(CATALOG_REPOSITORIES_PATH, { config, schema: list }, async (request) => {
      const { q, last, limit, ...filters } = request.query;
      const words = q.toLowerCase().split(/\s+/).filter(Boolean);
      const wish = { ...filters, words, after: parseCursor(last), limit: limit + 1 };
      const cards = await explore(deps, callerOf(request), wish);
      const page = toPage(cards, limit, ({ position }) => printCursor(position));
      const marks = await findMarks(deps, page.items);
      return { ...page, items: page.items.map((card) => toCard(card, marks)) };
    });
    const get = { params, response: { 200: repositoryView } };
    app.get(`${CATALOG_REPOSITORIES_PATH}/*`, { config, schema: get }, async (request) => {
      const caller = callerOf(request);
      const found = await access.getRepository(caller, request.params["*"]);
      const numbers = await statistics.find(found.id, caller.by);
      const facets = await findFacets(db, found.id);
      const marks = await findMarks(deps, [found]);
      const standing = marks.standings.get(found.name);
      return {
        ...toCard({ ...found, ...numbers, ...facets }, marks),
        ...(standing && { official: { ...standing } }),
        fullDescription: found.fullDescription,
        createdAt: found.createdAt.toISOString(),
        lastPulledAt: numbers.lastPulledAt?.toISOString(),
        isStarred: numbers.isStarred,
        tags: await countTags(deps, { repository: found.id }),
        bytes: (await deps.findStored(found)).bytes,
        may: await access.listActions(caller, found.name),
      };
    });
  };
}

/** What others say of repositories. */
interface Marks {
  readonly signed: ReadonlySet<RepositoryId>;
  readonly verified: ReadonlySet<RepositoryId>;
  /** By name, of the programme's images. */
  readonly standings: ReadonlyMap<string, Pick<OfficialImage, "status" | "reason">>;
}

async function findMarks(
  { db, clock }: Pick<CatalogRouteDeps, "db" | "clock">,
  repositories: readonly Pick<Repository, "id" | "name">[],
): Promise<Marks> {
  const ids = repositories.map(({ id }) => id);
  const [signed, verified] = [await listSigned(db, ids, clock()), await listVerified(db, ids)];
  const names = repositories.map(({ name }) => name);
  return { signed, verified, standings: await listStandings(db, names) };
}

function toCard(
  card: Omit<RepositoryCard, "position">,
  { signed, verified, standings }: Marks,
): z.input<typeof repositoryCard> {
  const { id, name, isPublic, description, pulls, stars, lastPushedAt } = card;
  return {
    name,
    visibility: isPublic ? "public" : "private",
    description,
    isOfficial: standings.get(name)?.status === "maintained",
    pulls,
    stars,
    lastPushedAt: lastPushedAt?.toISOString(),
    categories: [...card.categories],
    architectures: [...card.architectures],
    isSigned: signed.has(id),
    isVerified: verified.has(id),
  };
}
