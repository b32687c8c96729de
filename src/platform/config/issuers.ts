import { z } from "zod";
import { duration, parseJson, path } from "./values.ts";

const LONGEST_MS = 12 * 3_600_000;
const NAMES = "must be names or patterns of repositories, such as acme/api and acme/*";

const repositories = z.array(z.string().regex(/^[a-z0-9*._/-]{1,255}$/, NAMES)).min(1, NAMES);

const rule = z.strictObject({
  /** Each has to match: the value itself, or with `*` for any characters. */
  claims: z
    .record(z.string(), z.string().min(1))
    .refine((claims) => Object.keys(claims).length > 0, {
      error: "must name at least one claim: without one, everybody whom the issuer knows gets in",
    }),
  /** Whose rights these jobs have, as far as the rule goes. */
  account: z.string().min(1).toLowerCase(),
  repositories,
  actions: z
    .array(z.enum(["pull", "push", "delete"], { error: "must be pull, push or delete" }))
    .min(1, "must name at least one action"),
  lifetime: duration
    .default(30 * 60_000)
    .refine((ms) => ms >= 60_000 && ms <= LONGEST_MS, { error: "must be from 1m to 12h" }),
});

const issuer = z.strictObject({
  issuer: z.url({ protocol: /^https?$/, error: "must be an http or https address" }),
  audience: z.string().min(1).optional(),
  /** For issuers that this machine cannot ask, such as a cluster's: a file with their keys (JWKS). */
  keysFile: path.optional(),
  rules: z.array(rule).min(1, "must hold at least one rule"),
});

/** A list in a file; JSON in a variable. */
export const issuerList = z.preprocess(
  parseJson,
  z.array(issuer, { error: "must be a list of issuers" }),
);
