import type { Deed, Journal, OpenTransaction } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import {
  claimNamespace,
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
  removeAccount,
  updateAccount,
} from "./accounts-store.ts";
import { hashPassword, isBcrypt } from "./password-hash.ts";
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

export interface ImportedUser {
  readonly name: string;
  /** bcrypt. */
  readonly hash: string;
}

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
    const name = parseFreeName(wish.name);
    if (isReserved(name)) throw taken(`"${name}" is reserved`);
    return await this.#create(name, wish, by);
  }

  async #create(name: NamespaceName, wish: NewAccount, by: By): Promise<Account> {
    assertFit(wish.password, name);
    return await this.#insert(name, { ...wish, password: await hashPassword(wish.password) }, by);
  }

  /**
   * For somebody who proves elsewhere who they are: without a password. What `also` writes belongs to it. Throws NAME_INVALID
   * or NAME_TAKEN.
   */
  async createWithoutPassword(
    wish: { readonly name: string; readonly email: string | undefined },
    by: By,
    also: (trx: Trx, account: Account) => Promise<void>,
  ): Promise<Account> {
    const name = parseFreeName(wish.name);
    if (isReserved(name)) throw taken(`"${name}" is reserved`);
    return await this.#insert(name, { ...wish, password: null, also }, by);
  }

  /** `password` is a hash by now. */
  async #insert(
    name: NamespaceName,
    wish: Omit<NewAccount, "name" | "password"> & {
      readonly password: string | null;
      readonly also?: (trx: Trx, account: Account) => Promise<void>;
    },
    by: By,
  ): Promise<Account> {
    const { password } = wish;
    const { database, clock } = this.#deps;
    const now = clock();
    return await database.write(async (trx) => {
      const conflict = await findConflict(trx, name, { now });
      if (conflict !== undefined) {
        throw taken(
          conflict === name
            ? `"${name}" is taken, or was until lately`
            : `"${name}" would be taken for "${conflict}"`,
        );
      }
      const id = await claimNamespace(trx, { name, kind: "user", now });
      const { email, role } = wish;
      const row = { id, name, email: email ?? null, password, role: role ?? null };
      await insertAccount(trx, { ...row, created_at: now.getTime() });
      const after = { name, email: email ?? null, role: role ?? null };
      await this.#record(trx, { ...by, action: "account.create", name, after });
      const account = { id, name, email, role, createdAt: now, isDisabled: false };
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
        const free = parseFreeName(name);
        if (isReserved(free)) throw taken(`"${free}" is reserved`);
        await this.#insert(free, { password: hash }, by);
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

  /** Ends every session of the account but the one that asks. Throws PASSWORD_UNFIT. */
  async setPassword(account: Account, change: { readonly password: string } & By): Promise<void> {
    assertFit(change.password, account.name);
    const password = await hashPassword(change.password);
    const { by, origin } = change;
    await this.#deps.database.write(async (trx) => {
      await updateAccount(trx, account.id, { password });
      await removeSessionsOf(trx, account.id, sessionOf(by));
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
      await updateAccount(trx, account.id, {
        role: after.role ?? null,
        email: after.email ?? null,
        ...(wish.isDisabled === undefined
          ? {}
          : { disabled_at: wish.isDisabled ? now.getTime() : null }),
      });
      if (after.isDisabled) await removeSessionsOf(trx, account.id);
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

  /** Throws NOT_EMPTY or LAST_ADMINISTRATOR. The name stays taken for a while. */
  async remove(account: Account, { by, origin }: By): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      // Here and not before: a push may have made a repository a moment ago.
      await this.#deps.assertEmpty(trx, account.id);
      const before = describe(await this.#getForChange(trx, account.id));
      await this.#deps.removeStandings(trx, account.id);
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

/** Throws NAME_INVALID. */
function parseFreeName(text: string): NamespaceName {
  const name = parseNamespaceName(text);
  if (typeof name === "string") return name;
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail: `a name ${name.why}` });
}

function taken(detail: string): ProblemError {
  return new ProblemError(PROBLEMS.NAME_TAKEN, { detail });
}

function withoutPassword(account: Account): Account {
  const { id, name, email, role, createdAt, isDisabled, twoFactorSince } = account;
  return { id, name, email, role, createdAt, isDisabled, twoFactorSince };
}

function changed(before: Account, wish: AccountChange): Account {
  return {
    ...before,
    role: wish.role === undefined ? before.role : (wish.role ?? undefined),
    email: wish.email === undefined ? before.email : (wish.email ?? undefined),
    isDisabled: wish.isDisabled ?? before.isDisabled,
  };
}

function describe({ email, role, isDisabled }: Account): Record<string, unknown> {
  return { email: email ?? null, role: role ?? null, isDisabled };
}
