import { type Digest, isDigest } from "../../../oci/digest.ts";

/**
 * Tags by which clients without referrers name what belongs to a manifest: `sha256-<hex>` (the referrers tag schema of the
 * distribution specification), and cosign's `.sig`, `.att` and `.sbom`. They live and go with that manifest.
 */
const SHAPE = /^(sha256|sha512)-([a-f0-9]{64}|[a-f0-9]{128})(?:\.(?:sig|att|sbom))?$/;

/** What the tag belongs to; undefined for all other tags. */
export function rootOfCompanion(tag: string): Digest | undefined {
  const [, algorithm, hex] = SHAPE.exec(tag) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}
