import { z } from "zod";
import { POLICY_MODES, type policyRules, type signerRule } from "../contract/policies.ts";
import { SEVERITIES } from "../contract/scans.ts";
import { CommandError } from "./command.ts";

const many = z.array(z.string()).default([]);
const count = z.coerce.number().int().nonnegative();

/** What can be said of a policy on the command line; more in a file. */
export const ruleOptions = z.object({
  mode: z.enum(POLICY_MODES, { error: `must be one of ${POLICY_MODES.join(", ")}` }),
  file: z.string().optional(),
  tags: many,
  pattern: z.string().default(""),
  signedBy: many,
  atLeast: count.default(1),
  attested: many,
  severity: z.enum(SEVERITIES).optional(),
  onlyFixed: z.boolean().default(false),
  olderThan: count.default(0),
  exploited: z.boolean().default(false),
  notEndOfLife: z.boolean().default(false),
  base: many,
});

type Rules = z.input<typeof policyRules>;
type Signer = z.input<typeof signerRule>;

export function rulesOf(options: z.output<typeof ruleOptions>): Rules {
  const anyOf = options.signedBy.map(parseSigner);
  const { severity, onlyFixed, olderThan, exploited, notEndOfLife, base } = options;
  const asksFindings = severity !== undefined || onlyFixed || exploited || olderThan > 0;
  if (options.attested.length > 0 && anyOf.length === 0) {
    throw new CommandError("usage", "--attested needs --signed-by: whose attestation counts");
  }
  return {
    ...(anyOf.length > 0 && { signedBy: { anyOf, atLeast: options.atLeast } }),
    ...(options.attested.length > 0 && {
      attestations: options.attested.map((type) => ({ type, anyOf })),
    }),
    ...(asksFindings && {
      vulnerabilities: {
        ...(severity !== undefined && { severity }),
        ...{ onlyFixable: onlyFixed, olderThanDays: olderThan, knownExploited: exploited },
      },
    }),
    ...(notEndOfLife && { notEndOfLife }),
    ...(base.length > 0 && { baseImages: base }),
  };
}

/** `acme/release` is a key, `store:acme/notation` certificates, `notary:targets/releases` a role of Notary, `https://issuer subject` an identity. */
function parseSigner(text: string): Signer {
  const [first = "", ...rest] = text.split(" ");
  const subject = rest.join(" ");
  if (first.startsWith("https://")) {
    if (subject === "") throw new CommandError("usage", `"${text}" names an issuer and no subject`);
    return { issuer: first, subject };
  }
  if (first.startsWith("store:")) {
    return { store: first.slice("store:".length), ...(subject !== "" && { subject }) };
  }
  if (first.startsWith("notary:")) {
    return { notary: first.slice("notary:".length), ...(subject !== "" && { keyId: subject }) };
  }
  return { key: text };
}
