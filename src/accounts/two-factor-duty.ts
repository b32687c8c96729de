import type { Principal } from "../access/index.ts";

/** Who has to have two-factor login. */
export type TwoFactorPolicy = "optional" | "administrators" | "required";

/** What is left of somebody who has to have a second factor and has none. Everybody else stays as they are. */
export type TwoFactorDuty = (principal: Principal) => Principal;

/** Asked with each request, so that whoever turns it on is free of it at once. Robots and jobs have no second factor. */
export function createTwoFactorDuty(policy: TwoFactorPolicy): TwoFactorDuty {
  return (principal) => {
    const { role, ...rest } = principal;
    const isAsked =
      policy === "required" || (policy === "administrators" && role === "administrator");
    return isAsked && principal.lacksSecondFactor === true
      ? { ...rest, owesSecondFactor: true }
      : principal;
  };
}
