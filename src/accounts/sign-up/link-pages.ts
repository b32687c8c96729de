import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

/** Where links in letters lead, and the command that does the same. Asking for one uses nothing up: mail scanners open links. */
const PAGES = {
  "/sign-up": "berth sign-up --hub URL --invitation SECRET",
  "/confirm": "berth confirm --hub URL --secret SECRET",
  "/reset": "berth reset-password --hub URL --secret SECRET",
} as const;

/** For whoever opens the link of a letter without a browser, which gets the page at that address. */
export function createLinkPages(deps: {
  readonly hubUrl: string | undefined;
}): FastifyPluginAsyncZod {
  const url = deps.hubUrl ?? "URL";
  return async (app) => {
    const schema = { response: { 200: z.string() } };
    for (const [path, command] of Object.entries(PAGES)) {
      app.get(path, { config: { access: "public" }, schema }, async (_request, reply) => {
        // What stands in the address is not repeated: whoever wrote it would write the page.
        const line = command.replace("URL", url);
        const text = `Open this address in a browser, or type what does the same:\n\n  ${line}\n`;
        return reply.type("text/plain; charset=utf-8").send(text);
      });
    }
  };
}
