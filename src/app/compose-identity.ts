import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import {
  type Attempt,
  type Authenticator,
  type Authoriser,
  type BrowserSessions,
  createAccountsAuthoriser,
  createRepositoryRights,
  type Journal,
  type OpenTransaction,
  type Principal,
  type Standings,
} from "../access/index.ts";
import {
  Accounts,
  type BrowserLogin,
  createAccountRoutes,
  createMailWishRoutes,
  createPersonas,
  createProfileRoutes,
  createTwoFactorDuty,
  createUserRoutes,
  PersonalTokens,
  Profiles,
  type SessionTimes,
  TwoFactor,
  type TwoFactorPolicy,
} from "../accounts/index.ts";
import { Activity, createAuditRoutes } from "../activity/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { HubTokens } from "../hub-api/index.ts";
import type { RateLimit } from "../lib/rate-window.ts";
import type { RulePresence } from "../lifecycle/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import {
  Authority,
  CustomRoles,
  claimUnowned,
  createAccessHelpRoutes,
  createDefaultRightRoutes,
  createMachineRoutes,
  createOrganizationRoutes,
  createOrganizationTwoFactorRoutes,
  createRepositoryRoutes,
  createRightRoutes,
  createRoleRoutes,
  DefaultRights,
  Machines,
  OrganizationSettings,
  Organizations,
  RepositoryDirectory,
  RepositoryStandings,
  Rights,
  Teams,
  VisibleRepositories,
} from "../organizations/index.ts";
import type { FilesystemStore } from "../platform/blobs/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import type { Mailer, MailQueue } from "../platform/mail/index.ts";
import type { Metrics } from "../platform/observability/index.ts";
import type { PolicyDeps } from "../policy/index.ts";
import { Statistics } from "../pulls/index.ts";
import type { Registry, RegistryAccess } from "../registry/index.ts";
import { listNamesIn, listRepositoryNames } from "../repositories/index.ts";
import {
  createTokens,
  removePasswordLogins,
  type Tokens,
  type TrustedIssuer,
} from "../tokens/index.ts";
import { createTellingJournal } from "../webhooks/index.ts";
import { composeCiRules } from "./compose-ci-rules.ts";
import { composeDirectory, type Directories, removeEverythingGiven } from "./compose-directory.ts";
import { composeForwarding, type ForwardingOptions } from "./compose-forwarding.ts";
import { composeHubApi, createApiAuthenticator } from "./compose-hub-api.ts";
import {
  createLifecycleRoutes,
  createLifecycleRules,
  createOpenLifecycleRoutes,
} from "./compose-lifecycle.ts";
import { createLogins } from "./compose-logins.ts";
import { composeMail } from "./compose-mail.ts";
import { createPullRoutes } from "./compose-pulls.ts";
import type { ComposedQuotas } from "./compose-quotas.ts";
import { composeSessions } from "./compose-sessions.ts";
import { composeSignUp, type SignUpOptions } from "./compose-sign-up.ts";
import type { Telling } from "./compose-telling.ts";
import { composeWebhooks } from "./compose-webhooks.ts";
import { createAccountFinder } from "./find-account.ts";
import { settleRepository } from "./settle-repository.ts";
import type { HubTables } from "./stores.ts";
import { createVouchedImages } from "./vouched-images.ts";
import { welcome } from "./welcome.ts";

/** How the hub decides who may do what. */
export type AccessOptions =
  | {
      readonly mode: "open" | "htpasswd";
      readonly authenticator: Authenticator;
      readonly authoriser: Authoriser;
    }
  | {
      readonly mode: "accounts";
      /** Of the first administrator; a random one without it. */
      readonly adminPassword: string | undefined;
      /** What an identity provider shows to add and switch off people. */
      readonly scimToken: string | undefined;
      /** Who vouches for CI jobs. */
      readonly issuers: readonly TrustedIssuer[];
      /** Other systems whose people log in here. */
      readonly directories: Directories;
      /** How long the audit trail is kept, and who gets it. */
      readonly audit: ForwardingOptions;
      readonly mailer: Mailer;
      /** How long logins of browsers last. */
      readonly sessionTimes: SessionTimes;
      /** Of requests to Docker Hub's API. */
      readonly hubApiLimit: RateLimit | undefined;
      readonly signUp: SignUpOptions;
      /** Who has to have two-factor login. */
      readonly twoFactor: TwoFactorPolicy;
      /** Shows a password that was made up just now. */
      readonly print: (line: string) => void;
    };

interface IdentityDeps extends PublicAddress {
  readonly telling: Telling;
  readonly quotas: ComposedQuotas;
  readonly blobs: FilesystemStore;
  readonly database: Database<HubTables>;
  readonly clock: () => Date;
  readonly randomId: () => string;
  /** Of secrets that the hub has to be able to read again. */
  readonly sealing: Sealing;
  /** Where clients reach the hub, when it was told. */
  readonly url: string | undefined;
  readonly metrics: Pick<Metrics, "addGauge" | "addLabelled">;
  readonly rulePresence: RulePresence;
  readonly log: Logger;
}

export interface Identity {
  readonly authenticator: Authenticator;
  /** At the doors of the HTTP API, which know more kinds of tokens. */
  readonly apiAuthenticator: Authenticator;
  /** Logins of browsers, at the doors of the HTTP API. */
  readonly sessions?: BrowserSessions;
  /** Docker Hub's API, where there are accounts. */
  readonly createHubApi: (registry: Registry) => FastifyPluginAsyncZod;
  readonly access: RegistryAccess;
  /** Where there may be something for somebody to see; undefined where everybody sees the same. */
  readonly reachOf?: VisibleRepositories["reachOf"];
  /** Who stands behind a name that pulled something, as they are now and without a credential. */
  readonly findAccount: PolicyDeps["findAccount"];
  /** After changed rights. */
  readonly onChange: () => void;
  /** Where there are accounts. */
  readonly authority: Authority | undefined;
  /** Of an account in force, as it is now and without a login. */
  readonly findPerson: (accountId: number) => Promise<Principal | undefined>;
  /** Where there are accounts: a token of the registry's that pulls from these repositories and does nothing else. */
  readonly issuePull?: Tokens["issuePull"];
  /** Where there are accounts: letters to those who have them. */
  readonly mails?: MailQueue;
  readonly routes: readonly FastifyPluginAsyncZod[];
  /** First words below /v2/ that belong to these routes. */
  readonly words: ReadonlySet<string>;
  readonly jobs: readonly PeriodicJob[];
  /** Writes down what is still to be written. */
  readonly close: () => Promise<void>;
}

/** First words below /v2/ that are not the registry's: tokens behind a proxy of /v2/ alone, and Docker Hub's API. */
const HUB_WORDS = new Set([
  "token",
  "auth",
  "users",
  "access-tokens",
  "namespaces",
  "repositories",
  "search",
  "orgs",
  "invites",
  "auditlogs",
  "scim",
]);

const SECOND = 1000;
const HOUR = 3_600_000;

/** The capabilities that know people, or what stands in for them in modes that do not. */
export async function composeIdentity(
  access: AccessOptions,
  deps: IdentityDeps,
): Promise<Identity> {
  if (access.mode === "accounts") return await composeAccounts(access, deps);
  const { authenticator, authoriser } = access;
  return {
    authenticator,
    apiAuthenticator: authenticator,
    createHubApi: () => async () => undefined,
    routes: [...createOpenLifecycleRoutes(deps), ...deps.quotas.createOpenRoutes()],
    words: new Set(),
    jobs: [],
    close: async () => undefined,
    authority: undefined,
    onChange: () => undefined,
    findAccount: async ({ account }) => ({ kind: "user", name: account }),
    findPerson: async () => undefined,
    access: {
      authoriser,
      listVisible: (_principal, page) => listRepositoryNames(deps.database.reader, page),
      createOrganization: async () => undefined,
      settleRepository: async () => undefined,
      journal: { record: async () => undefined },
      noteRefusal: () => undefined,
    },
  };
}

async function composeAccounts(
  access: Extract<AccessOptions, { mode: "accounts" }>,
  deps: IdentityDeps,
): Promise<Identity> {
  const { database } = deps;
  const activity = new Activity(deps);
  await welcome(access, { ...deps, journal: activity });
  const noteRefusal = (deed: Attempt) => activity.noteRefusal(deed);
  const standings = new RepositoryStandings({ ...deps, vouched: createVouchedImages(database) });
  const parts = {
    ...deps,
    duty: createTwoFactorDuty(access.twoFactor),
    journal: createTellingJournal({ ...deps, journal: activity }),
    standings,
    statistics: new Statistics({ db: database.reader }),
    assertEmpty: (trx: OpenTransaction, id: NamespaceId) =>
      assertEmpty(trx as Kysely<HubTables>, id),
    removeStandings: (trx: OpenTransaction, id: NamespaceId) =>
      removeEverythingGiven(trx as Kysely<HubTables>, id),
    onChange: () => standings.forget(),
  };
  const rules = createRules(parts);
  await claimUnowned({ ...deps, ...rules });
  const people = composeDirectory(access.directories, { ...parts, ...rules });
  const logins = createLogins({ ...parts, ...rules, ...people, activity });
  const personas = createPersonas(parts);
  const registryTokens = await createTokens({
    ...parts,
    ...access,
    identities: logins,
    ...{ noteRefusal, personas, openGuarded: deps.telling.outbound.open },
    rights: createRepositoryRights(parts),
  });
  const mail = composeMail({ ...deps, ...access });
  const forwarding = composeForwarding(access.audit, { ...parts, ...rules });
  const browsers = composeSessions(access, { ...parts, ...rules, logins });
  const signUp = composeSignUp(access.signUp, { ...parts, ...rules, ...mail });
  const { keys } = registryTokens;
  const hubTokens = new HubTokens({ ...deps, keys, resume: (holder) => logins.resume(holder) });
  const asked = { hubTokens, logins, activity, requestLimit: access.hubApiLimit };
  return {
    ...{ authenticator: registryTokens.authenticator, issuePull: registryTokens.issuePull },
    findPerson: (accountId) => personas.findById(accountId),
    routes: [
      ...[registryTokens.routes, composeCiRules(access, { ...parts, ...rules, personas })],
      composeWebhooks({ ...parts, authority: rules.authority }),
      people.createRoutes({ ...deps, ...browsers, noteRefusal }),
      forwarding.routes,
      browsers.routes,
      ...signUp.routes,
      ...createRoutes({ ...parts, ...rules, ...browsers, activity }),
    ],
    ...{ sessions: browsers.sessions, mails: mail.mails },
    apiAuthenticator: createApiAuthenticator(access, registryTokens, hubTokens),
    words: HUB_WORDS,
    createHubApi: composeHubApi({ ...parts, ...rules, ...signUp, ...asked }),
    jobs: [
      ...createJobs({ ...deps, registryTokens, activity }),
      ...[mail, browsers, people, signUp, forwarding].flatMap(({ jobs }) => jobs),
    ],
    close: () => activity.close().then(() => forwarding.close()),
    onChange: parts.onChange,
    ...{ authority: rules.authority, reachOf: (by: Principal) => rules.visible.reachOf(by) },
    findAccount: createAccountFinder({ database, personas }),
    access: createRegistryAccess({ ...rules, standings, activity }),
  };
}

function createRegistryAccess(parts: {
  readonly standings: Standings;
  readonly visible: VisibleRepositories;
  readonly organizations: Organizations;
  readonly activity: Activity;
}): RegistryAccess {
  const { standings, visible, organizations, activity } = parts;
  return {
    authoriser: createAccountsAuthoriser({ standings }),
    listVisible: (principal, page) => visible.list(principal, page),
    createOrganization: (wish) => organizations.createFor(wish),
    settleRepository,
    journal: activity,
    noteRefusal: (deed) => activity.noteRefusal(deed),
  };
}

function createJobs(
  deps: IdentityDeps & {
    readonly registryTokens: Pick<Tokens, "maintain">;
    readonly activity: Activity;
  },
): readonly PeriodicJob[] {
  const { registryTokens, activity } = deps;
  return [
    { name: "maintain tokens", everyMs: HOUR, run: () => registryTokens.maintain() },
    { name: "write refusals", everyMs: SECOND, run: () => activity.flush() },
  ];
}

/** Throws NOT_EMPTY. */
async function assertEmpty(trx: Kysely<HubTables>, id: NamespaceId): Promise<void> {
  const [name] = await listNamesIn(trx, id, { last: undefined, limit: 1 });
  if (name === undefined) return;
  throw new ProblemError(PROBLEMS.NOT_EMPTY, {
    detail: `it still holds repositories, such as ${name}: delete them (berth repo delete ${name}) or give them away (berth repo transfer) first`,
  });
}

interface RuleDeps extends IdentityDeps {
  readonly journal: Journal;
  readonly standings: Standings;
  readonly statistics: Statistics;
  readonly assertEmpty: (trx: OpenTransaction, id: NamespaceId) => Promise<void>;
  readonly removeStandings: (trx: OpenTransaction, id: NamespaceId) => Promise<void>;
  readonly onChange: () => void;
}

function createRules(deps: RuleDeps) {
  const authority = new Authority(deps);
  return {
    accounts: new Accounts(deps),
    tokens: new PersonalTokens(deps),
    profiles: new Profiles(deps),
    twoFactor: new TwoFactor({
      ...deps,
      endLogins: (trx, id) => removePasswordLogins(trx as Kysely<HubTables>, id),
    }),
    machines: new Machines(deps),
    organizations: new Organizations(deps),
    teams: new Teams(deps),
    settings: new OrganizationSettings(deps),
    rights: new Rights(deps),
    roles: new CustomRoles(deps),
    ...createLifecycleRules(deps),
    defaultRights: new DefaultRights(deps),
    visible: new VisibleRepositories({ ...deps, vouched: createVouchedImages(deps.database) }),
    authority,
    directory: new RepositoryDirectory({ ...deps, ...deps.quotas, authority }),
  };
}

function createRoutes(
  parts: RuleDeps &
    ReturnType<typeof createRules> & {
      readonly activity: Activity;
      readonly login: BrowserLogin;
    },
): readonly FastifyPluginAsyncZod[] {
  return [
    createAccountRoutes(parts),
    createProfileRoutes(parts),
    createMailWishRoutes(parts),
    createUserRoutes(parts),
    createOrganizationRoutes(parts),
    createMachineRoutes(parts),
    createRightRoutes(parts),
    createRoleRoutes(parts),
    createOrganizationTwoFactorRoutes(parts),
    createDefaultRightRoutes(parts),
    createRepositoryRoutes(parts),
    createAccessHelpRoutes(parts),
    ...createPullRoutes(parts),
    ...createLifecycleRoutes(parts),
    ...parts.quotas.createRoutes(parts),
    createAuditRoutes({
      ...parts,
      findAuditedSince: (caller, account) => parts.authority.findAuditedSince(caller, account),
    }),
  ];
}
