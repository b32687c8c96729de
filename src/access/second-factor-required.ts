import type { Principal } from "./principal.ts";

/**
 * The password was right, and does not suffice: the account's login needs a code, too. Nobody else gets to know that it is
 * on. Answered 401 on every door.
 */
export class SecondFactorRequired extends Error {
  override readonly name = "SecondFactorRequired";
  /** Who it would be. */
  readonly principal: Principal;
  readonly fault: "missing" | "wrong";

  constructor(principal: Principal, fault: "missing" | "wrong") {
    super(SENTENCES[fault]);
    this.principal = principal;
    this.fault = fault;
  }
}

/** What docker shows to its user; as Docker Hub does. */
const SENTENCES = {
  missing: "two-factor login is on for this account: log in with a personal access token",
  wrong: "the code is wrong, or was used already",
} as const;
