import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import {
  imageSignatures,
  PROVENANCE_PATH,
  provenance,
  SIGNATURES_PATH,
  signaturesQuery,
} from "../../contract/signatures.ts";
import type { Repository } from "../../repositories/index.ts";
import type { Provenance } from "./provenance.ts";

export interface SignatureRouteDeps {
  readonly evidence: Provenance;
  /** Throws UNAUTHORIZED, NOT_FOUND or DENIED. */
  readonly getRepository: (caller: Caller, name: string) => Promise<Repository>;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const config = { access: "anybody" } as const;

/** Whoever may pull an image may know who signed it. */
export function createSignatureRoutes(deps: SignatureRouteDeps): FastifyPluginAsyncZod {
  const { evidence, getRepository } = deps;
  return async (app) => {
    const list = { params, querystring: signaturesQuery, response: { 200: imageSignatures } };
    app.get(`${SIGNATURES_PATH}/*`, { config, schema: list }, async (request) => {
      const place = await getRepository(callerOf(request), request.params["*"]);
      return await evidence.listSignatures(place, request.query.reference);
    });
    const claims = { params, querystring: signaturesQuery, response: { 200: provenance } };
    app.get(`${PROVENANCE_PATH}/*`, { config, schema: claims }, async (request) => {
      const place = await getRepository(callerOf(request), request.params["*"]);
      return await evidence.listClaims(place, request.query.reference);
    });
  };
}
