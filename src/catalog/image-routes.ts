import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import { CATALOG_IMAGES_PATH, imageQuery, imageView } from "../contract/catalog.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { CatalogAccess } from "./catalog-access.ts";
import { findImage, type ImageDeps } from "./image-view.ts";
import { toPlatformImage } from "./platform-image.ts";

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const config = { access: "anybody" } as const;

/** What an image is made of, in one answer. */
export function createImageRoutes(
  deps: ImageDeps & { readonly access: CatalogAccess },
): FastifyPluginAsyncZod {
  return async (app) => {
    const get = { params, querystring: imageQuery, response: { 200: imageView } };
    app.get(`${CATALOG_IMAGES_PATH}/*`, { config, schema: get }, async (request) => {
      const place = await deps.access.getRepository(callerOf(request), request.params["*"]);
      const { reference } = request.query;
      const found = await findImage(deps, { repository: place.id, reference });
      if (found === undefined) {
        const detail = `${place.name} has no ${reference}`;
        throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
      }
      return toBody(place.name, found);
    });
  };
}

function toBody(
  repository: string,
  found: NonNullable<Awaited<ReturnType<typeof findImage>>>,
): z.input<typeof imageView> {
  const { digest, media_type: mediaType, artifactType, subject, manifest, image } = found;
  return {
    ...{ repository, digest, mediaType },
    artifactType: artifactType ?? undefined,
    subject: subject ?? undefined,
    pushedAt: new Date(found.pushed_at).toISOString(),
    tags: [...found.tags],
    annotations: { ...manifest.annotations },
    platforms: found.platforms.map(toPlatformImage),
    image: image && { ...image, steps: [...image.steps] },
    referrers: found.referrers.map((one) => ({
      digest: one.digest,
      artifactType: one.artifactType ?? one.mediaType,
      bytes: one.bytes,
      pushedAt: new Date(one.pushedAt).toISOString(),
    })),
  };
}
