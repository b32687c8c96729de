import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import {
  FILE_COMPARISONS_PATH,
  fileComparison,
  fileComparisonQuery,
  LAYERS_PATH,
  layersOfImages,
  layersQuery,
} from "../../contract/layers.ts";
import type { FileComparisons } from "./file-comparisons.ts";
import type { ImageLayers } from "./image-layers.ts";
import type { ScanAccess } from "./scan-access.ts";

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });

/** What layers hide of each other, advice, and which files of two images differ: for whoever may pull the image. */
export function createLayerRoutes({
  layers,
  files,
  access,
}: {
  readonly layers: ImageLayers;
  readonly files: FileComparisons;
  readonly access: ScanAccess;
}): FastifyPluginAsyncZod {
  return async (app) => {
    const schema = { params, querystring: layersQuery, response: { 200: layersOfImages } };
    app.get(`${LAYERS_PATH}/*`, { config: { access: "anybody" }, schema }, async (request) => {
      const place = await access.getRepository(callerOf(request), request.params["*"], "pull");
      const { reference } = request.query;
      const image = `${place.name}${reference.includes(":") ? "@" : ":"}${reference}`;
      return { image, images: await layers.list(place, request.query) };
    });
    const compared = {
      params,
      querystring: fileComparisonQuery,
      response: { 200: fileComparison },
    };
    app.get(
      `${FILE_COMPARISONS_PATH}/*`,
      { config: { access: "anybody" }, schema: compared },
      async (request) => {
        const place = await access.getRepository(callerOf(request), request.params["*"], "pull");
        return await files.compare(place, request.query);
      },
    );
  };
}
