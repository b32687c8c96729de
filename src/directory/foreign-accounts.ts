import type { Logger } from "pino";
import type { Journal, Origin } from "../access/index.ts";
import { type Account, type Accounts, findAccount } from "../accounts/index.ts";
import type { SyncedMemberships } from "../organizations/index.ts";
import { type Database, writeIfPossible } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { findRole, type GroupRules, listMemberships } from "./group-rules.ts";
import {
  findDisabledAt,
  findIdentity,
  type Identity,
  insertIdentity,
  listAccountsByEmail,
  updateIdentity,
} from "./identities-store.ts";
import type { Person } from "./person.ts";
import type { IdentityId, IdentityTables } from "./tables.ts";

/** What the operator lets the people of one system have. */
export interface Policy extends GroupRules {
  /** What the system is called in settings and in the audit trail. */
  readonly provider: string;
  /** Whether a first login makes an account. */
  readonly createAccounts: boolean;
  /** Whether a verified address is enough to be given the account that has the same one. */
  readonly linkVerifiedEmail: boolean;
}

export interface Admission {
  readonly account: Account;
  readonly identity: Identity;
}

/** Why somebody whom the other system knows does not get in, for them to read. */
export interface Rejection {
  readonly why: string;
}

export interface ForeignAccountsDeps {
  readonly database: Database<IdentityTables>;
  readonly accounts: Pick<Accounts, "createWithoutPassword" | "get" | "find" | "change">;
  readonly memberships: SyncedMemberships;
  readonly journal: Journal;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

type Trx = Parameters<Parameters<Database<IdentityTables>["write"]>[0]>[0];

interface Entry {
  readonly person: Person;
  readonly policy: Policy;
  readonly origin: Origin;
}

const NOTE_EVERY_MS = 3_600_000;
/** For what the hub does by itself. */
const HUB: Origin = { address: "", client: "berth" };

/** Accounts of people whom another system knows. Whose is whose goes by the identity there, never by a name. */
export class ForeignAccounts {
  readonly #deps: ForeignAccountsDeps;

  constructor(deps: ForeignAccountsDeps) {
    this.#deps = deps;
  }

  /** Lets somebody in who has just proved who they are, with an account of their own if it is their first time. */
  async admit(entry: Entry): Promise<Admission | Rejection> {
    const { person, policy } = entry;
    const identity = await findIdentity(this.#deps.database.reader, person);
    const known = identity ?? (await this.#welcome(entry));
    if ("why" in known) return known;
    const account = await this.follow(known, { person, policy });
    return account === undefined
      ? { why: "this account is disabled" }
      : { account, identity: known };
  }

  /**
   * Brings the account up to what the other system says of its owner now; `undefined` stands for nobody any more. The
   * account if it is in force, which one that an administrator disabled never is.
   */
  async follow(
    identity: Identity,
    { person, policy }: { readonly person: Person | undefined; readonly policy: Policy },
  ): Promise<Account | undefined> {
    if (person === undefined) {
      await this.#leave(identity, policy);
      return undefined;
    }
    const account = await this.#findInForce(identity, policy);
    if (account === undefined) return undefined;
    await this.#note(identity, person);
    if (person.groups === undefined) return account;
    return await this.#followGroups(identity, { account, policy, groups: person.groups });
  }

  /** Ties somebody of another system to an account, as part of `trx`. */
  async insert(trx: Trx, account: Account, person: Pick<Person, "issuer" | "subject" | "name">) {
    const now = this.#deps.clock().getTime();
    const { issuer, subject, name } = person;
    const id = this.#deps.randomId() as IdentityId;
    const row = { id, account_id: account.id, issuer, subject, name };
    await insertIdentity(trx, { ...row, created_at: now, seen_at: now });
    return id;
  }

  async #welcome(entry: Entry): Promise<Identity | Rejection> {
    const isLinked = await this.#linkByEmail(entry);
    const rejection = isLinked ? undefined : await this.#create(entry);
    const made = await findIdentity(this.#deps.database.reader, entry.person);
    return made ?? rejection ?? { why: "your account was removed just now" };
  }

  /**
   * Never an account that may more than others, or whose owner asked for more than one proof: the provider's word alone would
   * open it. Those are linked by hand.
   */
  async #linkByEmail({ person, policy, origin }: Entry): Promise<boolean> {
    const { email, isEmailVerified } = person;
    if (!policy.linkVerifiedEmail || !isEmailVerified || email === undefined) return false;
    const names = await listAccountsByEmail(this.#deps.database.reader, email);
    const [name] = names;
    if (name === undefined || names.length !== 1) return false;
    const account = await this.#deps.accounts.get(name);
    // An address that nobody proved here says nothing of whose the account is.
    if (account.role !== undefined || !account.isEmailConfirmed) return false;
    if (account.twoFactorSince !== undefined) return false;
    await this.#deps.database.write(async (trx) => {
      const id = await this.insert(trx, account, person);
      await this.#deps.journal.record(trx, {
        ...byOf(policy, origin),
        action: "account.identity.link",
        account: account.name,
        name: id,
        after: { issuer: person.issuer, subject: person.subject, email },
      });
    });
    return true;
  }

  async #create({ person, policy, origin }: Entry): Promise<Rejection | undefined> {
    if (!policy.createAccounts) {
      return { why: "you have no account here: ask an administrator of this hub for one" };
    }
    const wish = { name: toAccountName(person.name), email: person.email };
    try {
      await this.#deps.accounts.createWithoutPassword(
        wish,
        byOf(policy, origin),
        async (trx, account) => void (await this.insert(trx, account, person)),
      );
      return undefined;
    } catch (cause) {
      if (!(cause instanceof ProblemError)) throw cause;
      // Never the account that has the name: it is somebody's, who need not be this person. A second first login at the same
      // time ends up here as well, and finds what the other one made.
      this.#deps.log.warn(
        {
          provider: policy.provider,
          name: person.name,
          subject: person.subject,
          why: cause.message,
        },
        "account of a directory's user not made",
      );
      return {
        why: `no account could be made: ${cause.message}; an administrator of this hub can link you to one`,
      };
    }
  }

  /** One that the hub disabled by itself is in force again; one that somebody disabled is not. */
  async #findInForce(identity: Identity, policy: Policy): Promise<Account | undefined> {
    const { accounts, database } = this.#deps;
    const account = await accounts.find(identity.accountId);
    if (account === undefined || !account.isDisabled) return account;
    if (identity.suspendedAt === undefined) return undefined;
    const disabledAt = await findDisabledAt(database.reader, account.id);
    if (disabledAt !== identity.suspendedAt) return undefined;
    const back = await accounts.change(account, { isDisabled: false, ...byOf(policy, HUB) });
    await database.write((trx) => updateIdentity(trx, identity.id, { suspended_at: null }));
    return back;
  }

  /** Whoever is gone there has nothing from there any more; and without a password of their own, no way in. */
  async #leave(identity: Identity, policy: Policy): Promise<void> {
    const { accounts, database } = this.#deps;
    const account = await findAccount(database.reader, identity.accountId);
    if (account === undefined || account.isDisabled) return;
    await this.#followGroups(identity, { account, policy, groups: [] });
    if (account.password !== undefined) return;
    await this.#tolerateLastAdministrator(policy, async () => {
      await accounts.change(account, { isDisabled: true, ...byOf(policy, HUB) });
      const suspended_at = (await findDisabledAt(database.reader, account.id)) ?? null;
      await database.write((trx) => updateIdentity(trx, identity.id, { suspended_at }));
    });
  }

  async #followGroups(
    identity: Identity,
    step: { account: Account; policy: Policy; groups: NonNullable<Person["groups"]> },
  ): Promise<Account> {
    const { account, policy, groups } = step;
    const places = listMemberships(groups, policy);
    const by = byOf(policy, HUB);
    const missing = await this.#deps.memberships.put({
      account,
      source: identity.id,
      places,
      ...by,
    });
    if (missing.length > 0) {
      this.#deps.log.warn(
        { provider: policy.provider, missing },
        "groups lead to teams that do not exist",
      );
    }
    return await this.#followRole(identity, { account, policy, role: findRole(groups, policy) });
  }

  /** Only a role that came of a group goes with it. What dies in between is done at the next login. */
  async #followRole(
    identity: Identity,
    step: { account: Account; policy: Policy; role: Account["role"] },
  ): Promise<Account> {
    const { account, policy, role } = step;
    const { syncedRole } = identity;
    const isTheirs = account.role === undefined || account.role === syncedRole;
    if (account.role === role || !isTheirs) return account;
    const by = byOf(policy, HUB);
    const mark = (synced_role: NonNullable<Account["role"]> | null) =>
      this.#deps.database.write((trx) => updateIdentity(trx, identity.id, { synced_role }));
    // The mark is there while the role is: a crash in between never leaves a role that nobody takes away.
    if (role !== undefined) await mark(role);
    const changed = await this.#tolerateLastAdministrator(policy, () =>
      this.#deps.accounts.change(account, { role: role ?? null, ...by }),
    );
    if (role === undefined && changed !== undefined) await mark(null);
    return changed ?? account;
  }

  /** A hub is not left without anybody who could put it right. */
  async #tolerateLastAdministrator<Result>(
    { provider }: Policy,
    change: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await change();
    } catch (cause) {
      if (!(cause instanceof ProblemError)) throw cause;
      this.#deps.log.warn({ provider, why: cause.message }, "last administrator kept");
      return undefined;
    }
  }

  async #note(identity: Identity, { name }: Person): Promise<void> {
    const { database, clock } = this.#deps;
    const now = clock().getTime();
    const isRecent = now - identity.seenAt.getTime() < NOTE_EVERY_MS;
    if (isRecent && identity.name === name) return;
    await writeIfPossible(database, (trx) =>
      updateIdentity(trx, identity.id, { name, seen_at: now }),
    );
  }
}

function byOf({ provider: name }: Policy, origin: Origin) {
  return { by: { kind: "robot", name }, origin } as const;
}

/** Names elsewhere are often addresses, whose first part is the person. */
function toAccountName(text: string): string {
  return (text.split("@", 1)[0] ?? "").toLowerCase();
}
