import type {
  Credential,
  Deed,
  Journal,
  Origin,
  Permit,
  Principal,
  RepositoryAction,
} from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import { type Database, writeIfPossible } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import {
  type Account,
  type AccountTables,
  findAccount,
  type PersonalScope,
  type PersonalTokenId,
} from "./accounts-store.ts";
import type { Holder, LoginClaim, SecretVerifier } from "./logins.ts";
import {
  findToken,
  findTokenByHash,
  insertToken,
  listTokens,
  noteUse,
  type PersonalToken,
  removeToken,
  updateToken,
} from "./personal-tokens-store.ts";
import { toPrincipal } from "./principal-of.ts";
import { hashSecret, makeSecret, PERSONAL_TOKEN_PREFIX } from "./secrets.ts";

const PER_ACCOUNT = 200;
/** A token that is used all the time is written down this often. */
const USE_EVERY_MS = 60_000;
const DAY_LETTERS = 10;

/** What each scope lets its holder do; each holds what those after it do. */
const ACTIONS: Readonly<Record<PersonalScope, readonly RepositoryAction[]>> = {
  "repo:admin": ["pull", "push", "delete", "admin"],
  "repo:write": ["pull", "push"],
  "repo:read": ["pull"],
  "repo:public_read": ["pull"],
};

export interface NewToken {
  readonly label: string;
  readonly scopes: readonly PersonalScope[];
  /** Names and patterns of repositories; empty for all. */
  readonly repositories: readonly string[];
  readonly expiresAt: Date | undefined;
}

interface PersonalTokensDeps {
  readonly database: Database<AccountTables>;
  readonly journal: Journal;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

/** Who does it, from where. */
export interface By {
  readonly by: Principal;
  readonly origin: Origin;
}

/** Secrets that stand for an account where a password would be too much. Each is shown once; only its hash is kept. */
export class PersonalTokens implements SecretVerifier {
  readonly #deps: PersonalTokensDeps;

  constructor(deps: PersonalTokensDeps) {
    this.#deps = deps;
  }

  /** The one time that the secret can be seen. Throws TOO_MANY. */
  async create(
    account: Account,
    { openedBy, ...wish }: NewToken & { readonly openedBy?: string },
    { by, origin }: By,
  ): Promise<PersonalToken & { readonly secret: string }> {
    const { database, clock, randomId } = this.#deps;
    const secret = makeSecret(PERSONAL_TOKEN_PREFIX);
    const token = {
      ...wish,
      id: randomId() as PersonalTokenId,
      accountId: account.id,
      createdAt: clock(),
      creator: origin,
    };
    await database.write(async (trx) => {
      const known = await listTokens(trx, account.id);
      if (known.length >= PER_ACCOUNT) {
        throw new ProblemError(PROBLEMS.TOO_MANY, {
          detail: `an account has at most ${PER_ACCOUNT} tokens: delete one you do not use`,
        });
      }
      await insertToken(trx, { ...token, openedBy, secretHash: hashSecret(secret) });
      await this.#record(trx, {
        account,
        by,
        origin,
        action: "create",
        after: describe(token),
        token,
      });
    });
    return { ...token, isActive: true, lastUse: undefined, secret };
  }

  async list(accountId: NamespaceId): Promise<readonly PersonalToken[]> {
    return await listTokens(this.#deps.database.reader, accountId);
  }

  /** Throws NOT_FOUND, for another's token too. */
  async get(account: Account, id: string): Promise<PersonalToken> {
    return await getOwn(this.#deps.database.reader, account, id);
  }

  /** Throws NOT_FOUND. */
  async change(
    account: Account,
    id: string,
    wish: { label?: string | undefined; isActive?: boolean | undefined } & By,
  ): Promise<PersonalToken> {
    const { label, isActive, by, origin } = wish;
    return await this.#deps.database.write(async (trx) => {
      // Here and not before: a token that was switched off meanwhile is not switched on again by giving it a name.
      const before = await getOwn(trx, account, id);
      const after = {
        ...before,
        label: label ?? before.label,
        isActive: isActive ?? before.isActive,
      };
      const disabledAt = after.isActive ? null : this.#deps.clock().getTime();
      await updateToken(trx, before.id, { label: after.label, disabled_at: disabledAt });
      const change = { before: describe(before), after: describe(after) };
      await this.#record(trx, { account, by, origin, action: "update", ...change, token: after });
      return after;
    });
  }

  /** Throws NOT_FOUND. */
  async remove(account: Account, id: string, { by, origin }: By): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      const token = await getOwn(trx, account, id);
      await removeToken(trx, token.id);
      const before = describe(token);
      await this.#record(trx, { account, by, origin, action: "delete", before, token });
    });
  }

  readonly kinds = ["personal token"] as const;

  handles(secret: string): boolean {
    return secret.startsWith(PERSONAL_TOKEN_PREFIX);
  }

  /** Whose token it is, if it is theirs who the user name says, and both are in force. */
  async verify(claim: {
    user: string;
    secret: string;
    origin: Origin;
  }): Promise<Principal | undefined> {
    const { reader } = this.#deps.database;
    const token = await findTokenByHash(reader, hashSecret(claim.secret));
    const account = token && (await findAccount(reader, token.accountId));
    if (token === undefined || account === undefined) return undefined;
    const isTheirs = account.name === claim.user.toLowerCase();
    if (!isTheirs || account.isDisabled || !this.#isInForce(token)) return undefined;
    await this.#noteUse(token, claim.origin);
    return toPrincipal(account, credentialOf(token));
  }

  /** Only who has the secret is told that it was one. */
  async explain({
    user,
    secret,
  }: Pick<LoginClaim, "user" | "secret">): Promise<string | undefined> {
    const { reader } = this.#deps.database;
    const token = await findTokenByHash(reader, hashSecret(secret));
    const account = token && (await findAccount(reader, token.accountId));
    if (token === undefined || account?.name !== user.toLowerCase()) return undefined;
    const { label, isActive, expiresAt } = token;
    if (!isActive) return `your personal token "${label}" is switched off`;
    if (expiresAt === undefined || expiresAt > this.#deps.clock()) return undefined;
    return `your personal token "${label}" expired on ${expiresAt.toISOString().slice(0, DAY_LETTERS)}`;
  }

  async resume({ accountId, credential }: Holder): Promise<Principal | undefined> {
    const { reader } = this.#deps.database;
    const key = { accountId: accountId as NamespaceId, id: credential.id };
    const token = await findToken(reader, key);
    const account = token && (await findAccount(reader, token.accountId));
    if (token === undefined || account === undefined) return undefined;
    if (account.isDisabled || !this.#isInForce(token)) return undefined;
    return toPrincipal(account, credentialOf(token));
  }

  #isInForce({ isActive, expiresAt }: PersonalToken): boolean {
    return isActive && (expiresAt === undefined || expiresAt > this.#deps.clock());
  }

  async #noteUse({ id, lastUse }: PersonalToken, origin: Origin): Promise<void> {
    const at = this.#deps.clock();
    const isRecent = lastUse !== undefined && at.getTime() - lastUse.at.getTime() < USE_EVERY_MS;
    if (isRecent && lastUse.address === origin.address) return;
    const use = { at, ...origin };
    await writeIfPossible(this.#deps.database, (trx) => noteUse(trx, id, use));
  }

  async #record(
    trx: Parameters<Journal["record"]>[0],
    deed: By & {
      account: Account;
      action: "create" | "update" | "delete";
      token: { readonly label: string };
    } & Pick<Deed, "before" | "after">,
  ): Promise<void> {
    const { account, action, token, ...rest } = deed;
    await this.#deps.journal.record(trx, {
      ...rest,
      action: `access_token.${action}`,
      account: account.name,
      name: token.label,
    });
  }
}

/** Throws NOT_FOUND, for another's token too. */
async function getOwn(
  db: Parameters<typeof findToken>[0],
  account: Account,
  id: string,
): Promise<PersonalToken> {
  const token = await findToken(db, { accountId: account.id, id });
  if (token === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return token;
}

function credentialOf(token: PersonalToken): Credential {
  const { id, label, expiresAt, createdAt } = token;
  const limits = { permits: permitsOf(token), permitsGivenAt: createdAt };
  return { kind: "personal token", id, label, ...limits, expiresAt };
}

function permitsOf({ scopes, repositories }: PersonalToken): readonly Permit[] {
  const names = repositories.length === 0 ? ["**"] : repositories;
  const onlyPublic = scopes.every((scope) => scope === "repo:public_read");
  const actions = [...new Set(scopes.flatMap((scope) => ACTIONS[scope]))];
  return names.map((name) => ({
    repositories: name,
    actions,
    ...(onlyPublic ? { onlyPublic } : {}),
  }));
}

function describe(token: NewToken & { readonly isActive?: boolean }): Record<string, unknown> {
  const { label, scopes, repositories, expiresAt, isActive = true } = token;
  return { label, scopes, repositories, expiresAt: expiresAt?.toISOString() ?? null, isActive };
}
