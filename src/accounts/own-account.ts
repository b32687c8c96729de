import type { Principal } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Accounts } from "./accounts.ts";
import type { Account } from "./accounts-store.ts";

/** The caller's own account, for those who logged in with more than a limited token. Throws DENIED. */
export async function getOwnAccount(accounts: Accounts, by: Principal): Promise<Account> {
  const isUser = by.kind === "user" && by.accountId !== undefined;
  const account = isUser ? await accounts.find(by.accountId as NamespaceId) : undefined;
  if (account === undefined || by.credential?.permits !== undefined) {
    const detail = "log in with a user's name and password for this";
    throw new ProblemError(PROBLEMS.DENIED, { detail });
  }
  return account;
}
