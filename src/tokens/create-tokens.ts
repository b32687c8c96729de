import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type {
  Attempt,
  Authenticator,
  Journal,
  Principal,
  RepositoryRights,
} from "../access/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import { KeySet } from "../platform/keys/index.ts";
import { AccessTokens, TOKEN_LIFETIME_SECONDS } from "./access-tokens.ts";
import { Admission } from "./exchange/admission.ts";
import type { OpenDocument } from "./exchange/issuer-keys.ts";
import { KnownIssuers } from "./exchange/known-issuers.ts";
import { type Personas, StoredRules } from "./exchange/stored-rules.ts";
import { TokenExchange } from "./exchange/token-exchange.ts";
import type { TrustedIssuer } from "./exchange/trust-rules.ts";
import { withWorkloads } from "./exchange/with-workloads.ts";
import { WorkloadTokens } from "./exchange/workload-tokens.ts";
import type { Identities } from "./identities.ts";
import { createLoginRoutes } from "./login-routes.ts";
import { RefreshTokens } from "./refresh-tokens.ts";
import type { TokenTables } from "./tables.ts";
import { TokenAuthenticator } from "./token-authenticator.ts";
import { createTokenRoutes } from "./token-routes.ts";
import { TokenService } from "./token-service.ts";

export interface TokensDeps extends PublicAddress {
  readonly database: Database<TokenTables>;
  readonly identities: Identities;
  readonly rights: RepositoryRights;
  readonly personas: Personas;
  readonly issuers: readonly TrustedIssuer[];
  /** Fetches what lies at addresses that users gave. */
  readonly openGuarded: OpenDocument;
  readonly journal: Journal;
  readonly noteRefusal: (deed: Attempt) => void;
  /** Where clients reach the hub; undefined: whatever host they name. */
  readonly url: string | undefined;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

export interface Tokens {
  readonly authenticator: Authenticator;
  readonly routes: FastifyPluginAsyncZod;
  /** What else the hub signs is signed with the same keys. */
  readonly keys: KeySet;
  /** For a program that the hub hands work to: pulls from these repositories, as far as somebody was found to be allowed to. */
  issuePull(
    principal: Principal,
    repositories: readonly string[],
  ): Promise<{ readonly text: string; readonly lifetimeSeconds: number }>;
  /** To be run every now and then: follows old keys by new ones, and forgets logins that have ended. */
  maintain(): Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const ROTATE_AFTER_MS = 30 * DAY_MS;
/** A token lives for half an hour; the rest is for clocks and for other processes to hear of a new key. */
const KEEP_MS = DAY_MS;

/** Puts the token service together; `app/compose.ts` calls it. */
export async function createTokens(deps: TokensDeps): Promise<Tokens> {
  const service = deps.url === undefined ? "berth" : new URL(deps.url).host;
  const keys = await KeySet.open({ ...deps, rotateAfterMs: ROTATE_AFTER_MS, keepMs: KEEP_MS });
  const tokens = new AccessTokens({ ...deps, keys, service });
  const workloadTokens = new WorkloadTokens({ ...deps, keys, service });
  const rules = { storedRules: new StoredRules(deps), knownIssuers: new KnownIssuers(deps) };
  const admission = new Admission({ ...deps, ...rules });
  const exchange = new TokenExchange({ ...deps, admission, workloadTokens });
  const identities = withWorkloads(deps.identities, exchange);
  const refreshTokens = new RefreshTokens({ ...deps, identities });
  const parts = { ...deps, identities, tokens, refreshTokens, exchange, service, keys };
  return {
    authenticator: new TokenAuthenticator(parts),
    keys,
    routes: async (app) => {
      await app.register(createTokenRoutes({ ...parts, tokenService: new TokenService(parts) }));
      await app.register(createLoginRoutes(parts));
    },
    async issuePull(principal, repositories) {
      const scopes = repositories.map((name) => ({ type: "repository", name, actions: ["pull"] }));
      const { text } = await tokens.issue(principal, scopes);
      return { text, lifetimeSeconds: TOKEN_LIFETIME_SECONDS };
    },
    async maintain() {
      await keys.rotateIfDue();
      await refreshTokens.expire();
    },
  };
}
