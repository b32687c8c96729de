import { z } from "zod";

export const CI_RULES_PATH = "/api/v1/ci-rules";

const actions = z.array(z.enum(["pull", "push", "delete"]));

/** Which jobs log in without a stored secret, and as what, as it is in force. */
export const ciRule = z.object({
  source: z
    .enum(["settings", "hub", "organization"])
    .describe("Where it is kept: in access.issuers, or added by the API"),
  id: z.string().optional().describe("Of what was added by the API, and is removed by it"),
  name: z.string().optional(),
  issuer: z.string(),
  audience: z.string().nullable().describe("What the job's token has to be made for"),
  claims: z.record(z.string(), z.string()).describe("All have to fit; `*` is any characters"),
  account: z
    .string()
    .describe(
      "Whose rights the job has, as far as the rule goes; by an organization's rule it acts as the organization, under this name",
    ),
  repositories: z.array(z.string()),
  actions,
  lifetimeSeconds: z.int(),
  createdBy: z.string().optional(),
  createdAt: z.iso.datetime().optional(),
});

/** In the order in which they are tried within their issuer. */
export const ciRuleList = z.object({ items: z.array(ciRule) });

export const newCiRule = z.strictObject({
  name: z.string().max(64).describe("Lower-case letters and digits, and single . _ - between them"),
  issuer: z.string().max(255).describe("An https address, as the token's claim `iss` has it"),
  claims: z
    .record(z.string().min(1).max(100), z.string().min(1).max(512))
    .describe(
      "What the token has to say; `*` is any characters. One has to say of which project it is",
    ),
  repositories: z.array(z.string().max(255)).min(1).max(20),
  actions: actions.min(1).max(3),
  lifetimeSeconds: z.int().min(60).max(43_200).default(1800),
});

/** A rule of the hub's says whose account the job acts as; an organization's acts as the organization. */
export const newHubCiRule = newCiRule.extend({
  account: z.string().min(1).max(255).describe("Whose rights the job has, as far as the rule goes"),
});
