import type { Origin, Principal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Accounts } from "../accounts.ts";
import type { Account } from "../accounts-store.ts";
import type { LoginClaim, Logins } from "../logins.ts";
import { getOwnAccount } from "../own-account.ts";
import type { SessionProof } from "./sessions-store.ts";

interface BrowserLoginDeps {
  readonly logins: Pick<Logins, "verify">;
  readonly accounts: Accounts;
}

/** What somebody types into a page to get in, or to confirm that it is still them. */
export class BrowserLogin {
  readonly #deps: BrowserLoginDeps;

  constructor(deps: BrowserLoginDeps) {
    this.#deps = deps;
  }

  /** Throws UNAUTHORIZED or TooManyAttempts. */
  async prove(claim: {
    readonly name: string;
    readonly password: string;
    readonly origin: Origin;
  }): Promise<{ readonly account: Account; readonly provedBy: SessionProof }> {
    const { name: user, password: secret, origin } = claim;
    const principal = await this.#verifyPassword({ user, secret, origin });
    if (principal !== undefined) {
      return {
        account: await getOwnAccount(this.#deps.accounts, principal),
        provedBy: principal.credential?.kind === "directory" ? "ldap" : "password",
      };
    }
    throw new ProblemError(PROBLEMS.UNAUTHORIZED, { detail: "wrong user name or password" });
  }

  /** Throws PASSWORD_WRONG or TooManyAttempts. */
  async confirm(
    by: Principal,
    { password: secret, origin }: { readonly password: string; readonly origin: Origin },
  ): Promise<void> {
    const principal = await this.#verifyPassword({ user: by.name, secret, origin });
    if (principal?.accountId !== by.accountId) throw new ProblemError(PROBLEMS.PASSWORD_WRONG);
  }

  /** A token was made to be less than a login: whoever shows one does not get all that its owner may do. */
  async #verifyPassword(claim: LoginClaim): Promise<Principal | undefined> {
    const principal = await this.#deps.logins.verify(claim);
    const kind = principal?.credential?.kind;
    return kind === "password" || kind === "directory" ? principal : undefined;
  }
}
