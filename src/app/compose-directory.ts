import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Attempt, Journal } from "../access/index.ts";
import {
  type Accounts,
  type OpenSession,
  Passwords,
  type PersonalTokens,
  type SecretVerifier,
  type Sessions,
} from "../accounts/index.ts";
import {
  CommandLogins,
  createIdentityRoutes,
  createLdapDirectory,
  createOidcRoutes,
  DirectoryPasswords,
  ForeignAccounts,
  followPeople,
  Identities,
  LDAP,
  type LdapSettings,
  LoginFlows,
  OidcProvider,
  type OidcSettings,
  type Policy,
  removeIdentities,
} from "../directory/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import { removeStandings, SyncedMemberships } from "../organizations/index.ts";
import type { Config } from "../platform/config/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import { removeCiRulesOf } from "../tokens/index.ts";
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
  readonly oidc: readonly OidcSettings[];
}

interface DirectoryParts {
  readonly database: Database<HubTables>;
  readonly accounts: Accounts;
  readonly tokens: PersonalTokens;
  readonly journal: Journal;
  readonly onChange: () => void;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

interface Doors extends PublicAddress {
  readonly sessions: Pick<Sessions, "authenticate">;
  readonly openSession: OpenSession;
  readonly noteRefusal: (deed: Attempt) => void;
}

interface ComposedDirectory {
  /** Of everybody who logs in by one, wherever it is kept. */
  readonly passwords: SecretVerifier;
  /** For those who come by a provider, once there are sessions for them. */
  readonly createRoutes: (doors: Doors) => FastifyPluginAsyncZod;
  readonly jobs: readonly PeriodicJob[];
}

export function toDirectories({ ldap, oidc }: Config["access"]): Directories {
  return { ldap: toLdap(ldap), oidc: oidc.map(toProvider) };
}

function toProvider(settings: Config["access"]["oidc"][number]): OidcSettings {
  const { name: provider, createAccounts, linkVerifiedEmail } = settings;
  const { groupTeams, administrators, auditors, clientSecret, clientSecretFile } = settings;
  const rules = { groupTeams, administrators, auditors };
  const policy = { provider, createAccounts, linkVerifiedEmail, ...rules };
  return { ...settings, clientSecret, clientSecretFile, policy };
}

function toLdap(ldap: Config["access"]["ldap"]): Directories["ldap"] {
  const { url, timeout, remember, follow, createAccounts, ...rest } = ldap;
  if (url === undefined) return undefined;
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
  return { ...rest, ...optional, ...times, url, groups, policy };
}

/** Who is known elsewhere: their accounts here, and how they log in. */
export function composeDirectory(
  { ldap, oidc }: Directories,
  parts: DirectoryParts,
): ComposedDirectory {
  const memberships = new SyncedMemberships(parts);
  const foreignAccounts = new ForeignAccounts({ ...parts, memberships });
  const passwords = new Passwords(parts);
  const directory = ldap && createLdapDirectory(ldap);
  const deps = { ...parts, memberships, foreignAccounts };
  const identities = new Identities({
    ...deps,
    findInDirectory: directory && ((user) => directory.findByUser(user)),
    findIssuer: (provider) => oidc.find(({ name }) => name === provider)?.issuer,
  });
  const providers = [...oidc.map(({ name }) => name), ...(ldap === undefined ? [] : [LDAP])];
  const createRoutes = composeRoutes(oidc, { ...deps, identities, providers });
  if (ldap === undefined || directory === undefined) return { passwords, createRoutes, jobs: [] };
  const { policy, rememberMs, followMs } = ldap;
  const people = { ...deps, directory, policy };
  return {
    passwords: new DirectoryPasswords({ ...people, passwords, rememberMs }),
    createRoutes,
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

function composeRoutes(
  oidc: readonly OidcSettings[],
  parts: DirectoryParts & {
    readonly identities: Identities;
    readonly providers: readonly string[];
    readonly foreignAccounts: ForeignAccounts;
  },
) {
  const { clock, accounts } = parts;
  const findProvider = (issuer: string) =>
    issuer === LDAP ? LDAP : oidc.find((settings) => settings.issuer === issuer)?.name;
  return (doors: Doors): FastifyPluginAsyncZod =>
    async (app) => {
      await app.register(createIdentityRoutes({ ...parts, findProvider }));
      await app.register(
        createOidcRoutes({
          ...parts,
          ...doors,
          providers: oidc.map((settings) => new OidcProvider({ ...parts, settings })),
          flows: new LoginFlows({ clock }),
          commandLogins: new CommandLogins({ ...parts, findAccount: (id) => accounts.find(id) }),
          findBySession: (claim) => doors.sessions.authenticate(claim),
        }),
      );
    };
}

/** What an account was given anywhere, when it goes. */
export async function removeEverythingGiven(
  trx: Kysely<HubTables>,
  account: NamespaceId,
): Promise<void> {
  await removeStandings(trx, account);
  await removeIdentities(trx, account);
  await removeCiRulesOf(trx, account);
}
