/** Short names, as cosign has them, of what attestations claim. */
const PREDICATE_TYPES: Readonly<Record<string, string>> = {
  slsaprovenance: "https://slsa.dev/provenance/v0.2",
  slsaprovenance1: "https://slsa.dev/provenance/v1",
  spdx: "https://spdx.dev/Document",
  cyclonedx: "https://cyclonedx.org/bom",
  vuln: "https://cosign.sigstore.dev/attestation/vuln/v1",
  openvex: "https://openvex.dev/ns",
};

/** The address of a type, from it or its short name. */
export function predicateTypeOf(text: string): string {
  return PREDICATE_TYPES[text] ?? text;
}
