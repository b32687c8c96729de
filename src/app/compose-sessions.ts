import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Journal } from "../access/index.ts";
import {
  type Accounts,
  BrowserLogin,
  createSessionRoutes,
  createTwoFactorRoutes,
  type Logins,
  type OpenSession,
  openBrowserSession,
  Sessions,
  type SessionTimes,
  type TwoFactor,
  type TwoFactorDuty,
} from "../accounts/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { HubTables } from "./stores.ts";

interface SessionParts extends PublicAddress {
  readonly database: Database<HubTables>;
  readonly journal: Journal;
  readonly accounts: Accounts;
  readonly logins: Logins;
  readonly twoFactor: TwoFactor;
  readonly duty: TwoFactorDuty;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

export interface ComposedSessions {
  readonly sessions: Sessions;
  readonly login: BrowserLogin;
  /** What every way in ends with, for whoever proved who they are. */
  readonly openSession: OpenSession;
  readonly routes: FastifyPluginAsyncZod;
  readonly jobs: readonly PeriodicJob[];
}

const HOUR = 3_600_000;

/** Logins of browsers, and what they need beside a password. */
export function composeSessions(
  { sessionTimes: times }: { readonly sessionTimes: SessionTimes },
  parts: SessionParts,
): ComposedSessions {
  const sessions = new Sessions({ ...parts, times });
  const login = new BrowserLogin(parts);
  const openSession: OpenSession = (exchange, wish) =>
    openBrowserSession({ ...parts, sessions }, exchange, wish);
  return {
    sessions,
    login,
    openSession,
    async routes(app) {
      await app.register(createSessionRoutes({ ...parts, sessions, login, openSession }));
      await app.register(createTwoFactorRoutes({ ...parts, login }));
    },
    jobs: [{ name: "expire sessions", everyMs: HOUR, run: () => sessions.expire() }],
  };
}
