import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Journal } from "../access/index.ts";
import { type Accounts, Passwords, type SecretVerifier } from "../accounts/index.ts";
import {
  createIdentityRoutes,
  createLdapDirectory,
  DirectoryPasswords,
  ForeignAccounts,
  followPeople,
  Identities,
  LDAP,
  type LdapSettings,
  type Policy,
  removeIdentities,
} from "../directory/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import { removeStandings, SyncedMemberships } from "../organizations/index.ts";
import type { Config } from "../platform/config/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { HubTables } from "./stores.ts";

/** Other systems whose people log in to this hub. */
export interface Directories {
  readonly ldap:
    | (LdapSettings & {
        readonly policy: Policy;
        readonly rememberMs: number;
        readonly followMs: number;
      })
    | undefined;
}

interface DirectoryParts {
  readonly database: Database<HubTables>;
  readonly accounts: Accounts;
  readonly journal: Journal;
  readonly onChange: () => void;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

interface ComposedDirectory {
  /** Of everybody who logs in by one, wherever it is kept. */
  readonly passwords: SecretVerifier;
  readonly routes: FastifyPluginAsyncZod;
  readonly jobs: readonly PeriodicJob[];
}

export function toDirectories({ ldap }: Config["access"]): Directories {
  const { url, timeout, remember, follow, createAccounts, ...rest } = ldap;
  if (url === undefined) return { ldap: undefined };
  const { groupTeams, administrators, auditors } = ldap;
  const policy = {
    provider: LDAP,
    createAccounts,
    linkVerifiedEmail: false,
    groupTeams,
    administrators,
    auditors,
  };
  const times = { timeoutMs: timeout, rememberMs: remember, followMs: follow };
  const groups = { ...ldap.groups, base: ldap.groups.base };
  const optional = { ca: ldap.ca, bindPassword: ldap.bindPassword };
  return { ldap: { ...rest, ...optional, ...times, url, groups, policy } };
}

/** Who is known elsewhere: their accounts here, and how they log in. */
export function composeDirectory({ ldap }: Directories, parts: DirectoryParts): ComposedDirectory {
  const memberships = new SyncedMemberships(parts);
  const foreignAccounts = new ForeignAccounts({ ...parts, memberships });
  const passwords = new Passwords(parts);
  const directory = ldap && createLdapDirectory(ldap);
  const deps = { ...parts, memberships, foreignAccounts };
  const identities = new Identities({
    ...deps,
    findInDirectory: async (user) => await directory?.findByUser(user),
    findIssuer: () => undefined,
  });
  const findProvider = (issuer: string) => (issuer === LDAP ? LDAP : undefined);
  const routes = createIdentityRoutes({ ...parts, identities, findProvider });
  if (ldap === undefined || directory === undefined) return { passwords, routes, jobs: [] };
  const { policy, rememberMs, followMs } = ldap;
  const people = { ...deps, directory, policy };
  return {
    passwords: new DirectoryPasswords({ ...people, passwords, rememberMs }),
    routes,
    jobs: [
      {
        name: "follow directory",
        everyMs: followMs,
        afterMs: followMs,
        run: (signal) => followPeople(people, signal),
      },
    ],
  };
}

/** What an account was given anywhere, when it goes. */
export async function removeEverythingGiven(
  trx: Kysely<HubTables>,
  account: NamespaceId,
): Promise<void> {
  await removeStandings(trx, account);
  await removeIdentities(trx, account);
}
