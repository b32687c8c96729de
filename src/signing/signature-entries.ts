import type { Descriptor } from "../oci/descriptor.ts";
import type { Manifest } from "../oci/manifest.ts";
import { DSSE_TYPE } from "./cosign/attestation-layer.ts";
import { SIMPLE_SIGNING_TYPE } from "./cosign/simple-signing.ts";
import { COSE_TYPE, JWS_TYPE } from "./notation/verify-notation.ts";

/** `cosign`: a simple signature. `dsse`: an attestation of the same time. `bundle`: what cosign 3 writes. */
export type SignatureFormat = "cosign" | "dsse" | "bundle" | "notation";

/** One signature of a manifest that holds signatures. */
export interface SignatureEntry {
  /** Of the layer, from 0 on. */
  readonly entry: number;
  readonly format: SignatureFormat;
  readonly layer: Descriptor;
}

const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v[0-9.]+)?\+json/;
const NOTATION_TYPE = "application/vnd.cncf.notary.signature";
/** Nobody signs an image more often than this in one manifest. */
const ENTRIES = 100;

/** The signatures that a manifest holds; none of an image. */
export function listSignatureEntries(manifest: Manifest): readonly SignatureEntry[] {
  return manifest.layers.slice(0, ENTRIES).flatMap((layer, entry) => {
    const format = formatOf(layer, manifest);
    return format === undefined ? [] : [{ entry, format, layer }];
  });
}

function formatOf({ mediaType }: Descriptor, manifest: Manifest): SignatureFormat | undefined {
  if (mediaType === SIMPLE_SIGNING_TYPE) return "cosign";
  if (mediaType === DSSE_TYPE) return "dsse";
  if (BUNDLE.test(mediaType)) return "bundle";
  const isNotation = [manifest.artifactType, manifest.config?.mediaType].includes(NOTATION_TYPE);
  return isNotation && (mediaType === JWS_TYPE || mediaType === COSE_TYPE) ? "notation" : undefined;
}
