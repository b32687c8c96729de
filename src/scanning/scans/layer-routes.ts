import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import { LAYERS_PATH, layersOfImages, layersQuery } from "../../contract/layers.ts";
import type { ImageLayers } from "./image-layers.ts";
import type { ScanAccess } from "./scan-access.ts";

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });

/** What layers hide of each other, and advice: for whoever may pull the image. */
export function createLayerRoutes({
  layers,
  access,
}: {
  readonly layers: ImageLayers;
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
  };
}
