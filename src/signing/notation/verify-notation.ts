import { SignatureError } from "../signature-error.ts";
import { type Artifact, anchorsOf, hintOf, type Trust, type Verified } from "../trust.ts";
import {
  assertValidAt,
  endOf,
  findStores,
  printName,
  publicKeyOf,
  readChain,
} from "./certificate-chain.ts";
import { assertSignsCode } from "./certificate-purpose.ts";
import { openCose } from "./cose.ts";
import { openJws } from "./jws.ts";
import { assertTarget, type Envelope } from "./payload.ts";
import { readTimestamp } from "./timestamp-token.ts";

export const JWS_TYPE = "application/jose+json";
export const COSE_TYPE = "application/cose";

interface Signature {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** A signature of Notation, in either envelope, by the trust stores. Throws SignatureError. */
export async function verifyNotation(
  signature: Signature,
  artifact: Pick<Artifact, "digest">,
  { trust, now }: { readonly trust: Pick<Trust, "stores">; readonly now: Date },
): Promise<Verified> {
  const envelope = await open(signature);
  assertTarget(envelope.payload, artifact.digest);
  const chain = readChain(envelope.certificates);
  assertSignsCode(chain);
  const type = envelope.scheme === "notary.x509" ? "ca" : "signingAuthority";
  const stores = trust.stores.filter((store) => store.type === type);
  const proving = findStores(chain, stores);
  const [store] = proving;
  const subject = printName(chain[0].subject);
  if (store === undefined) {
    throw new SignatureError("untrusted", `signed by ${subject}, which no trust store proves`);
  }
  const { expiry } = envelope;
  if (expiry !== undefined && expiry <= now) {
    throw new SignatureError("expired", `the signature has expired on ${expiry.toISOString()}`);
  }
  const proved = provedTime(envelope, trust);
  assertValidAt(chain, proved ?? now, { isOpen: proved === undefined });
  // Without anybody's word on when it was made, a signature is as old as its certificate at most.
  const end = proved === undefined ? endOf(chain) : undefined;
  const expiresAt = [expiry, end].filter((time) => time !== undefined).sort((a, b) => +a - +b)[0];
  return {
    signer: {
      ...{ kind: "certificate", store: store.name, subject },
      fingerprint: hintOf(publicKeyOf(chain[0])),
    },
    ...anchorsOf(proving),
    ...(proved && { signedAt: proved }),
    ...(expiresAt && { expiresAt }),
  };
}

/** A certificate that is damaged where Node does not look at once fails in whatever uses it first. */
async function open({ mediaType, bytes }: Signature): Promise<Envelope> {
  try {
    return mediaType === COSE_TYPE ? openCose(bytes) : await openJws(bytes);
  } catch (cause) {
    if (cause instanceof SignatureError) throw cause;
    throw new SignatureError("invalid", "its certificates cannot be used", { cause });
  }
}

/** When it was made, in the word of somebody who is trusted for that. */
function provedTime(envelope: Envelope, { stores }: Pick<Trust, "stores">): Date | undefined {
  const { scheme, authenticTime, timestamp, signature } = envelope;
  if (scheme === "notary.x509.signingAuthority") {
    if (authenticTime !== undefined) return authenticTime;
    throw new SignatureError("invalid", "its signing authority does not say when it signed");
  }
  const authorities = stores.filter(({ type }) => type === "tsa");
  if (timestamp === undefined || authorities.length === 0) return undefined;
  return readTimestamp(timestamp, signature, authorities);
}
