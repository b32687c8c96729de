import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { SignatureError } from "../signature-error.ts";
import type { TrustStore } from "../trust.ts";

/** The algorithm of a signature by a key: Notation lets a key have one only (signature-specification, "Algorithm Selection"). */
export interface KeyAlgorithm {
  readonly name: "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512";
  readonly hash: "sha256" | "sha384" | "sha512";
}

const HASHES = { "256": "sha256", "384": "sha384", "512": "sha512" } as const;
const RSA = { 2048: "256", 3072: "384", 4096: "512" } as const;
const CURVES = { prime256v1: "256", secp384r1: "384", secp521r1: "512" } as const;

/** Throws SignatureError for a key that Notation knows no algorithm of. */
export function algorithmOf(key: KeyObject): KeyAlgorithm {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const rsa = key.asymmetricKeyType === "rsa" ? RSA[modulusLength as keyof typeof RSA] : undefined;
  if (rsa !== undefined) return { name: `PS${rsa}`, hash: HASHES[rsa] };
  const curve = CURVES[namedCurve as keyof typeof CURVES];
  if (curve !== undefined) return { name: `ES${curve}`, hash: HASHES[curve] };
  throw new SignatureError("invalid", "its certificate has a key of a kind that Notation forbids");
}

/** From the signer to the root, each issued by the next. Throws SignatureError. */
export function readChain(
  ders: readonly Buffer[],
): readonly [X509Certificate, ...X509Certificate[]] {
  if (ders.length > 10)
    throw new SignatureError("invalid", "its chain of certificates is too long");
  const [first, ...rest] = ders.map(readCertificate);
  if (first === undefined) throw new SignatureError("invalid", "it names no certificate");
  const chain = [first, ...rest] as const;
  for (const [index, certificate] of chain.entries()) assertFollows(certificate, chain[index + 1]);
  return chain;
}

/** The last one may be issued by itself, or by one that a trust store holds. */
function assertFollows(certificate: X509Certificate, issuer: X509Certificate | undefined): void {
  if (issuer !== undefined && !issuer.ca) {
    throw new SignatureError("invalid", "a certificate was issued by one that may issue none");
  }
  const isSelfIssued = certificate.checkIssued(certificate);
  const signedBy = issuer ?? (isSelfIssued ? certificate : undefined);
  if (signedBy === undefined) return;
  if (certificate.checkIssued(signedBy) && certificate.verify(signedBy.publicKey)) return;
  throw new SignatureError("invalid", "its certificates do not follow from each other");
}

function readCertificate(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new SignatureError("invalid", "a certificate of it cannot be read", { cause });
  }
}

/** The stores that prove the chain: they hold one of its certificates, or the one that issued the last. */
export function findStores(
  chain: readonly X509Certificate[],
  stores: readonly TrustStore[],
): readonly TrustStore[] {
  return stores.filter(({ certificates }) =>
    certificates.some(
      (anchor) => chain.some((one) => one.raw.equals(anchor.raw)) || issued(anchor, chain.at(-1)),
    ),
  );
}

function issued(anchor: X509Certificate, last: X509Certificate | undefined): boolean {
  return last?.checkIssued(anchor) === true && anchor.ca && last.verify(anchor.publicKey);
}

/** Throws SignatureError, `expired` for what was valid before, and `waiting` for what will be, if `at` goes on (`isOpen`). */
export function assertValidAt(
  chain: readonly X509Certificate[],
  at: Date,
  { isOpen = false } = {},
): void {
  for (const { validFromDate, validToDate, subject } of chain) {
    const name = printName(subject);
    if (at < validFromDate) {
      const since = validFromDate.toISOString();
      throw new SignatureError(
        isOpen ? "waiting" : "invalid",
        `the certificate of ${name} is valid from ${since} on`,
        { from: validFromDate },
      );
    }
    if (at > validToDate) {
      const until = validToDate.toISOString();
      throw new SignatureError("expired", `the certificate of ${name} has expired on ${until}`);
    }
  }
}

/** The first moment at which one of them is valid no more. */
export function endOf(chain: readonly X509Certificate[]): Date {
  return new Date(Math.min(...chain.map(({ validToDate }) => validToDate.getTime())));
}

/** As people write it: `CN=alpine,O=Notary,C=US`. Node separates the parts by newlines. */
export function printName(subject: string): string {
  return subject.split("\n").reverse().join(",");
}

/** Of one certificate, as DER, what Node says of its key. */
export function publicKeyOf(certificate: X509Certificate): KeyObject {
  return createPublicKey(certificate.publicKey.export({ type: "spki", format: "pem" }));
}
