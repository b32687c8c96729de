import { type Digest, digestAlgorithm, digestHex, isDigest } from "./digest.ts";
import { OCI_INDEX } from "./media-type.ts";
import { isTag, type Tag } from "./tag.ts";

/** What the answer to a referrers request says of each referrer (distribution-spec, "Listing Referrers"). */
export interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Clients read no document larger than a manifest may be. */
const BYTES_LIMIT = 4 * 1024 * 1024 - 1024;

/** How many of `referrers`, from the first on, fit into one answer; at least one. */
export function countFitting(referrers: readonly ReferrerDescriptor[]): number {
  let bytes = 0;
  for (const [index, referrer] of referrers.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(referrer)) + 1;
    if (bytes > BYTES_LIMIT) return Math.max(1, index);
  }
  return referrers.length;
}

export function toReferrersIndex(referrers: readonly ReferrerDescriptor[]) {
  return { schemaVersion: 2, mediaType: OCI_INDEX, manifests: referrers };
}

/**
 * The tag under which clients kept referrers in registries without the API (distribution-spec,
 * "Referrers Tag Schema"): of the algorithm at most 32 characters, of the rest at most 64.
 */
export function fallbackTag(subject: Digest): string {
  return `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}`;
}

/**
 * Tags by which clients without referrers name what belongs to a manifest: `sha256-<hex>` (the same schema), and cosign's
 * `.sig`, `.att` and `.sbom`. They live and go with that manifest.
 */
const COMPANION = /^(sha256|sha512)-([a-f0-9]{64}|[a-f0-9]{128})(?:\.(?:sig|att|sbom))?$/;

/** All tags that belong to a manifest. */
export function companionTags(root: Digest): readonly Tag[] {
  const name = `${digestAlgorithm(root)}-${digestHex(root)}`;
  return ["", ".sig", ".att", ".sbom"].map((kind) => `${name}${kind}`).filter(isTag);
}

/** What the tag belongs to; undefined for all other tags. */
export function rootOfCompanion(tag: string): Digest | undefined {
  const [, algorithm, hex] = COMPANION.exec(tag) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}
