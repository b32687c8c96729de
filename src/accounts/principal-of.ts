import type { Credential, Principal } from "../access/index.ts";
import type { Account } from "./accounts-store.ts";

export function toPrincipal(account: Account, credential: Credential): Principal {
  return {
    kind: "user",
    name: account.name,
    accountId: account.id,
    ...(account.role === undefined ? {} : { role: account.role }),
    credential,
  };
}
