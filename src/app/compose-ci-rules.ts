import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Authority } from "../organizations/index.ts";
import { createTrustRoutes, type TrustedIssuer } from "../tokens/index.ts";
import { assertSeesHub } from "./compose-quotas.ts";

/** Where there are accounts: who sees which CI jobs get in. */
export function composeCiRules(
  { issuers }: { readonly issuers: readonly TrustedIssuer[] },
  parts: { readonly url: string | undefined; readonly authority: Authority },
): FastifyPluginAsyncZod {
  const { url, authority } = parts;
  return createTrustRoutes({
    ...{ issuers, url, assertSeesHub },
    getOrganization: (caller, name) => authority.getOrganization(caller, name, "machine.read"),
  });
}
