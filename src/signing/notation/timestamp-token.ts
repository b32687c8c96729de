import { createPublicKey, X509Certificate } from "node:crypto";
import type { RFC3161Timestamp } from "@sigstore/core";
import { SignatureError } from "../signature-error.ts";
import { loadCore } from "../sigstore/library.ts";
import type { TrustStore } from "../trust.ts";
import { assertValidAt, findStores } from "./certificate-chain.ts";
import { assertStampsTime, TIME_STAMPING } from "./certificate-purpose.ts";

const SEQUENCE = 0x30;

/**
 * When an authority for times saw that signature, by a token of RFC 3161 that an authority of `stores` made. Throws
 * SignatureError for a token that does not count.
 */
export function readTimestamp(
  token: Buffer,
  signature: Buffer,
  stores: readonly TrustStore[],
): Date {
  try {
    const timestamp = loadCore().RFC3161Timestamp.parse(asResponse(token));
    const chain = findSigner(timestamp, embeddedCertificates(token));
    assertStampsTime(chain);
    const [signer] = chain;
    timestamp.verify(
      signature,
      createPublicKey(signer.publicKey.export({ type: "spki", format: "pem" })),
    );
    const at = timestamp.tstInfo.genTime;
    assertValidAt(chain, at);
    if (findStores(chain, stores).length > 0) return at;
  } catch (cause) {
    if (cause instanceof SignatureError) throw cause;
    throw new SignatureError("invalid", "its timestamp is not good", { cause });
  }
  throw new SignatureError(
    "untrusted",
    "its timestamp is by an authority that is not trusted here",
  );
}

/** The reader wants the whole answer of an authority, of which Notation keeps the token alone. */
function asResponse(token: Buffer): Buffer<ArrayBuffer> {
  const granted = Buffer.from([SEQUENCE, 3, 2, 1, 0]);
  const content = Buffer.concat([granted, token]);
  return Buffer.concat([derHead(content.length), content]);
}

function derHead(length: number): Buffer {
  if (length < 128) return Buffer.from([SEQUENCE, length]);
  const bytes = Buffer.alloc(6);
  bytes.set([SEQUENCE, 0x84]);
  bytes.writeUInt32BE(length, 2);
  return bytes;
}

/** CMS SignedData: version, digests, content, [0] certificates (RFC 5652, 5.1). */
function embeddedCertificates(token: Buffer): readonly X509Certificate[] {
  const signedData = loadCore().ASN1Obj.parseBuffer(token as Buffer<ArrayBuffer>).subs[1]?.subs[0];
  const set = signedData?.subs.find(({ tag }) => tag.isContextSpecific(0));
  return (set?.subs ?? []).map((one) => new X509Certificate(one.toDER()));
}

function findSigner(
  timestamp: RFC3161Timestamp,
  certificates: readonly X509Certificate[],
): readonly [X509Certificate, ...X509Certificate[]] {
  const serial = timestamp.signerSerialNumber.toString("hex").toUpperCase().replace(/^0+/, "");
  const signer = certificates.find(
    ({ serialNumber, keyUsage }) =>
      serialNumber.replace(/^0+/, "") === serial && keyUsage?.includes(TIME_STAMPING),
  );
  if (signer === undefined) {
    throw new SignatureError("invalid", "its timestamp has no certificate of who made it");
  }
  const chain: [X509Certificate, ...X509Certificate[]] = [signer];
  for (let last = signer; chain.length <= certificates.length; ) {
    const issuer = certificates.find(
      (one) => one !== last && last.checkIssued(one) && one.ca && last.verify(one.publicKey),
    );
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}
