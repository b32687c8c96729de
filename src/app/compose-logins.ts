import type { Origin, Principal } from "../access/index.ts";
import {
  Logins,
  type PersonalTokens,
  type SecretVerifier,
  type TwoFactor,
  type TwoFactorDuty,
} from "../accounts/index.ts";
import type { Activity } from "../activity/index.ts";
import type { Machines } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { HubTables } from "./stores.ts";

/** Who logs in by what, and what becomes of failures. */
export function createLogins(deps: {
  readonly database: Database<HubTables>;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly tokens: PersonalTokens;
  readonly machines: Machines;
  readonly passwords: SecretVerifier;
  readonly twoFactor: TwoFactor;
  readonly duty: TwoFactorDuty;
  readonly activity: Activity;
}): Logins {
  return new Logins({
    ...deps,
    secondFactor: deps.twoFactor,
    verifiers: [deps.tokens, deps.machines, deps.passwords],
    onFailure: (claim) => noteLogin(deps.activity, claim),
  });
}

function noteLogin(activity: Activity, { user, origin }: { user: string; origin: Origin }): void {
  const by: Principal = { kind: "anonymous", name: user };
  const account = user.toLowerCase();
  activity.noteRefusal({ action: "account.login", by, origin, account, name: account });
}
