import type { Principal } from "./principal.ts";

/** `owed`: there is none to be shown, and the hub asks for one. */
type SecondFactorFault = "missing" | "wrong" | "owed";

/**
 * The password was right, and does not suffice: the account's login needs a code, too. Nobody else gets to know that it is
 * on. Answered 401 on every door.
 */
export class SecondFactorRequired extends Error {
  override readonly name = "SecondFactorRequired";
  /** Who it would be. */
  readonly principal: Principal;
  readonly fault: SecondFactorFault;

  constructor(principal: Principal, fault: SecondFactorFault) {
    super(fault === "owed" ? describeOwed(principal, "this hub") : SENTENCES[fault]);
    this.principal = principal;
    this.fault = fault;
  }
}

/** Why somebody who has no second factor may do nothing here, and what they do about it. */
export function describeOwed({ name }: Pick<Principal, "name">, place: string): string {
  return `${place} asks for two-factor login, which is off for ${name}. Turn it on: berth account two-factor enable; then log in anew`;
}

/** What docker shows to its user; as Docker Hub does. */
const SENTENCES = {
  missing: "two-factor login is on for this account: log in with a personal access token",
  wrong: "the code is wrong, or was used already",
} as const;
