import { createHmac, randomBytes } from "node:crypto";
import {
  type Credential,
  type Origin,
  type Principal,
  SecondFactorRequired,
} from "../access/index.ts";
import { type Attempt, Throttle } from "./throttle.ts";
import type { TwoFactorDuty } from "./two-factor-duty.ts";

/** What somebody says about who they are. */
export interface LoginClaim {
  readonly user: string;
  readonly secret: string;
  /** Of an app or a list on paper, for accounts that need one beside the password. */
  readonly code?: string | undefined;
  readonly origin: Origin;
}

/** An account, and what its owner proved to be that with. */
export interface Holder {
  readonly accountId: number;
  readonly credential: Pick<Credential, "kind" | "id">;
}

/** Some kinds of secrets. */
export interface SecretVerifier {
  readonly kinds: readonly Credential["kind"][];
  /** Whether it has the form of this kind. */
  handles(secret: string): boolean;
  /** Whose it is; undefined when it is wrong, expired or of somebody who is disabled. */
  verify(claim: LoginClaim): Promise<Principal | undefined>;
  /** The holder as they stand now; undefined once the account or the credential is not in force. */
  resume(holder: Holder): Promise<Principal | undefined>;
  /** Why a right secret is not in force; undefined when it is no secret of this kind. */
  explain?(claim: Pick<LoginClaim, "user" | "secret">): Promise<string | undefined>;
}

/** What some accounts need beside the password. */
export interface SecondFactorCheck {
  isOn(accountId: number): Promise<boolean>;
  /** Whether the code is right and was not used before. It is used now. */
  use(by: { readonly by: Principal; readonly origin: Origin }, code: string): Promise<boolean>;
}

/** What a right secret proves. */
interface Checked {
  readonly principal: Principal;
  readonly needsCode: boolean;
}

interface LoginsDeps {
  readonly verifiers: readonly SecretVerifier[];
  readonly secondFactor: SecondFactorCheck;
  readonly duty: TwoFactorDuty;
  /** Told of each login that failed. */
  readonly onFailure: (claim: Pick<LoginClaim, "user" | "origin">) => void;
  readonly clock: () => Date;
}

const USER_LIMIT = 255;
const SECRET_BYTES = 1024;

/** Every door's way in: the kinds of secrets one after the other, and one count of failures for all of them. */
export class Logins {
  readonly #deps: LoginsDeps;
  readonly #verifiers: readonly SecretVerifier[];
  readonly #throttle: Throttle;
  readonly #underway = new Map<string, Promise<Checked | undefined>>();
  readonly #key = randomBytes(32);

  constructor(deps: LoginsDeps) {
    this.#deps = deps;
    this.#verifiers = deps.verifiers;
    this.#throttle = new Throttle(deps);
  }

  /**
   * Undefined when user and secret do not belong together. Throws TooManyAttempts, LoginUnavailable or
   * SecondFactorRequired.
   */
  async verify(claim: LoginClaim): Promise<Principal | undefined> {
    const { user, origin, code } = claim;
    const checked = await this.#check(claim);
    if (checked === undefined) return undefined;
    const { principal } = checked;
    if (!checked.needsCode) return this.#deps.duty(principal);
    if (code === undefined) {
      // Somebody knows the password and has no code: that belongs on the audit trail.
      this.#deps.onFailure({ user, origin });
      throw new SecondFactorRequired(principal, "missing");
    }
    if (await this.verifyCode({ by: principal, origin }, code)) return principal;
    throw new SecondFactorRequired(principal, "wrong");
  }

  /** Whether it is the password of whoever asks, who may have shown their code before. Throws TooManyAttempts. */
  async isPassword({ by, origin }: Asking, secret: string): Promise<boolean> {
    const checked = await this.#check({ user: by.name, secret, origin });
    return checked?.principal.accountId === by.accountId && isWhole(checked?.principal);
  }

  /** The second factor of somebody whose first one was right. Throws TooManyAttempts. */
  async verifyCode({ by, origin }: Asking, code: string): Promise<boolean> {
    const attempt = { user: by.name, address: origin.address, isCode: true };
    this.#throttle.begin(attempt);
    const isRight = await this.#deps.secondFactor.use({ by, origin }, code);
    if (isRight) this.#throttle.succeed(attempt);
    else this.#deps.onFailure({ user: by.name, origin });
    return isRight;
  }

  /** Somebody who logged in before, as they stand now. Undefined once their account or credential is not in force. */
  async resume(holder: Holder): Promise<Principal | undefined> {
    const { kind } = holder.credential;
    const verifier = this.#verifiers.find(({ kinds }) => kinds.includes(kind));
    const principal = await verifier?.resume(holder);
    return principal && this.#deps.duty(principal);
  }

  /** For who has just been refused by `verify`, so it is throttled with that. */
  async explain({ user, secret }: LoginClaim): Promise<string | undefined> {
    return await this.#verifiers.find((one) => one.handles(secret))?.explain?.({ user, secret });
  }

  async #check(claim: LoginClaim): Promise<Checked | undefined> {
    if (!isPossible(claim)) return undefined;
    // A client that pushes sixteen layers at once proves itself sixteen times at once: that is one login.
    const key = createHmac("sha256", this.#key)
      .update(JSON.stringify([claim.user, claim.secret, claim.origin.address]))
      .digest("base64");
    const same = this.#underway.get(key);
    if (same !== undefined) return await same;
    const login = this.#checkOnce(claim).finally(() => this.#underway.delete(key));
    this.#underway.set(key, login);
    return await login;
  }

  async #checkOnce({ user, secret, origin }: LoginClaim): Promise<Checked | undefined> {
    const attempt = { user, address: origin.address };
    this.#throttle.begin(attempt);
    const principal = await this.#askVerifier({ user, secret, origin }, attempt);
    if (principal === undefined) {
      this.#deps.onFailure({ user, origin });
      return undefined;
    }
    const needsCode = await this.#needsCode(principal);
    // Half a login must not make anybody forget how many codes were wrong.
    if (needsCode) this.#throttle.withdraw(attempt);
    else this.#throttle.succeed(attempt);
    return { principal, needsCode };
  }

  async #askVerifier(claim: LoginClaim, attempt: Attempt): Promise<Principal | undefined> {
    try {
      const verifier = this.#verifiers.find((one) => one.handles(claim.secret));
      return await verifier?.verify(claim);
    } catch (cause) {
      // Nobody was found to be wrong, so nobody is shut out for it once the answer can be had again.
      this.#throttle.withdraw(attempt);
      throw cause;
    }
  }

  async #needsCode(principal: Principal): Promise<boolean> {
    const { accountId } = principal;
    if (accountId === undefined || !isWhole(principal)) return false;
    return await this.#deps.secondFactor.isOn(accountId);
  }
}

interface Asking {
  readonly by: Principal;
  readonly origin: Origin;
}

/** Somebody who may do all that their account may, unlike with a token that was made for less. */
function isWhole(principal: Principal | undefined): boolean {
  return principal?.kind === "user" && principal.credential?.permits === undefined;
}

function isPossible({ user, secret }: LoginClaim): boolean {
  if (user === "" || user.length > USER_LIMIT || secret === "") return false;
  return Buffer.byteLength(secret) <= SECRET_BYTES && !secret.includes("\0");
}
