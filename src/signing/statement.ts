import { z } from "zod";
import { type Digest, digestAlgorithm, digestHex } from "../oci/digest.ts";
import { SignatureError } from "./signature-error.ts";

export const STATEMENT_TYPE = "application/vnd.in-toto+json";
/** What `cosign sign` of version 3 writes: an attestation that says nothing but that it was signed. */
export const SIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1";

const statement = z.object({
  _type: z.string().regex(/^https:\/\/in-toto\.io\/Statement\/v(?:0\.1|1)$/),
  subject: z
    .array(z.object({ name: z.string().optional(), digest: z.record(z.string(), z.string()) }))
    .min(1)
    .max(1000),
  predicateType: z.string().min(1).max(500),
  predicate: z.unknown(),
});

export type Statement = z.output<typeof statement>;

/** Of in-toto, version 0.1 or 1. Throws SignatureError for anything else. */
export function parseStatement(bytes: Uint8Array): Statement {
  try {
    return statement.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch (cause) {
    throw new SignatureError("invalid", "what was signed is no in-toto statement", { cause });
  }
}

/** Throws SignatureError unless the statement speaks of that digest. */
export function assertSpeaksOf({ subject }: Statement, digest: Digest): void {
  const algorithm = digestAlgorithm(digest);
  if (subject.some((one) => one.digest[algorithm] === digestHex(digest))) return;
  const [first] = subject;
  const other = Object.entries(first?.digest ?? {})[0]?.join(":") ?? "nothing";
  throw new SignatureError("invalid", `it is a statement about another digest, ${other}`);
}
