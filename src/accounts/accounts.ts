import type { Deed, Journal, OpenTransaction } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import {
  claimNamespace,
  describeConflict,
  findConflict,
  isReserved,
  type NamespaceId,
  type NamespaceName,
  parseNamespaceName,
  releaseNamespace,
} from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import {
  type Account,
  type AccountTables,
  countAdministrators,
  findAccount,
  findAccountByName,
  type HubRole,
  insertAccount,
  listAccounts,
  listAccountsByEmail,
  removeAccount,
  updateAccount,
} from "./accounts-store.ts";
import { removeLinksOf } from "./link-purposes.ts";
import { costOfBcrypt, hashPassword, isBcrypt } from "./password-hash.ts";
import { assertFit } from "./passwords.ts";
import type { By } from "./personal-tokens.ts";
import { sessionOf } from "./sessions/sessions.ts";
import { removeSessionsOf } from "./sessions/sessions-store.ts";

export interface NewAccount {
  readonly name: string;
  readonly password: string;
  readonly email?: string | undefined;
  readonly role?: HubRole | undefined;
}

/** Somebody who comes in by themselves; `passwordHash` is of a password that was found fit before. */
export interface Newcomer {
  readonly name: string;
  readonly passwordHash: string;
  readonly email: string | undefined;
  /** Whether they proved that the address is theirs. An address that was proved has one account. */
  readonly isEmailConfirmed: boolean;
  readonly role: HubRole | undefined;
}

/** What else belongs to a change, in its transaction. */
type Also = (trx: Trx, account: Account) => Promise<void>;

export interface ImportedUser {
  readonly name: string;
  /** bcrypt. */
  readonly hash: string;
}

/** Some two seconds a comparison. */
const DEAREST_BCRYPT = 15;

export interface ImportOutcome {
  readonly name: string;
  readonly outcome: "imported" | "skipped";
  readonly why?: string;
}

interface AccountChange {
  readonly role?: HubRole | null | undefined;
  readonly isDisabled?: boolean | undefined;
  readonly email?: string | null | undefined;
}

interface AccountsDeps {
  readonly database: Database<AccountTables>;
  readonly journal: Journal;
  /** Throws NOT_EMPTY while a namespace still holds something that deleting its owner would take away. */
  readonly assertEmpty: (trx: OpenTransaction, id: NamespaceId) => Promise<void>;
  /** Takes away what the account was given elsewhere, in the transaction that removes it. */
  readonly removeStandings: (trx: OpenTransaction, id: NamespaceId) => Promise<void>;
  /** Called after each committed change of what anybody may do. */
  readonly onChange: () => void;
  readonly clock: () => Date;
}

type Trx = Parameters<Parameters<Database<AccountTables>["write"]>[0]>[0];

/** People: how they come, change and go. */
export class Accounts {
  readonly #deps: AccountsDeps;

  constructor(deps: AccountsDeps) {
    this.#deps = deps;
  }

  /** Throws NAME_INVALID, NAME_TAKEN or PASSWORD_UNFIT. */
  async create(wish: NewAccount, by: By): Promise<Account> {
    return await this.#create(this.parseNewName(wish.name), wish, by);
  }

  async #create(name: NamespaceName, wish: NewAccount, by: By): Promise<Account> {
    assertFit(wish.password, name);
    // Administrators vouch for the addresses that they give.
    const isEmailConfirmed = wish.email !== undefined;
    const password = await hashPassword(wish.password);
    return await this.#insert(name, { ...wish, password, isEmailConfirmed }, by);
  }

  /**
   * Somebody who comes in by themselves, with what `also` writes: both or neither. Throws NAME_INVALID, NAME_TAKEN or
   * EMAIL_TAKEN.
   */
  async admit(wish: Newcomer, by: By, also: Also): Promise<Account> {
    const name = this.parseNewName(wish.name);
    const { passwordHash: password, ...rest } = wish;
    return await this.#insert(name, { ...rest, password, also }, by);
  }

  /** Throws NAME_INVALID, or NAME_TAKEN for reserved names. */
  parseNewName(text: string): NamespaceName {
    const name = parseFreeName(text);
    if (isReserved(name)) throw taken(`"${name}" is reserved`);
    return name;
  }

  /**
   * For somebody who proves elsewhere who they are: without a password. What `also` writes belongs to it. Throws NAME_INVALID
   * or NAME_TAKEN.
   */
  async createWithoutPassword(
    wish: { readonly name: string; readonly email: string | undefined },
    by: By,
    also: Also,
  ): Promise<Account> {
    const name = this.parseNewName(wish.name);
    const rest = { password: null, isEmailConfirmed: false, also };
    return await this.#insert(name, { ...wish, ...rest }, by);
  }

  /** `password` is a hash by now. */
  async #insert(
    name: NamespaceName,
    wish: Omit<NewAccount, "name" | "password"> & {
      readonly password: string | null;
      readonly isEmailConfirmed: boolean;
      readonly also?: Also;
    },
    by: By,
  ): Promise<Account> {
    const { password, isEmailConfirmed } = wish;
    const { database, clock } = this.#deps;
    const now = clock();
    return await database.write(async (trx) => {
      await assertNameFree(trx, name, now);
      const { email, role } = wish;
      if (wish.also !== undefined && isEmailConfirmed) await assertEmailFree(trx, email);
      const id = await claimNamespace(trx, { name, kind: "user", now });
      const row = { id, name, email: email ?? null, password, role: role ?? null };
      const confirmedAt = isEmailConfirmed ? now.getTime() : null;
      const times = { created_at: now.getTime(), email_confirmed_at: confirmedAt };
      await insertAccount(trx, { ...row, ...times });
      const after = { name, email: email ?? null, role: role ?? null };
      await this.#record(trx, { ...by, action: "account.create", name, after });
      const account = {
        id,
        name,
        email,
        isEmailConfirmed,
        role,
        createdAt: now,
        isDisabled: false,
        wantsOfficialMails: true,
      };
      await wish.also?.(trx, account);
      return account;
    });
  }

  /**
   * Users of an htpasswd file, with their bcrypt hashes. Those who are here already, and names that cannot be had, are left
   * out with the reason; doing it twice does no harm.
   */
  async importUsers(users: readonly ImportedUser[], by: By): Promise<readonly ImportOutcome[]> {
    const outcomes: ImportOutcome[] = [];
    for (const { name, hash } of users) {
      try {
        if (!isBcrypt(hash))
          throw new ProblemError(PROBLEMS.PASSWORD_UNFIT, { detail: "it is no bcrypt hash" });
        assertCheap(hash);
        const free = this.parseNewName(name);
        await this.#insert(free, { password: hash, isEmailConfirmed: false }, by);
        outcomes.push({ name, outcome: "imported" });
      } catch (cause) {
        if (!(cause instanceof ProblemError)) throw cause;
        outcomes.push({ name, outcome: "skipped", why: cause.message });
      }
    }
    return outcomes;
  }

  /** Throws NOT_FOUND. */
  async get(name: string): Promise<Account> {
    const account = await findAccountByName(this.#deps.database.reader, name.toLowerCase());
    if (account === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return withoutPassword(account);
  }

  async find(id: NamespaceId): Promise<Account | undefined> {
    const account = await findAccount(this.#deps.database.reader, id);
    return account && withoutPassword(account);
  }

  async list(page: { last: string | undefined; limit: number }): Promise<readonly Account[]> {
    const accounts = await listAccounts(this.#deps.database.reader, page);
    return accounts.map(withoutPassword);
  }

  /** Ends every session of the account but the one that asks, and links to a new password or address. Throws PASSWORD_UNFIT. */
  async setPassword(
    account: Account,
    change: { readonly password: string; readonly also?: Also } & By,
  ): Promise<void> {
    assertFit(change.password, account.name);
    const password = await hashPassword(change.password);
    const { by, origin, also } = change;
    await this.#deps.database.write(async (trx) => {
      await also?.(trx, account);
      await updateAccount(trx, account.id, { password });
      await removeSessionsOf(trx, account.id, sessionOf(by));
      await removeLinksOf(trx, account.id);
      await this.#record(trx, {
        by,
        origin,
        action: "account.password.change",
        name: account.name,
      });
    });
  }

  /** Throws LAST_ADMINISTRATOR. */
  async change(account: Account, wish: AccountChange & By): Promise<Account> {
    const { by, origin } = wish;
    const now = this.#deps.clock();
    return await this.#deps.database.write(async (trx) => {
      const before = await this.#getForChange(trx, account.id);
      const after = changed(before, wish);
      await updateAccount(trx, account.id, rowOf(wish, after, now));
      if (after.isDisabled) await removeSessionsOf(trx, account.id);
      if (after.isDisabled || after.email !== before.email) await removeLinksOf(trx, account.id);
      await this.#assertAdministrator(trx);
      const change = { before: describe(before), after: describe(after) };
      await this.#record(trx, {
        by,
        origin,
        action: "account.update",
        name: account.name,
        ...change,
      });
      return after;
    });
  }

  /**
   * The address that its owner gives, with what `also` writes. Throws EMAIL_TAKEN for one that is confirmed and another's, and
   * NOT_FOUND.
   */
  async setEmail(
    id: NamespaceId,
    change: { readonly email: string; readonly isConfirmed: boolean; readonly also: Also } & By,
  ): Promise<Account> {
    const { email, isConfirmed, also, by, origin } = change;
    return await this.#deps.database.write(async (trx) => {
      const before = await this.#getForChange(trx, id);
      await also(trx, before);
      if (isConfirmed) await assertEmailFree(trx, email, id);
      const confirmedAt = isConfirmed ? this.#deps.clock().getTime() : null;
      await updateAccount(trx, id, { email, email_confirmed_at: confirmedAt });
      await removeLinksOf(trx, id);
      const after = { ...before, email, isEmailConfirmed: isConfirmed };
      const { name } = before;
      const states = { before: describe(before), after: describe(after) };
      await this.#record(trx, { by, origin, action: "account.update", name, ...states });
      return after;
    });
  }

  /** Throws NOT_EMPTY or LAST_ADMINISTRATOR. The name stays taken for a while. */
  async remove(account: Account, { by, origin }: By): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      // Here and not before: a push may have made a repository a moment ago.
      await this.#deps.assertEmpty(trx, account.id);
      const before = describe(await this.#getForChange(trx, account.id));
      await this.#deps.removeStandings(trx, account.id);
      await removeLinksOf(trx, account.id);
      await removeAccount(trx, account.id);
      await releaseNamespace(trx, account.id, this.#deps.clock());
      await this.#assertAdministrator(trx);
      await this.#record(trx, { by, origin, action: "account.delete", name: account.name, before });
    });
    this.#deps.onChange();
  }

  async #getForChange(trx: Trx, id: NamespaceId): Promise<Account> {
    const account = await findAccount(trx, id);
    if (account === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return withoutPassword(account);
  }

  async #assertAdministrator(trx: Trx): Promise<void> {
    if ((await countAdministrators(trx)) > 0) return;
    throw new ProblemError(PROBLEMS.LAST_ADMINISTRATOR, {
      detail: "make somebody else an administrator first",
    });
  }

  async #record(trx: Trx, deed: Omit<Deed, "account">): Promise<void> {
    await this.#deps.journal.record(trx, { ...deed, account: deed.name });
  }
}

/** Every wrong password pays for a comparison of each cost that the hub holds, whoever it is tried for. Throws PASSWORD_UNFIT. */
function assertCheap(hash: string): void {
  const cost = costOfBcrypt(hash);
  if (cost <= DEAREST_BCRYPT) return;
  const detail = `its bcrypt hash has the cost ${cost}, and would keep every login waiting: ${DEAREST_BCRYPT} is the most`;
  throw new ProblemError(PROBLEMS.PASSWORD_UNFIT, { detail });
}

/** Throws NAME_INVALID. */
function parseFreeName(text: string): NamespaceName {
  const name = parseNamespaceName(text);
  if (typeof name === "string") return name;
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail: `a name ${name.why}` });
}

/** Throws NAME_TAKEN. */
async function assertNameFree(trx: Trx, name: NamespaceName, now: Date): Promise<void> {
  const conflict = await findConflict(trx, name, { now });
  if (conflict === undefined) return;
  throw taken(describeConflict(name, conflict));
}

/** Whoever proved an address is its one owner. Throws EMAIL_TAKEN. */
async function assertEmailFree(
  trx: Trx,
  email: string | undefined,
  owner?: NamespaceId,
): Promise<void> {
  const others = email === undefined ? [] : await listAccountsByEmail(trx, email);
  if (others.every(({ id }) => id === owner)) return;
  throw new ProblemError(PROBLEMS.EMAIL_TAKEN, {
    detail: "there is an account with this address already: log in, or ask for a new password",
  });
}

function taken(detail: string): ProblemError {
  return new ProblemError(PROBLEMS.NAME_TAKEN, { detail });
}

function withoutPassword(account: Account): Account {
  const { id, name, email, isEmailConfirmed, role, createdAt, isDisabled } = account;
  const { wantsOfficialMails, twoFactorSince } = account;
  const own = { wantsOfficialMails, twoFactorSince };
  return { id, name, email, isEmailConfirmed, role, createdAt, isDisabled, ...own };
}

/** Who gives an address here is an administrator, and vouches for it. */
function isConfirmedAfter(before: Account, email: string | null | undefined): boolean {
  return email === undefined ? before.isEmailConfirmed : email !== null;
}

/** Only what the wish names is written: when an account was disabled, say, is not known any more afterwards. */
function rowOf(wish: AccountChange, after: Account, now: Date) {
  const at = now.getTime();
  return {
    role: after.role ?? null,
    email: after.email ?? null,
    ...(wish.isDisabled === undefined ? {} : { disabled_at: wish.isDisabled ? at : null }),
    ...(wish.email === undefined ? {} : { email_confirmed_at: after.isEmailConfirmed ? at : null }),
  };
}

function changed(before: Account, wish: AccountChange): Account {
  return {
    ...before,
    role: wish.role === undefined ? before.role : (wish.role ?? undefined),
    email: wish.email === undefined ? before.email : (wish.email ?? undefined),
    isEmailConfirmed: isConfirmedAfter(before, wish.email),
    isDisabled: wish.isDisabled ?? before.isDisabled,
  };
}

function describe({ email, role, isDisabled }: Account): Record<string, unknown> {
  return { email: email ?? null, role: role ?? null, isDisabled };
}
