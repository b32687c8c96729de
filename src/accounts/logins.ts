import { createHmac, randomBytes } from "node:crypto";
import type { Credential, Origin, Principal } from "../access/index.ts";
import { type Attempt, Throttle } from "./throttle.ts";

/** What somebody says about who they are. */
export interface LoginClaim {
  readonly user: string;
  readonly secret: string;
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

interface LoginsDeps {
  readonly verifiers: readonly SecretVerifier[];
  /** Told of each login that failed. */
  readonly onFailure: (claim: Omit<LoginClaim, "secret">) => void;
  readonly clock: () => Date;
}

const USER_LIMIT = 255;
const SECRET_BYTES = 1024;

/** Every door's way in: the kinds of secrets one after the other, and one count of failures for all of them. */
export class Logins {
  readonly #deps: LoginsDeps;
  readonly #verifiers: readonly SecretVerifier[];
  readonly #throttle: Throttle;
  readonly #underway = new Map<string, Promise<Principal | undefined>>();
  readonly #key = randomBytes(32);

  constructor(deps: LoginsDeps) {
    this.#deps = deps;
    this.#verifiers = deps.verifiers;
    this.#throttle = new Throttle(deps);
  }

  /** Undefined when user and secret do not belong together. Throws TooManyAttempts or LoginUnavailable. */
  async verify(claim: LoginClaim): Promise<Principal | undefined> {
    if (!isPossible(claim)) return undefined;
    // A client that pushes sixteen layers at once proves itself sixteen times at once: that is one login.
    const key = createHmac("sha256", this.#key)
      .update(JSON.stringify([claim.user, claim.secret, claim.origin.address]))
      .digest("base64");
    const same = this.#underway.get(key);
    if (same !== undefined) return await same;
    const login = this.#verify(claim).finally(() => this.#underway.delete(key));
    this.#underway.set(key, login);
    return await login;
  }

  /** Somebody who logged in before, as they stand now. Undefined once their account or credential is not in force. */
  async resume(holder: Holder): Promise<Principal | undefined> {
    const { kind } = holder.credential;
    return await this.#verifiers.find(({ kinds }) => kinds.includes(kind))?.resume(holder);
  }

  /** For who has just been refused by `verify`, so it is throttled with that. */
  async explain({ user, secret }: LoginClaim): Promise<string | undefined> {
    return await this.#verifiers.find((one) => one.handles(secret))?.explain?.({ user, secret });
  }

  async #verify(claim: LoginClaim): Promise<Principal | undefined> {
    const attempt = { user: claim.user, address: claim.origin.address };
    this.#throttle.begin(attempt);
    const principal = await this.#askVerifier(claim, attempt);
    if (principal === undefined) this.#deps.onFailure({ user: claim.user, origin: claim.origin });
    else this.#throttle.succeed(attempt);
    return principal;
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
}

function isPossible({ user, secret }: LoginClaim): boolean {
  if (user === "" || user.length > USER_LIMIT || secret === "") return false;
  return Buffer.byteLength(secret) <= SECRET_BYTES && !secret.includes("\0");
}
