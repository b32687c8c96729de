import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import {
  hookPreview,
  WEBHOOKS_PATH,
  webhookPreview,
  webhookPreviewed,
} from "../contract/webhooks.ts";
import { type PreviewDeps, preview } from "./preview.ts";
import { getOwn, targetOf, type WebhookRouteDeps } from "./webhook-routes.ts";

/** Whose sample it is when nobody said. */
const SAMPLE = "acme/app";

/** Looking at bodies before anything is sent: of hooks that are there, and for everybody of those that could be. */
export function createPreviewRoutes(deps: WebhookRouteDeps & PreviewDeps): FastifyPluginAsyncZod {
  const config = { access: "account" } as const;
  const response = { 200: webhookPreviewed };
  return async (app) => {
    const schema = { body: webhookPreview, response };
    app.post(`${WEBHOOKS_PATH}/preview`, { config, schema }, async (request) => {
      const caller = callerOf(request);
      const { repository, namespace, format, template, ...wish } = request.body;
      const isOfSomething = repository !== undefined || namespace !== undefined;
      const found = isOfSomething && (await targetOf(deps, caller, { repository, namespace }));
      const sample = found ? toSample(found) : SAMPLE;
      const hook = { format, template };
      return preview(deps, { ...wish, hook, repository: sample, actor: caller.by.name });
    });
    const params = z.object({ id: z.string().max(64) });
    const own = { params, body: hookPreview, response };
    app.post(`${WEBHOOKS_PATH}/:id/preview`, { config, schema: own }, async (request) => {
      const caller = callerOf(request);
      const { hook, target } = await getOwn(deps, caller, request.params.id);
      const wish = { ...request.body, hook, repository: toSample(target), actor: caller.by.name };
      return preview(deps, wish);
    });
  };
}

function toSample({ name, repositoryId }: Awaited<ReturnType<typeof targetOf>>): string {
  if (name === "") return SAMPLE;
  return repositoryId === undefined ? `${name}/app` : name;
}
