import { constants, verify } from "node:crypto";
import { type CborValue, decodeCbor, encodeCbor } from "../cbor.ts";
import { SignatureError } from "../signature-error.ts";
import { algorithmOf, type KeyAlgorithm, publicKeyOf, readChain } from "./certificate-chain.ts";
import {
  AUTHENTIC_TIME_HEADER,
  assertHeaders,
  type Envelope,
  EXPIRY_HEADER,
  parseScheme,
  parseTime,
  SCHEME_HEADER,
  TIMESTAMP_HEADER,
} from "./payload.ts";

/** RFC 9053 and RFC 8152: the numbers of algorithms and headers. */
const ALGORITHMS: Readonly<Record<KeyAlgorithm["name"], number>> = {
  ...{ PS256: -37, PS384: -38, PS512: -39 },
  ...{ ES256: -7, ES384: -35, ES512: -36 },
};
const ALGORITHM = 1;
const CRITICAL = 2;
const CONTENT_TYPE = 3;
const CERTIFICATES = 33;
/** COSE_Sign1, tagged, in its only encoding. */
const SIGN1_TAG = 0xd2;

type Headers = ReadonlyMap<CborValue, CborValue>;

/** An envelope of `application/cose`. Throws SignatureError. */
export function openCose(bytes: Buffer): Envelope {
  if (bytes[0] !== SIGN1_TAG) throw malformed();
  const parts = decodeCbor(bytes);
  if (!Array.isArray(parts) || parts.length !== 4) throw malformed();
  const [signed, unsigned, payload, signature] = parts as readonly CborValue[];
  if (!Buffer.isBuffer(signed) || !Buffer.isBuffer(payload) || !Buffer.isBuffer(signature)) {
    throw malformed();
  }
  const headers = requireMap(decodeCbor(signed));
  const others = requireMap(unsigned);
  const certificates = readCertificates(others.get(CERTIFICATES));
  assertSignature({ signed, payload, signature, headers, certificates });
  const critical = headers.get(CRITICAL);
  assertHeaders(Array.isArray(critical) ? critical : [], headers.get(CONTENT_TYPE));
  const timestamp = others.get(TIMESTAMP_HEADER);
  return {
    ...{ certificates, payload, signature },
    scheme: parseScheme(headers.get(SCHEME_HEADER)),
    expiry: parseTime(headers.get(EXPIRY_HEADER)),
    authenticTime: parseTime(headers.get(AUTHENTIC_TIME_HEADER)),
    timestamp: Buffer.isBuffer(timestamp) ? timestamp : undefined,
  };
}

function assertSignature(parts: {
  readonly signed: Buffer;
  readonly payload: Buffer;
  readonly signature: Buffer;
  readonly headers: Headers;
  readonly certificates: readonly Buffer[];
}): void {
  const [signer] = readChain(parts.certificates);
  const key = publicKeyOf(signer);
  const { name, hash } = algorithmOf(key);
  if (parts.headers.get(ALGORITHM) !== ALGORITHMS[name]) {
    throw new SignatureError("invalid", "its algorithm is not the one of its certificate");
  }
  const tbs = encodeCbor(["Signature1", parts.signed, Buffer.alloc(0), parts.payload]);
  const isRsa = name.startsWith("PS");
  const how = isRsa
    ? {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }
    : { key, dsaEncoding: "ieee-p1363" as const };
  if (verify(hash, tbs, how, parts.signature)) return;
  throw new SignatureError("invalid", "its signature does not fit its certificate");
}

function readCertificates(value: CborValue | undefined): readonly Buffer[] {
  if (Buffer.isBuffer(value)) return [value];
  if (!Array.isArray(value)) throw new SignatureError("invalid", "it names no certificate");
  return value.map((item: CborValue) => {
    if (Buffer.isBuffer(item)) return item;
    throw malformed();
  });
}

function requireMap(value: CborValue | undefined): Headers {
  if (value instanceof Map) return value as Headers;
  throw malformed();
}

function malformed(): SignatureError {
  return new SignatureError("invalid", "it is no COSE signature of Notation");
}
