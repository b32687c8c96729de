import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Credential, Principal } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { BoundedCache } from "../lib/bounded-cache.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import {
  type AccountTables,
  type AccountWithPassword,
  findAccount,
  findAccountByName,
  updateAccount,
} from "./accounts-store.ts";
import { HashKinds } from "./hash-kinds.ts";
import type { Holder, LoginClaim, SecretVerifier } from "./logins.ts";
import { hashPassword, isBcrypt, verifyPassword } from "./password-hash.ts";
import { toPrincipal } from "./principal-of.ts";

const SHORTEST = 8;
const LONGEST_BYTES = 1024;
const REMEMBERED = 1000;

/** Throws PASSWORD_UNFIT. */
export function assertFit(password: string, userName: string): void {
  const why = findFault(password, userName);
  if (why !== undefined) throw new ProblemError(PROBLEMS.PASSWORD_UNFIT, { detail: why });
}

function findFault(password: string, userName: string): string | undefined {
  if ([...password].length < SHORTEST)
    return `a password has at least ${SHORTEST} characters; a sentence is easier to keep in mind than eight of them`;
  if (Buffer.byteLength(password) > LONGEST_BYTES)
    return `a password has at most ${LONGEST_BYTES} bytes`;
  if (password.includes("\0")) return "a password has no zero characters";
  if (password.toLowerCase() === userName) return "a password is not the user's name";
  return undefined;
}

/**
 * Passwords, each compared by a slow hash once in a while: a client that sends it with each request of a push is known by a
 * keyed hash that lives as long as this process, and only while the account's stored hash stays the same.
 */
export class Passwords implements SecretVerifier {
  readonly #database: Database<AccountTables>;
  readonly #key = randomBytes(32);
  readonly #right = new BoundedCache<string>(REMEMBERED);
  readonly #kinds: HashKinds;

  constructor(deps: { database: Database<AccountTables> }) {
    this.#database = deps.database;
    this.#kinds = new HashKinds(deps);
  }

  readonly kinds = ["password"] as const;

  handles(): boolean {
    return true;
  }

  async verify({ user, secret }: LoginClaim): Promise<Principal | undefined> {
    const account = await findAccountByName(this.#database.reader, user.toLowerCase());
    const hash = account?.password;
    const isRight = hash !== undefined && (await this.#isRight(user, secret, hash));
    // As slow for those who do not exist, and before anything else about the account is looked at.
    if (!isRight) await this.#kinds.completeWork(secret, hash);
    if (account === undefined || account.isDisabled || !isRight) return undefined;
    return toPrincipal(account, credentialOf(await this.#renew(account, secret)));
  }

  /** The hash of an htpasswd file gives way to one of ours at the first login, which is when the password is at hand. */
  async #renew(account: AccountWithPassword, secret: string): Promise<AccountWithPassword> {
    const { id, password: before = "" } = account;
    if (!isBcrypt(before)) return account;
    const password = await hashPassword(secret);
    return await this.#database.write(async (trx) => {
      const current = await findAccount(trx, id);
      // Somebody was faster: another login, or a change of the password.
      if (current === undefined || current.password !== before) return current ?? account;
      await updateAccount(trx, id, { password });
      return { ...account, password };
    });
  }

  /** A login with a password ends when the password changes. */
  async resume({ accountId, credential }: Holder): Promise<Principal | undefined> {
    const account = await findAccount(this.#database.reader, accountId as NamespaceId);
    if (account === undefined || account.isDisabled || account.password === undefined)
      return undefined;
    const current = credentialOf(account);
    return current.id === credential.id ? toPrincipal(account, current) : undefined;
  }

  async #isRight(user: string, secret: string, hash: string): Promise<boolean> {
    const known = createHmac("sha256", this.#key)
      .update(JSON.stringify([user.toLowerCase(), secret]))
      .digest("base64");
    if (this.#right.get(known) === hash) return true;
    const { version } = this.#right;
    const isRight = await verifyPassword(secret, hash);
    if (isRight) this.#right.fill(known, { value: hash, weight: 1, version });
    return isRight;
  }
}

/** Another password is another credential, and so is the same one once a code is needed beside it. */
function credentialOf({ password = "", loginGeneration }: AccountWithPassword): Credential {
  const whole = loginGeneration === 0 ? password : `${loginGeneration} ${password}`;
  const id = createHash("sha256").update(whole).digest("hex").slice(0, 32);
  return { kind: "password", id, label: "password" };
}
