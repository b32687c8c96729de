import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import { newTrustAnchor, TRUST_PATH, trustAnchor } from "../../contract/signatures.ts";
import type { Anchor } from "../store/anchors-store.ts";
import type { TrustedSigners, TrustPlace } from "./trusted-signers.ts";

export interface TrustRouteDeps {
  readonly signers: TrustedSigners;
  /** `hub`, or a namespace. Throws UNAUTHORIZED, NOT_FOUND or DENIED. */
  readonly getPlace: (caller: Caller, name: string, wish: "read" | "manage") => Promise<TrustPlace>;
}

const params = z.object({ place: z.string().max(255) });
const one = params.extend({ name: z.string().max(255) });

/** Whose signatures count, in the hub and in namespaces. */
export function createTrustRoutes({ signers, getPlace }: TrustRouteDeps): FastifyPluginAsyncZod {
  const config = { access: "anybody" } as const;
  return async (app) => {
    const list = { params, response: { 200: z.object({ items: z.array(trustAnchor) }) } };
    app.get(`${TRUST_PATH}/:place`, { config, schema: list }, async (request) => {
      const place = await getPlace(callerOf(request), request.params.place, "read");
      return { items: (await signers.list(place)).map(toBody) };
    });
    const add = { params, body: newTrustAnchor, response: { 204: z.null() } };
    app.post(`${TRUST_PATH}/:place`, { config, schema: add }, async (request, reply) => {
      const caller = callerOf(request);
      const place = await getPlace(caller, request.params.place, "manage");
      await signers.add(place, request.body, caller);
      return reply.code(204).send(null);
    });
    const remove = { params: one, response: { 204: z.null() } };
    app.delete(`${TRUST_PATH}/:place/:name`, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const place = await getPlace(caller, request.params.place, "manage");
      await signers.remove(place, request.params.name, caller);
      return reply.code(204).send(null);
    });
  };
}

function toBody({ name, kind, pem, createdAt, createdBy }: Anchor): z.input<typeof trustAnchor> {
  return { name, kind, pem, createdAt: createdAt.toISOString(), createdBy };
}
