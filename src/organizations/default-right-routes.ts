import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import { defaultRight, newDefaultRight, subjectKey } from "../contract/organizations.ts";
import type { DefaultRights } from "./default-rights.ts";
import type { DefaultRight } from "./default-rights-store.ts";
import { type RightRouteDeps, readSubject } from "./right-routes.ts";

export interface DefaultRightRouteDeps extends RightRouteDeps {
  readonly defaultRights: DefaultRights;
}

const config = { access: "account" } as const;
const params = z.object({ namespace: z.string().max(255) });
const nothing = z.null();
const PATH = "/api/v1/namespaces/:namespace/default-rights";

/** Who is given what in repositories to come. */
export function createDefaultRightRoutes(deps: DefaultRightRouteDeps): FastifyPluginAsyncZod {
  const { authority, defaultRights } = deps;
  const manage = (caller: Caller, namespace: string) =>
    authority.getNamespace(caller, namespace, "right.manage");
  return async (app) => {
    const list = { params, response: { 200: z.object({ items: z.array(defaultRight) }) } };
    app.get(PATH, { config, schema: list }, async (request) => {
      const { namespace: name } = request.params;
      const namespace = await authority.getNamespace(callerOf(request), name, "right.read");
      return { items: (await defaultRights.list(namespace)).map(toBody) };
    });
    const put = { params, body: newDefaultRight, response: { 204: nothing } };
    app.put(PATH, { config, schema: put }, async (request, reply) => {
      const caller = callerOf(request);
      const namespace = await manage(caller, request.params.namespace);
      const { actions, tags, createOnly, ...key } = request.body;
      const subject = await readSubject(deps, namespace, key);
      await defaultRights.put(namespace, { subject, actions, tags, createOnly, ...caller });
      return reply.code(204).send(null);
    });
    const remove = { params, querystring: subjectKey, response: { 204: nothing } };
    app.delete(PATH, { config, schema: remove }, async (request, reply) => {
      const caller = callerOf(request);
      const namespace = await manage(caller, request.params.namespace);
      const subject = await readSubject(deps, namespace, request.query);
      await defaultRights.remove(namespace, { subject, ...caller });
      return reply.code(204).send(null);
    });
  };
}

function toBody({ subject, actions, tags, createOnly }: DefaultRight) {
  return {
    [subject.kind]: subject.name,
    actions: [...actions],
    ...(tags === undefined ? {} : { tags }),
    createOnly,
  };
}
