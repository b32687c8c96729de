import type { TrustMaterial } from "@sigstore/verify";
import type { TrustedKey } from "../trust.ts";
import { loadSpecs, loadVerify } from "./library.ts";

const BEGINNING = new Date(0);
const END = new Date(8_640_000_000_000_000);

/**
 * A `trusted_root.json`: whose certificates, logs and timestamps count. Throws for a text that is none, and for a log of which
 * it does not say since when it is trusted, which the library would take for "always".
 */
export function readTrustedRoot(json: unknown): TrustMaterial {
  const root = loadSpecs().TrustedRoot.fromJSON(json);
  for (const log of [...root.tlogs, ...root.ctlogs]) {
    if (log.publicKey?.validFor?.start === undefined) {
      throw new Error(`the trusted root does not say since when ${log.baseUrl} is trusted`);
    }
  }
  return loadVerify().toTrustMaterial(root);
}

/** The same authorities, and one key that is meant whatever a bundle calls it. */
export function withKey(material: TrustMaterial | undefined, { publicKey }: TrustedKey) {
  const forever = { publicKey, validFor: (at: Date) => at >= BEGINNING && at <= END };
  return { ...(material ?? NOTHING), publicKey: () => forever };
}

const NOTHING: Omit<TrustMaterial, "publicKey"> = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  tlogs: [],
  ctlogs: [],
};
