import type { Kysely } from "kysely";
import type { z } from "zod";
import type { Caller } from "../../access/index.ts";
import type { Account, Accounts, AccountTables, Profiles } from "../../accounts/index.ts";
import { type AccountCard, type AccountCondition, findAccounts } from "../../catalog/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { userChange, userWish } from "./scim-bodies.ts";
import { ScimError } from "./scim-error.ts";

export interface ScimUserDeps {
  readonly everybody: Kysely<AccountTables>;
  readonly accounts: Accounts;
  readonly profiles: Pick<Profiles, "change">;
}

/** Accounts as an identity provider sees them. */
export function createScimUsers({ everybody, accounts, profiles }: ScimUserDeps) {
  return { get, create, change };

  /** Throws ScimError (404). */
  async function get(id: string): Promise<AccountCard> {
    const card = await findOne({ kind: "text", field: "id", operator: "eq", value: id });
    if (card === undefined) throw new ScimError({ status: 404, detail: "there is no such user" });
    return card;
  }

  /** The account has no password: its owner logs in by the identity provider. Throws ScimError (409). */
  async function create(wish: z.output<typeof userWish>, caller: Caller): Promise<AccountCard> {
    const { userName: email, displayName, active } = wish;
    await assertFree(email);
    const name = displayName ?? nameOf(email);
    const made = await accounts
      .createWithoutPassword({ name, email }, caller, async () => undefined)
      .catch(refuse);
    await changeName(made, wish, caller);
    if (active === false) await accounts.change(made, { isDisabled: true, ...caller });
    return await get(String(made.id));
  }

  /** What is not named stays: nobody is shut out because a field was left away. Throws ScimError (404 or 409). */
  async function change(
    id: string,
    wish: z.output<typeof userChange>,
    caller: Caller,
  ): Promise<AccountCard> {
    const card = await get(id);
    const account = await accounts.find(card.id as NamespaceId);
    if (account === undefined)
      throw new ScimError({ status: 404, detail: "there is no such user" });
    const email = wish.userName;
    const isOtherEmail = email !== undefined && email.toLowerCase() !== card.email?.toLowerCase();
    const active = wish.active ?? wish.enabled ?? undefined;
    if (isOtherEmail || (active === true && account.isDisabled)) assertNotHigh(account, caller);
    if (isOtherEmail) await assertFree(email);
    const isDisabled = active === undefined ? undefined : !active;
    await accounts.change(account, { email, isDisabled, ...caller }).catch(refuse);
    await changeName(account, wish, caller);
    return await get(id);
  }

  async function changeName(
    account: Account,
    { name }: Pick<z.output<typeof userChange>, "name">,
    caller: Caller,
  ): Promise<void> {
    const { givenName, familyName } = name ?? {};
    if (!givenName && !familyName) return;
    const told = { givenName: givenName ?? undefined, familyName: familyName ?? undefined };
    await profiles.change(account, told, caller);
  }

  async function assertFree(email: string): Promise<void> {
    const other = await findOne({ kind: "text", field: "login", operator: "eq", value: email });
    if (other === undefined) return;
    throw taken(`${email} is the address of ${other.name}`);
  }

  async function findOne(condition: AccountCondition): Promise<AccountCard | undefined> {
    const wish = { condition, sortBy: "id", order: "asc", offset: 0, limit: 1 } as const;
    return (await findAccounts(everybody, wish)).accounts[0];
  }
}

/**
 * Whoever has the address of an account may become its owner, and whoever may more than others was perhaps shut out for a
 * reason: an identity provider switches those off, and nothing else. Throws ScimError (403).
 */
function assertNotHigh({ name, role }: Account, { by }: Caller): void {
  if (role === undefined || by.role === "administrator") return;
  const detail = `${name} has the role "${role}" in this hub: an administrator can change the address and switch the account on`;
  throw new ScimError({ status: 403, detail });
}

/** Of `Jon.Snow+x@example.com`: `jon.snow-x`. */
function nameOf(email: string): string {
  const [local = ""] = email.toLowerCase().split("@");
  return local
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/([._-])[._-]+/g, "$1")
    .replaceAll(/^[._-]+|[._-]+$/g, "");
}

function refuse(cause: unknown): never {
  if (!(cause instanceof ProblemError)) throw cause;
  if (cause.status === PROBLEMS.NAME_TAKEN.status) throw taken(cause.message, { cause });
  throw new ScimError({ status: cause.status, detail: cause.message }, { cause });
}

function taken(detail: string, options?: ErrorOptions): ScimError {
  return new ScimError({ status: 409, scimType: "uniqueness", detail }, options);
}
