import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Deed, Principal } from "../access/index.ts";
import { createFormerNamespaces, createNamespaces } from "../namespaces/index.ts";
import { migrateToLatest, openSqliteDatabase } from "../platform/db/index.ts";
import { openSealing } from "../platform/keys/index.ts";
import { Accounts } from "./accounts.ts";
import type { AccountTables } from "./accounts-store.ts";
import { createFirstAdministrator } from "./first-administrator.ts";
import { type Holder, Logins } from "./logins.ts";
import { createAccountTables } from "./migration-0004.ts";
import { createSessionTables } from "./migration-0009.ts";
import { createSignUpTables } from "./migration-0010.ts";
import { createProfiles } from "./migration-0016.ts";
import { addIdentitiesOfLogins } from "./migration-0039.ts";
import { addOfficialMails } from "./migration-0096.ts";
import { Passwords } from "./passwords.ts";
import { PersonalTokens } from "./personal-tokens.ts";
import { TwoFactor } from "./two-factor/two-factor.ts";
import { createTwoFactorDuty } from "./two-factor-duty.ts";

export const ORIGIN = { address: "192.0.2.1", client: "docker/28" };
const ROOT: Principal = { kind: "user", name: "admin", role: "administrator" };
export const BY_ROOT = { by: ROOT, origin: ORIGIN };

/** The capability on a database of its own, with a clock that only a test moves. */
export async function openAccounts(
  overrides: Partial<Pick<ConstructorParameters<typeof Accounts>[0], "assertEmpty">> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "berth-accounts-"));
  const database = await openSqliteDatabase<AccountTables>({
    path: join(folder, "berth.db"),
  });
  await migrateToLatest(database.writer, {
    "0001-namespaces": { up: createNamespaces },
    "0002-accounts": { up: createAccountTables },
    "0003-sign-up": { up: createSignUpTables },
    "0004-sessions": { up: createSessionTables },
    "0005-profiles": { up: createProfiles },
    "0012-former-names": { up: createFormerNamespaces },
    "0039-identities-of-logins": { up: addIdentitiesOfLogins },
    "0096-official-mails": { up: addOfficialMails },
  });
  const deeds: Deed[] = [];
  let now = new Date("2026-11-24T12:00:00Z");
  let ids = 0;
  const deps = {
    database,
    journal: { record: async (_trx: unknown, deed: Deed) => void deeds.push(deed) },
    assertEmpty: async () => undefined,
    removeStandings: async () => undefined,
    onChange: () => undefined,
    clock: () => now,
    randomId: () => `id-${++ids}`,
    ...overrides,
  };
  const tokens = new PersonalTokens(deps);
  const twoFactor = new TwoFactor({
    ...deps,
    sealing: await openSealing(folder),
    endLogins: async () => undefined,
  });
  return {
    database,
    deeds,
    clock: deps.clock,
    tokens,
    accounts: new Accounts(deps),
    logins: new Logins({
      ...deps,
      secondFactor: twoFactor,
      duty: createTwoFactorDuty("optional"),
      onFailure: () => undefined,
      verifiers: [tokens, new Passwords(deps)],
    }),
    createAdministrator: (password?: string) => createFirstAdministrator({ ...deps, password }),
    wait: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    async [Symbol.asyncDispose]() {
      await database.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** What a token would remember of a login. */
export function holderOf(principal: Principal | undefined): Holder {
  const { accountId, credential } = principal ?? {};
  if (accountId === undefined || credential === undefined) throw new Error("nobody logged in");
  return { accountId, credential };
}
