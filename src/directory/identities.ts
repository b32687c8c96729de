import type { Kysely } from "kysely";
import type { Journal } from "../access/index.ts";
import { type Account, type By, endLoginsBy, findAccount, sessionOf } from "../accounts/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { SyncedMemberships } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { ForeignAccounts } from "./foreign-accounts.ts";
import {
  findIdentity,
  findIdentityOf,
  type Identity,
  listIdentitiesOf,
  removeIdentity,
} from "./identities-store.ts";
import type { Person } from "./person.ts";
import type { IdentityTables } from "./tables.ts";

interface IdentitiesDeps {
  readonly database: Database<IdentityTables>;
  readonly foreignAccounts: Pick<ForeignAccounts, "insert">;
  readonly memberships: SyncedMemberships;
  readonly journal: Journal;
  /** The person of that name in the directory, as it is typed at a login; without, the hub has none. */
  readonly findInDirectory: ((user: string) => Promise<Person | undefined>) | undefined;
  /** The address of the provider of that name. */
  readonly findIssuer: (provider: string) => string | undefined;
}

interface Whom {
  readonly provider: string;
  readonly user?: string | undefined;
  readonly subject?: string | undefined;
}

const PER_ACCOUNT = 20;

/** Which people of other systems own which account. */
export class Identities {
  readonly #deps: IdentitiesDeps;

  constructor(deps: IdentitiesDeps) {
    this.#deps = deps;
  }

  async list(accountId: NamespaceId): Promise<readonly Identity[]> {
    return await listIdentitiesOf(this.#deps.database.reader, accountId);
  }

  /** By an administrator, who says who it is. Throws NOT_FOUND, IDENTITY_TAKEN or TOO_MANY. */
  async linkNamed(account: Account, whom: Whom, by: By): Promise<Identity> {
    return await this.link(account, await this.#findPerson(whom), by);
  }

  /** Throws IDENTITY_TAKEN or TOO_MANY. */
  async link(
    account: Account,
    person: Pick<Person, "issuer" | "subject" | "name">,
    { by, origin }: By,
  ): Promise<Identity> {
    const { database, journal, foreignAccounts } = this.#deps;
    return await database.write(async (trx) => {
      const known = await findIdentity(trx, person);
      if (known?.accountId === account.id) return known;
      if (known !== undefined) {
        const detail = "somebody else's account is linked to it: unlink it there first";
        throw new ProblemError(PROBLEMS.IDENTITY_TAKEN, { detail });
      }
      if ((await listIdentitiesOf(trx, account.id)).length >= PER_ACCOUNT) {
        const detail = `an account has at most ${PER_ACCOUNT} of them`;
        throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
      }
      const id = await foreignAccounts.insert(trx, account, person);
      const { issuer, subject } = person;
      const deed = { by, origin, account: account.name, name: id, after: { issuer, subject } };
      await journal.record(trx, { ...deed, action: "account.identity.link" });
      const made = await findIdentityOf(trx, { accountId: account.id, id });
      if (made === undefined) throw new Error("the identity that was just written is not there");
      return made;
    });
  }

  /** With the memberships that it brought, and the logins that it opened but the one that asks. Throws NOT_FOUND, or LAST_LOGIN for the owner's last way in. */
  async unlink(account: Account, id: string, { by, origin }: By): Promise<void> {
    const { database, journal, memberships } = this.#deps;
    const isOwner = by.accountId === account.id;
    const identity = await this.#get(account, id);
    if (isOwner) await assertOtherWay(database.reader, account);
    // First what it brought: a crash in between leaves an identity that brings it again, never rights that nobody takes away.
    await memberships.put({ account, source: identity.id, places: [], by, origin });
    await database.write(async (trx) => {
      // Once more: two that are unlinked at once would each have counted on the other.
      if (isOwner) await assertOtherWay(trx, account);
      await removeIdentity(trx, identity.id);
      await endLoginsBy(trx, identity.id, sessionOf(by));
      const { issuer, subject } = identity;
      const deed = { by, origin, account: account.name, name: identity.id };
      const before = { issuer, subject };
      await journal.record(trx, { ...deed, action: "account.identity.unlink", before });
    });
  }

  async #get(account: Account, id: string): Promise<Identity> {
    const identity = await findIdentityOf(this.#deps.database.reader, {
      accountId: account.id,
      id,
    });
    if (identity === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return identity;
  }

  async #findPerson({ provider, user, subject }: Whom) {
    const { findInDirectory, findIssuer } = this.#deps;
    if (user !== undefined && provider === "ldap" && findInDirectory !== undefined) {
      const person = await findInDirectory(user);
      if (person !== undefined) return person;
      throw new ProblemError(PROBLEMS.NOT_FOUND, { detail: `the directory knows no ${user}` });
    }
    const issuer = findIssuer(provider);
    if (subject !== undefined && issuer !== undefined) return { issuer, subject, name: subject };
    const detail =
      "say who it is: a user of ldap, where this hub has a directory, or the subject at one of its providers";
    throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
  }
}

async function assertOtherWay(db: Kysely<IdentityTables>, { id }: Account): Promise<void> {
  const row = await findAccount(db, id);
  if (row?.password !== undefined) return;
  if ((await listIdentitiesOf(db, id)).length > 1) return;
  const detail = "you could not log in any more: set a password or link another provider first";
  throw new ProblemError(PROBLEMS.LAST_LOGIN, { detail });
}
