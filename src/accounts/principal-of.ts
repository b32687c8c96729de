import type { Credential, Principal } from "../access/index.ts";
import type { Account } from "./accounts-store.ts";

export function toPrincipal(account: Account, credential: Credential): Principal {
  return { ...toPersona(account), credential };
}

/** The account, without anything that somebody showed as proof. */
export function toPersona({ id, name, role, twoFactorSince }: Account): Principal {
  return {
    ...{ kind: "user", name, accountId: id },
    ...(role === undefined ? {} : { role }),
    ...(twoFactorSince === undefined ? { lacksSecondFactor: true } : {}),
  };
}
