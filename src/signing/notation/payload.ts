import { z } from "zod";
import type { Digest } from "../../oci/digest.ts";
import { SignatureError } from "../signature-error.ts";

const PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json";
export const SCHEME_HEADER = "io.cncf.notary.signingScheme";
export const EXPIRY_HEADER = "io.cncf.notary.expiry";
export const AUTHENTIC_TIME_HEADER = "io.cncf.notary.authenticSigningTime";
export const TIMESTAMP_HEADER = "io.cncf.notary.timestampSignature";

/** What an envelope says once its signature was found to fit its own certificate. */
export interface Envelope {
  /** From the signer to the root, as DER. */
  readonly certificates: readonly Buffer[];
  readonly payload: Buffer;
  readonly signature: Buffer;
  readonly scheme: "notary.x509" | "notary.x509.signingAuthority";
  readonly expiry: Date | undefined;
  /** Of the scheme with a signing authority: when it signed. */
  readonly authenticTime: Date | undefined;
  /** A token of an authority for times, over the signature. */
  readonly timestamp: Buffer | undefined;
}

const payload = z.object({
  targetArtifact: z.object({ digest: z.string(), mediaType: z.string(), size: z.number() }),
});

const CRITICAL: ReadonlySet<string> = new Set([
  SCHEME_HEADER,
  EXPIRY_HEADER,
  AUTHENTIC_TIME_HEADER,
]);

/** Throws SignatureError unless it is a signature of that digest. */
export function assertTarget(bytes: Buffer, digest: Digest): void {
  const { targetArtifact } = parsePayload(bytes);
  if (targetArtifact.digest === digest) return;
  throw new SignatureError(
    "invalid",
    `it is a signature of another digest, ${targetArtifact.digest}`,
  );
}

function parsePayload(bytes: Buffer): z.output<typeof payload> {
  try {
    return payload.parse(JSON.parse(bytes.toString("utf8")));
  } catch (cause) {
    throw new SignatureError("invalid", "what was signed is no payload of Notation", { cause });
  }
}

/** Throws SignatureError for headers that must be understood and are not, and for the wrong kind of content. */
export function assertHeaders(critical: readonly unknown[], contentType: unknown): void {
  const unknown = critical.find((name) => typeof name !== "string" || !CRITICAL.has(name));
  if (unknown !== undefined || !critical.includes(SCHEME_HEADER)) {
    throw new SignatureError("invalid", "it has critical headers that are not known here");
  }
  if (contentType === PAYLOAD_TYPE) return;
  throw new SignatureError("invalid", "what was signed is no payload of Notation");
}

export function parseScheme(value: unknown): Envelope["scheme"] {
  if (value === "notary.x509" || value === "notary.x509.signingAuthority") return value;
  throw new SignatureError("invalid", "it is signed by a scheme that is not known here");
}

/** A time of a header, undefined where there is none. */
export function parseTime(value: unknown): Date | undefined {
  if (value === undefined) return undefined;
  const time = value instanceof Date ? value : new Date(typeof value === "string" ? value : "");
  if (Number.isNaN(time.getTime())) throw new SignatureError("invalid", "a time of it is none");
  return time;
}
