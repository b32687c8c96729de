import { z } from "zod";

export const CI_RULES_PATH = "/api/v1/ci-rules";

/** Which jobs log in without a stored secret, and as what: a rule of `access.issuers`, as it is in force. */
export const ciRule = z.object({
  issuer: z.string(),
  audience: z.string().nullable().describe("What the job's token has to be made for"),
  claims: z.record(z.string(), z.string()).describe("All have to fit; `*` is any characters"),
  account: z.string().describe("Whose rights the job has, as far as the rule goes"),
  repositories: z.array(z.string()),
  actions: z.array(z.enum(["pull", "push", "delete"])),
  lifetimeSeconds: z.int(),
});

/** In the order in which they are tried within their issuer. */
export const ciRuleList = z.object({ items: z.array(ciRule) });
