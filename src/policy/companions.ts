import type { Manifest } from "../oci/manifest.ts";
import { OCI_ARTIFACT, OCI_IMAGE } from "../oci/media-type.ts";
import { rootOfCompanion } from "../oci/referrers.ts";

const STATEMENT = "application/vnd.in-toto+json";

/** What signatures, attestations, bills of materials and reports are written as; no program unpacks any of it as files. */
const DOCUMENTS: ReadonlySet<string> = new Set([
  STATEMENT,
  "application/vnd.in-toto.bundle",
  "application/vnd.dsse.envelope.v1+json",
  "application/vnd.dev.cosign.simplesigning.v1+json",
  "application/vnd.dev.sigstore.bundle+json",
  "application/jose+json",
  "application/cose",
  "application/spdx+json",
  "text/spdx",
  "text/spdx+json",
  "text/spdx+xml",
  "application/vnd.cyclonedx",
  "application/vnd.cyclonedx+json",
  "application/vnd.cyclonedx+xml",
  "application/vnd.syft+json",
  "application/vnd.openvex+json",
  "application/csaf+json",
  "application/sarif+json",
]);
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle\.v\d+(?:\.\d+)?\+json$/;
const EMPTY = "application/vnd.oci.empty.v1+json";

/** What programs take for layers of an image, whatever is written before or behind: moby's list, and containerd's. */
const FILES =
  /^application\/vnd\.(?:oci\.image|docker)\b|^application\/(?:octet-stream|json)$|\btar\b/;
const LEGACY: ReadonlySet<string> = new Set(["", "text/html"]);

/**
 * Whether it is no image but something that belongs to one: a signature, an attestation, a list of them. Told by what its
 * layers are and never by what it says of itself: programs unpack and run layers of many types, so that whatever is not known
 * to be a document is an image, and so is what has files in such layers nevertheless (companion-layers.ts). The one other thing is an artifact of OCI with the empty configuration, which none of them
 * runs, and whose layers are no files.
 */
export function belongsToAnImage(manifest: Manifest, tags: readonly string[]): boolean {
  const { kind, layers, children, subject } = manifest;
  const hasRoot = subject !== undefined || tags.some(isCompanion);
  if (kind === "index") return children.length > 0 && tags.some(isCompanion);
  const types = layers.map(({ mediaType }) => plain(mediaType));
  if (types.length > 0 && types.every(isDocument))
    return hasRoot || types.every((type) => type === STATEMENT);
  return hasRoot && isArtifact(manifest) && !types.some(isFiles);
}

/** What no program runs: an artifact of OCI that has no configuration of an image. */
export function isArtifact({ mediaType, config }: Pick<Manifest, "mediaType" | "config">): boolean {
  if (mediaType === OCI_ARTIFACT) return true;
  return mediaType === OCI_IMAGE && config !== undefined && plain(config.mediaType) === EMPTY;
}

function isDocument(type: string): boolean {
  return DOCUMENTS.has(type) || BUNDLE.test(type);
}

function isFiles(type: string): boolean {
  return LEGACY.has(type) || FILES.test(type);
}

/** As clients read it: letters of any size, and parameters (`;version=0.3`) left away. */
function plain(mediaType: string): string {
  return mediaType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function isCompanion(tag: string): boolean {
  return rootOfCompanion(tag) !== undefined;
}
