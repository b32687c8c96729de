import { z } from "zod";
import { duration } from "./values.ts";

/** How people come to have accounts, and what their logins take. */
export const peopleSettings = {
  signUp: z
    .enum(["closed", "invitation", "open"], { error: "must be closed, invitation or open" })
    .default("closed")
    .describe(
      "Who makes accounts, in the mode accounts. closed: administrators. invitation: also whoever is invited, to the hub by them or to an organization by its owners. open: everybody.",
    ),
  twoFactor: z
    .enum(["optional", "administrators", "required"], {
      error: "must be optional, administrators or required",
    })
    .default("optional")
    .describe(
      "Who has to have two-factor login, in the mode accounts: nobody, administrators of the hub, or everybody. Until they have it they may only turn it on, with whatever they log in. Robots and organizations' tokens are not asked.",
    ),
  invitationsLast: duration
    .default(7 * 86_400_000)
    .describe("How long an invitation to the hub or to an organization can be accepted."),
};
