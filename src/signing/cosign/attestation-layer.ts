import { z } from "zod";
import { SignatureError } from "../signature-error.ts";
import { type VerifiedBundle, verifyBundle } from "../sigstore/verify-bundle.ts";
import type { Artifact, Trust } from "../trust.ts";
import { certificateOf, readProofs, type SignedLayer } from "./simple-signing.ts";

export const DSSE_TYPE = "application/vnd.dsse.envelope.v1+json";

const envelope = z.object({
  payload: z.string(),
  payloadType: z.string(),
  signatures: z.array(z.object({ sig: z.string(), keyid: z.string().default("") })),
});

/** An attestation of the older form, a layer under `sha256-<hex>.att`. Throws SignatureError. */
export async function verifyAttestationLayer(
  layer: SignedLayer,
  artifact: Pick<Artifact, "digest">,
  trust: Trust,
): Promise<VerifiedBundle> {
  const certificate = certificateOf(layer.annotations);
  const bundle = {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      ...(certificate === undefined
        ? { publicKey: { hint: "" } }
        : { x509CertificateChain: { certificates: [{ rawBytes: certificate }] } }),
      ...readProofs(layer.annotations),
    },
    dsseEnvelope: parseEnvelope(layer.bytes),
  };
  return await verifyBundle(bundle, { ...artifact, bytes: undefined }, trust);
}

function parseEnvelope(bytes: Buffer): z.output<typeof envelope> {
  try {
    return envelope.parse(JSON.parse(bytes.toString("utf8")));
  } catch (cause) {
    throw new SignatureError("invalid", "it is no envelope of an attestation", { cause });
  }
}
