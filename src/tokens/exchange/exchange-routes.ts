import type { FastifyInstance } from "fastify";
import { originOf } from "../../access/index.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import { TokenError } from "../token-error.ts";
import type { TokenExchange } from "./token-exchange.ts";

const EXCHANGE_PATH = "/oauth/token";
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange";
const TOKEN_TYPE = "urn:ietf:params:oauth:token-type:";
const SUBJECT_TYPES: ReadonlySet<string | null> = new Set([
  `${TOKEN_TYPE}jwt`,
  `${TOKEN_TYPE}id_token`,
]);

const NAME_CHARACTERS = 255;

export interface ExchangeRouteDeps extends PublicAddress {
  readonly exchange: Pick<TokenExchange, "exchange">;
}

/** RFC 8693. Forms are read by the plugin that this is part of. */
export function registerExchange(app: FastifyInstance, deps: ExchangeRouteDeps): void {
  app.post(EXCHANGE_PATH, { config: { access: "public" } }, async (request) => {
    const origin = originOf(request.raw, deps);
    const exchanged = await deps.exchange.exchange({ ...readForm(request.body), origin });
    return {
      access_token: exchanged.token,
      issued_token_type: `${TOKEN_TYPE}access_token`,
      token_type: "Bearer",
      expires_in: exchanged.expiresInSeconds,
      scope: exchanged.scope,
    };
  });
}

function readForm(form: unknown) {
  if (!(form instanceof URLSearchParams)) throw new TokenError("invalid_request");
  if (form.get("grant_type") !== GRANT_TYPE) {
    throw new TokenError("unsupported_grant_type", { message: `grant_type must be ${GRANT_TYPE}` });
  }
  if (!SUBJECT_TYPES.has(form.get("subject_token_type"))) {
    const message = `subject_token_type must be ${[...SUBJECT_TYPES].join(" or ")}`;
    throw new TokenError("invalid_request", { message });
  }
  const subjectToken = form.get("subject_token");
  if (subjectToken === null || subjectToken === "") {
    throw new TokenError("invalid_request", { message: "the form lacks subject_token" });
  }
  const organization = form.get("organization") ?? "";
  if (organization.length > NAME_CHARACTERS)
    throw new TokenError("invalid_request", { message: "organization is no name of one" });
  return { subjectToken, organization: organization === "" ? undefined : organization };
}
