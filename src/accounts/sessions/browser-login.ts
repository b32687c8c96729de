import {
  type Caller,
  type Origin,
  type Principal,
  SecondFactorRequired,
} from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Accounts } from "../accounts.ts";
import type { Account } from "../accounts-store.ts";
import type { Logins } from "../logins.ts";
import { getOwnAccount } from "../own-account.ts";
import type { SessionWish } from "./sessions.ts";
import type { SessionProof } from "./sessions-store.ts";

interface BrowserLoginDeps {
  readonly logins: Pick<Logins, "verify" | "isPassword" | "verifyCode">;
  readonly accounts: Accounts;
}

/** What somebody types into a page to get in, or to confirm that it is still them. */
export class BrowserLogin {
  readonly #deps: BrowserLoginDeps;

  constructor(deps: BrowserLoginDeps) {
    this.#deps = deps;
  }

  /** Throws UNAUTHORIZED, TWO_FACTOR_REQUIRED or TooManyAttempts. */
  async prove(claim: {
    readonly name: string;
    readonly password: string;
    readonly code?: string | undefined;
    readonly origin: Origin;
  }): Promise<Pick<SessionWish, "account" | "provedBy" | "openedBy">> {
    const { name: user, password: secret, code, origin } = claim;
    const { logins, accounts } = this.#deps;
    const principal = await explainCode(() => logins.verify({ user, secret, code, origin }));
    if (!provesWhole(principal))
      throw new ProblemError(PROBLEMS.UNAUTHORIZED, { detail: "wrong user name or password" });
    const account = await getOwnAccount(accounts, principal);
    const openedBy = principal.credential?.identity;
    return { account, provedBy: proofOf(principal, account), openedBy };
  }

  /** That it is still them: by a code where the account needs one, else by the password. Throws CODE_WRONG, PASSWORD_WRONG. */
  async confirm(
    caller: Caller,
    {
      password,
      code,
    }: { readonly password?: string | undefined; readonly code?: string | undefined },
  ): Promise<void> {
    const account = await getOwnAccount(this.#deps.accounts, caller.by);
    if (account.twoFactorSince === undefined) {
      await this.confirmPassword(caller, password ?? "");
      return;
    }
    if (code !== undefined) {
      await this.showCode(account, caller, code);
      return;
    }
    const detail = "two-factor login is on for this account: confirm with a code";
    throw new ProblemError(PROBLEMS.CODE_WRONG, { detail });
  }

  /** Throws PASSWORD_WRONG or TooManyAttempts. */
  async confirmPassword(caller: Caller, password: string): Promise<void> {
    const isRight = await this.#deps.logins.isPassword(caller, password);
    if (!isRight) throw new ProblemError(PROBLEMS.PASSWORD_WRONG);
  }

  /** Throws TWO_FACTOR_OFF, CODE_WRONG or TooManyAttempts. */
  async showCode(account: Account, caller: Caller, code: string): Promise<void> {
    if (account.twoFactorSince === undefined) throw new ProblemError(PROBLEMS.TWO_FACTOR_OFF);
    const isRight = await this.#deps.logins.verifyCode(caller, code);
    if (!isRight) throw new ProblemError(PROBLEMS.CODE_WRONG);
  }
}

/** A token was made to be less than a login: whoever shows one does not get all that its owner may do. */
function provesWhole(principal: Principal | undefined): principal is Principal {
  return principal?.kind === "user" && principal.credential?.permits === undefined;
}

function proofOf({ credential }: Principal, { twoFactorSince }: Account): SessionProof {
  const proof = credential?.kind === "directory" ? "ldap" : "password";
  return twoFactorSince === undefined ? proof : `${proof} and code`;
}

/** Whoever knows the password is asked for the code. */
async function explainCode<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof SecondFactorRequired)) throw cause;
    const detail = cause.fault === "missing" ? "show a code as well" : cause.message;
    throw new ProblemError(PROBLEMS.TWO_FACTOR_REQUIRED, { detail, cause });
  }
}
