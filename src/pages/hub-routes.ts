import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import { callerOf, type Principal } from "../access/index.ts";
import { HUB_PATH, hubView } from "../contract/catalog.ts";

type HubView = z.input<typeof hubView>;

/** What a page asks first. It names nobody but the caller. */
export function createHubRoutes(
  hub: Pick<HubView, "version" | "mode" | "signUp">,
): FastifyPluginAsyncZod {
  return async (app) => {
    // Whoever owes a second factor has to be told so.
    const config = { access: "anybody", isOwnLogin: true } as const;
    app.get(HUB_PATH, { config, schema: { response: { 200: hubView } } }, (request) => ({
      ...hub,
      account: toAccount(callerOf(request).by),
    }));
  };
}

function toAccount({ kind, name, role, owesSecondFactor }: Principal): HubView["account"] {
  if (kind !== "user") return undefined;
  return {
    name,
    ...(role === undefined ? {} : { role }),
    owesSecondFactor: owesSecondFactor === true,
  };
}
