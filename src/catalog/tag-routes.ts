import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import { CATALOG_TAGS_PATH, type tagRow, tagRows, tagsQuery } from "../contract/catalog.ts";
import { toPage } from "../contract/pages.ts";
import type { Digest } from "../oci/digest.ts";
import type { ScanningTables } from "../scanning/index.ts";
import type { SigningTables } from "../signing/index.ts";
import type { CatalogAccess } from "./catalog-access.ts";
import { parseCursor, printCursor } from "./cursor.ts";
import { countFindings, type FindingCounts, worstOf } from "./finding-counts.ts";
import { toPlatformImage } from "./platform-image.ts";
import { countSignatures } from "./signed.ts";
import { listTagsNamed, type TagDeps, type TagDetails } from "./tag-details.ts";
import type { TagNames } from "./tag-names.ts";

export interface TagRouteDeps extends TagDeps {
  readonly access: CatalogAccess;
  readonly tagNames: TagNames;
  readonly scans: Kysely<ScanningTables>;
  readonly signatures: Kysely<SigningTables>;
  readonly clock: () => Date;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const config = { access: "anybody" } as const;

/** Tags with what is in them, a page at a time and in the order that was asked for. */
export function createTagRoutes(deps: TagRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const list = { params, querystring: tagsQuery, response: { 200: tagRows } };
    app.get(`${CATALOG_TAGS_PATH}/*`, { config, schema: list }, async (request) => {
      const place = await deps.access.getRepository(callerOf(request), request.params["*"]);
      const { id: repository } = place;
      const { q: holding, order, last, limit } = request.query;
      const wish = { repository, holding, order, after: parseCursor(last), limit: limit + 1 };
      const named = await deps.tagNames.list(wish);
      const page = toPage(named, limit, ({ position }) => printCursor(position));
      const names = page.items.map(({ name }) => name);
      const tags = await listTagsNamed(deps, repository, names);
      const found = await countFindings(deps.scans, tags.flatMap(digestsOf));
      const signed = await countSignatures(deps.signatures, place, {
        subjects: tags.map(({ digest }) => digest),
        now: deps.clock(),
      });
      return {
        ...page,
        items: tags.map((tag) => ({
          ...toRow(tag, found),
          signatures: signed.get(tag.digest) ?? 0,
        })),
      };
    });
  };
}

function digestsOf({ images }: TagDetails): Digest[] {
  return images.map(({ digest }) => digest);
}

function toRow(
  tag: TagDetails,
  found: ReadonlyMap<Digest, FindingCounts>,
): Omit<z.input<typeof tagRow>, "signatures"> {
  const { name, digest, mediaType, images, updatedAt, updatedBy, lastPulledAt } = tag;
  const findings = worstOf(digestsOf(tag).flatMap((one) => found.get(one) ?? []));
  return {
    ...{ name, digest, mediaType, updatedBy },
    platforms: images.map(toPlatformImage),
    updatedAt: updatedAt.toISOString(),
    lastPulledAt: lastPulledAt?.toISOString(),
    findings,
  };
}
