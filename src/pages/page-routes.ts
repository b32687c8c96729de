import { randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { BuiltPages } from "./built-pages.ts";
import { isPage, SHARED_PATHS } from "./page-paths.ts";
import { pageHeaders } from "./page-policy.ts";

/** Names of assets hold the hash of their bytes. */
const FOR_GOOD = "public, max-age=31536000, immutable";
const NONCE_BYTES = 16;

const config = { access: "public" } as const;
/** Only browsers are answered by pages, and pages are no part of the API's description. */
const constraints = { wants: "page" } as const;
const schema = { hide: true } as const;

/** The same shell for everybody: who asks, and what they may see, is found out by the requests that the page makes. */
export function createPageRoutes(pages: BuiltPages): FastifyPluginAsyncZod {
  return async (app) => {
    for (const path of [...SHARED_PATHS, "/", "/*"])
      app.get(path, { config, constraints, schema }, (request, reply) =>
        sendShell(pages, request, reply),
      );
    const params = z.object({ name: z.string().max(255) });
    app.get("/assets/:name", { config, schema: { ...schema, params } }, async (request, reply) => {
      const encodings = String(request.headers["accept-encoding"] ?? "");
      const asset = await pages.findAsset(request.params.name, encodings);
      if (asset === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      if (asset.encoding !== undefined) reply.header("Content-Encoding", asset.encoding);
      reply.header("Cache-Control", FOR_GOOD).header("Vary", "Accept-Encoding");
      return reply.type(asset.type).send(asset.bytes);
    });
  };
}

function sendShell(pages: BuiltPages, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const nonce = randomBytes(NONCE_BYTES).toString("base64url");
  const [path = ""] = request.url.split("?", 1);
  reply.code(isPage(path) ? 200 : 404).headers(pageHeaders(nonce));
  return reply.type("text/html; charset=utf-8").send(pages.renderShell(nonce));
}
