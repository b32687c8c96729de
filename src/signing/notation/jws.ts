import { flattenedVerify } from "jose";
import { z } from "zod";
import { SignatureError } from "../signature-error.ts";
import { algorithmOf, publicKeyOf, readChain } from "./certificate-chain.ts";
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

const envelope = z.object({
  payload: z.string(),
  protected: z.string(),
  signature: z.string(),
  header: z.object({
    x5c: z.array(z.string()).min(1),
    [TIMESTAMP_HEADER]: z.string().optional(),
  }),
});

/** An envelope of `application/jose+json`. Throws SignatureError. */
export async function openJws(bytes: Buffer): Promise<Envelope> {
  const jws = parse(bytes);
  const certificates = jws.header.x5c.map((text) => Buffer.from(text, "base64"));
  const [signer] = readChain(certificates);
  const key = publicKeyOf(signer);
  const algorithms = [algorithmOf(key).name];
  const crit = {
    ...{ [SCHEME_HEADER]: true, [EXPIRY_HEADER]: true, [AUTHENTIC_TIME_HEADER]: true },
  };
  const { payload, protectedHeader: header = {} } = await flattenedVerify(
    { payload: jws.payload, protected: jws.protected, signature: jws.signature },
    key,
    { crit, algorithms },
  ).catch((cause: unknown) => {
    throw new SignatureError("invalid", "its signature does not fit its certificate", { cause });
  });
  assertHeaders(header.crit ?? [], header.cty);
  const timestamp = jws.header[TIMESTAMP_HEADER];
  return {
    certificates,
    payload: Buffer.from(payload),
    signature: Buffer.from(jws.signature, "base64url"),
    scheme: parseScheme(header[SCHEME_HEADER]),
    expiry: parseTime(header[EXPIRY_HEADER]),
    authenticTime: parseTime(header[AUTHENTIC_TIME_HEADER]),
    timestamp: timestamp === undefined ? undefined : Buffer.from(timestamp, "base64"),
  };
}

function parse(bytes: Buffer): z.output<typeof envelope> {
  try {
    return envelope.parse(JSON.parse(bytes.toString("utf8")));
  } catch (cause) {
    throw new SignatureError("invalid", "it is no JWS of Notation", { cause });
  }
}
