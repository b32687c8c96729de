import { createHmac, randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { LoginUnavailable, type Principal } from "../../access/index.ts";
import {
  findAccount,
  findAccountByName,
  type Holder,
  type LoginClaim,
  type SecretVerifier,
  toPrincipal,
} from "../../accounts/index.ts";
import { BoundedCache } from "../../lib/bounded-cache.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import type { ForeignAccounts, Policy } from "../foreign-accounts.ts";
import { findIdentityOf, type Identity, listIdentitiesOf } from "../identities-store.ts";
import type { IdentityTables } from "../tables.ts";
import { LDAP, type LdapDirectory } from "./ldap-directory.ts";

interface DirectoryPasswordsDeps {
  readonly database: Database<IdentityTables>;
  /** Those of accounts that have one here. */
  readonly passwords: SecretVerifier;
  readonly directory: LdapDirectory;
  readonly foreignAccounts: Pick<ForeignAccounts, "admit" | "follow">;
  readonly policy: Policy;
  readonly rememberMs: number;
  readonly clock: () => Date;
  readonly log: Logger;
}

interface Known {
  readonly accountId: number;
  readonly id: string;
  readonly until: number;
}

const REMEMBERED = 8000;
/** Between the identity and how often two-factor login was turned on; no part of a random id. */
const GENERATION = "/";

/**
 * Passwords of accounts that have one here, and of people who have theirs in a directory. A name that is an account's here
 * means that account and no other: the directory is asked for the very person that it is linked to, if it is to any.
 */
export class DirectoryPasswords implements SecretVerifier {
  readonly #deps: DirectoryPasswordsDeps;
  readonly #key = randomBytes(32);
  /** Passwords that were right, by a keyed hash. */
  readonly #right = new BoundedCache<Known>(REMEMBERED);
  /** Identities that the directory knew. */
  readonly #seen = new BoundedCache<Known>(REMEMBERED);
  readonly #asking = new Map<string, Promise<boolean>>();

  constructor(deps: DirectoryPasswordsDeps) {
    this.#deps = deps;
  }

  readonly kinds = ["password", "directory"] as const;

  handles(): boolean {
    return true;
  }

  async verify(claim: LoginClaim): Promise<Principal | undefined> {
    const { database, passwords } = this.#deps;
    const local = await findAccountByName(database.reader, claim.user.toLowerCase());
    if (local === undefined) return await this.#verifyThere(claim);
    const linked = await this.#findLinked(local.id);
    if (local.password !== undefined || linked === undefined) {
      const principal = await passwords.verify(claim);
      if (principal !== undefined || linked === undefined) return principal;
    }
    // Whatever they are called there by now.
    return await this.#verifyThere(claim, linked);
  }

  async resume(holder: Holder): Promise<Principal | undefined> {
    const { passwords, database } = this.#deps;
    if (holder.credential.kind === "password") return await passwords.resume(holder);
    const [id = ""] = holder.credential.id.split(GENERATION);
    const key = { accountId: holder.accountId as NamespaceId, id };
    const identity = await findIdentityOf(database.reader, key);
    if (identity === undefined) return undefined;
    if (!this.#isFresh(this.#seen.get(id)) && !(await this.#askOnce(identity))) return undefined;
    const principal = await this.#toPrincipal(key);
    return principal?.credential?.id === holder.credential.id ? principal : undefined;
  }

  async #verifyThere(
    { user, secret, origin }: LoginClaim,
    linked?: Identity,
  ): Promise<Principal | undefined> {
    const key = createHmac("sha256", this.#key)
      .update(JSON.stringify([user.toLowerCase(), secret]))
      .digest("base64");
    const known = this.#right.get(key);
    if (known !== undefined && this.#isFresh(known) && isOf(known, linked)) {
      return await this.#toPrincipal(known);
    }
    const { directory, foreignAccounts, policy, log } = this.#deps;
    const whom = linked === undefined ? { user } : { subject: linked.subject };
    const person = await this.#ask(() => directory.authenticate(whom, secret));
    if (person === undefined) return undefined;
    const admission = await foreignAccounts.admit({ person, policy, origin });
    if ("why" in admission) {
      log.warn({ user, why: admission.why }, "directory's user refused");
      return undefined;
    }
    const { account, identity } = admission;
    this.#remember(this.#right, key, identity);
    this.#remember(this.#seen, identity.id, identity);
    return await this.#toPrincipal({ accountId: account.id, id: identity.id });
  }

  /** As they stand now: what was remembered is the password, and not that the account is in force. */
  async #toPrincipal(key: {
    readonly accountId: number;
    readonly id: string;
  }): Promise<Principal | undefined> {
    const { reader } = this.#deps.database;
    const accountId = key.accountId as NamespaceId;
    const identity = await findIdentityOf(reader, { accountId, id: key.id });
    const account = identity && (await findAccount(reader, accountId));
    if (account === undefined || account.isDisabled) return undefined;
    // The same password is another credential once a code is needed beside it.
    const { loginGeneration } = account;
    const id = loginGeneration === 0 ? key.id : `${key.id}${GENERATION}${loginGeneration}`;
    return toPrincipal(account, {
      ...{ kind: "directory", id, label: "directory" },
      identity: key.id,
    });
  }

  /** Sixteen requests of one push are one question. */
  async #askOnce(identity: Identity): Promise<boolean> {
    const same = this.#asking.get(identity.id);
    if (same !== undefined) return await same;
    const asking = this.#isStillThere(identity).finally(() => this.#asking.delete(identity.id));
    this.#asking.set(identity.id, asking);
    return await asking;
  }

  async #isStillThere(identity: Identity): Promise<boolean> {
    const { directory, foreignAccounts, policy } = this.#deps;
    const person = await this.#ask(() => directory.findBySubject(identity.subject));
    const account = await foreignAccounts.follow(identity, { person, policy });
    if (account === undefined) return false;
    this.#remember(this.#seen, identity.id, identity);
    return true;
  }

  async #ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await question();
    } catch (cause) {
      if (cause instanceof LoginUnavailable)
        this.#deps.log.warn({ err: cause }, "directory failed");
      throw cause;
    }
  }

  async #findLinked(accountId: NamespaceId): Promise<Identity | undefined> {
    const identities = await listIdentitiesOf(this.#deps.database.reader, accountId);
    return identities.find(({ issuer }) => issuer === LDAP);
  }

  #isFresh(known: Known | undefined): boolean {
    return known !== undefined && known.until > this.#deps.clock().getTime();
  }

  #remember(cache: BoundedCache<Known>, key: string, { accountId, id }: Identity): void {
    const until = this.#deps.clock().getTime() + this.#deps.rememberMs;
    cache.fill(key, { value: { accountId, id, until }, weight: 1, version: cache.version });
  }
}

/** Names pass to others, also while a password is remembered. */
function isOf({ id }: Known, linked: Identity | undefined): boolean {
  return linked === undefined || linked.id === id;
}
