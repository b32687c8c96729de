import { createHash, X509Certificate } from "node:crypto";
import { z } from "zod";
import { type Digest, toDigest } from "../../oci/digest.ts";
import { SignatureError } from "../signature-error.ts";
import { verifyBundle } from "../sigstore/verify-bundle.ts";
import type { Trust, Verified } from "../trust.ts";

export const SIMPLE_SIGNING_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
export const SIGNATURE_ANNOTATION = "dev.cosignproject.cosign/signature";
const CERTIFICATE_ANNOTATION = "dev.sigstore.cosign/certificate";
const REKOR_ANNOTATION = "dev.sigstore.cosign/bundle";
const TIMESTAMP_ANNOTATION = "dev.sigstore.cosign/rfc3161timestamp";

/** A layer of a manifest that cosign pushed under `sha256-<hex>.sig` or `.att`, and its content. */
export interface SignedLayer {
  readonly bytes: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

const payload = z.object({
  critical: z.object({
    identity: z.object({ "docker-reference": z.string() }),
    image: z.object({ "docker-manifest-digest": z.string() }),
    type: z.string(),
  }),
});

const rekorEntry = z.object({
  SignedEntryTimestamp: z.string(),
  Payload: z.object({
    body: z.string(),
    integratedTime: z.number(),
    logIndex: z.number(),
    logID: z.string(),
  }),
});

const TYPES: ReadonlySet<string> = new Set([
  "cosign container image signature",
  "atomic container signature",
]);

/** A signature of the older form: its payload names digest and repository. Throws SignatureError. */
export async function verifySimpleSigning(
  layer: SignedLayer,
  of: { readonly digest: Digest; readonly names: readonly string[] },
  trust: Trust,
): Promise<Verified> {
  const { critical } = parsePayload(layer.bytes);
  const signed = critical.image["docker-manifest-digest"];
  if (!TYPES.has(critical.type)) {
    throw new SignatureError("invalid", `it is no signature of an image but a ${critical.type}`);
  }
  if (signed !== of.digest) {
    throw new SignatureError("invalid", `it is a signature of another digest, ${signed}`);
  }
  assertReference(critical.identity["docker-reference"], of.names);
  const hex = createHash("sha256").update(layer.bytes).digest("hex");
  const artifact = { digest: toDigest("sha256", hex), bytes: layer.bytes };
  const { statement, ...verified } = await verifyBundle(toBundle(layer), artifact, trust);
  return verified;
}

function parsePayload(bytes: Buffer): z.output<typeof payload> {
  try {
    return payload.parse(JSON.parse(bytes.toString("utf8")));
  } catch (cause) {
    throw new SignatureError("invalid", "what was signed is no payload of cosign", { cause });
  }
}

/**
 * Under which address the hub was reached is not looked at: it has several. An empty reference is what podman's tools write
 * for "whatever it is called".
 */
function assertReference(reference: string, names: readonly string[]): void {
  const repository = withoutHost(reference);
  if (repository === "" || names.includes(repository)) return;
  throw new SignatureError("invalid", `it is a signature for another repository, ${repository}`);
}

/** `hub:5000/library/app:1` is `library/app`. */
function withoutHost(reference: string): string {
  const [first = "", ...rest] = reference.replace(/@.*$/, "").split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return (isHost ? rest : [first, ...rest]).join("/").replace(/:[^/]*$/, "");
}

/** The same as one of sigstore's bundles, for which there is one way to be verified. */
export function toBundle({ bytes, annotations }: SignedLayer): unknown {
  const certificate = annotations[CERTIFICATE_ANNOTATION];
  return {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      ...(certificate === undefined
        ? { publicKey: { hint: "" } }
        : { x509CertificateChain: { certificates: [{ rawBytes: derOf(certificate) }] } }),
      ...readProofs(annotations),
    },
    messageSignature: {
      messageDigest: {
        algorithm: "SHA2_256",
        digest: createHash("sha256").update(bytes).digest("base64"),
      },
      signature: annotations[SIGNATURE_ANNOTATION] ?? "",
    },
  };
}

/** What a log and an authority for times say of a signature, from the annotations of its layer. */
export function readProofs(annotations: Readonly<Record<string, string>>): {
  readonly tlogEntries: readonly unknown[];
  readonly timestampVerificationData: { readonly rfc3161Timestamps: readonly unknown[] };
} {
  const rekor = parseAnnotation(annotations[REKOR_ANNOTATION], rekorEntry);
  const stamp = parseAnnotation(
    annotations[TIMESTAMP_ANNOTATION],
    z.object({ SignedRFC3161Timestamp: z.string() }),
  );
  return {
    tlogEntries: rekor === undefined ? [] : [toLogEntry(rekor)],
    timestampVerificationData: {
      rfc3161Timestamps:
        stamp === undefined ? [] : [{ signedTimestamp: stamp.SignedRFC3161Timestamp }],
    },
  };
}

function toLogEntry({ Payload: entry, SignedEntryTimestamp }: z.output<typeof rekorEntry>) {
  const body = parseAnnotation(
    Buffer.from(entry.body, "base64").toString("utf8"),
    z.object({ kind: z.string(), apiVersion: z.string() }),
  );
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: Buffer.from(entry.logID, "hex").toString("base64") },
    kindVersion: { kind: body?.kind ?? "", version: body?.apiVersion ?? "" },
    integratedTime: String(entry.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: entry.body,
  };
}

/** The certificate that made it, in base64; undefined where a key did. */
export function certificateOf(annotations: Readonly<Record<string, string>>): string | undefined {
  const pem = annotations[CERTIFICATE_ANNOTATION];
  return pem === undefined ? undefined : derOf(pem);
}

function derOf(pem: string): string {
  try {
    return new X509Certificate(pem).raw.toString("base64");
  } catch (cause) {
    throw new SignatureError("invalid", "its certificate cannot be read", { cause });
  }
}

function parseAnnotation<Value>(
  text: string | undefined,
  schema: z.ZodType<Value>,
): Value | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SignatureError("invalid", "what it says of a log of signatures cannot be read", {
      cause,
    });
  }
}
