import type { X509Certificate } from "node:crypto";
import { SignatureError } from "../signature-error.ts";
import { loadCore } from "../sigstore/library.ts";

/** Purposes of certificates (RFC 5280, 4.2.1.12). */
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
/** The extended key usage that nothing but an authority for times has (RFC 3161, 2.3). */
export const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
/** Any, servers, mail, times, states of certificates: who signs code does nothing of it (Notation, "Certificate Requirements"). */
const OTHERS: ReadonlySet<string> = new Set([
  "2.5.29.37.0",
  "1.3.6.1.5.5.7.3.1",
  "1.3.6.1.5.5.7.3.4",
  TIME_STAMPING,
  "1.3.6.1.5.5.7.3.9",
]);

type Chain = readonly [X509Certificate, ...X509Certificate[]];

/** Throws SignatureError unless the first certificate is one for signing code, and those above let it be so. */
export function assertSignsCode(chain: Chain): void {
  const [leaf] = chain;
  assertLeaf(chain);
  const purposes = leaf.keyUsage;
  if (purposes === undefined) return;
  if (!purposes.includes(CODE_SIGNING) || purposes.some((one) => OTHERS.has(one))) {
    throw new SignatureError("invalid", "its certificate is not one for signing code");
  }
}

/** Throws SignatureError unless the first certificate is one for times alone, and those above let it be so. */
export function assertStampsTime(chain: Chain): void {
  assertLeaf(chain);
  const [leaf] = chain;
  if (leaf.keyUsage?.length === 1 && leaf.keyUsage[0] === TIME_STAMPING) return;
  throw new SignatureError("invalid", "its timestamp is not by an authority for times");
}

function assertLeaf(chain: Chain): void {
  const [leaf, ...issuers] = chain;
  const { extKeyUsage } = parse(leaf);
  if (leaf.ca) throw new SignatureError("invalid", "it is signed by an authority for certificates");
  if (extKeyUsage?.digitalSignature !== true) {
    throw new SignatureError("invalid", "its certificate is not one for signatures");
  }
  for (const [below, issuer] of issuers.entries()) assertIssues(issuer, below);
}

/** `below`: how many authorities stand between it and the signer. */
function assertIssues(issuer: X509Certificate, below: number): void {
  const { extKeyUsage, extBasicConstraints } = parse(issuer);
  if (extKeyUsage !== undefined && !extKeyUsage.keyCertSign) {
    throw new SignatureError("invalid", "a certificate was issued by one that may issue none");
  }
  const longest = extBasicConstraints?.pathLenConstraint;
  if (longest !== undefined && longest < BigInt(below)) {
    throw new SignatureError("invalid", "its chain is longer than an authority of it allows");
  }
}

function parse(certificate: X509Certificate) {
  const core = loadCore();
  return core.X509Certificate.parse(Buffer.from(certificate.raw));
}
