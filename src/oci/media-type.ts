import type { Descriptor } from "./descriptor.ts";

export const OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json";
export const DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

const IMAGES: ReadonlySet<string> = new Set([OCI_IMAGE, OCI_ARTIFACT, DOCKER_IMAGE]);
const INDEXES: ReadonlySet<string> = new Set([OCI_INDEX, DOCKER_LIST]);
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/;
const FOREIGN =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable|docker\.image\.rootfs\.foreign)\b/;

/** The type without its parameters, in lower case; undefined for a missing or empty header. */
export function parseMediaType(contentType: string | undefined): string | undefined {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  return type === "" ? undefined : type;
}

export function isImageMediaType(mediaType: string): boolean {
  return IMAGES.has(mediaType);
}

export function isIndexMediaType(mediaType: string): boolean {
  return INDEXES.has(mediaType);
}

/** The signed manifests of 2014, which no current client needs. */
export function isSchema1(mediaType: string): boolean {
  return SCHEMA_1.test(mediaType);
}

/** A layer that its publisher keeps elsewhere, for licence reasons; it need not be in the registry. */
export function isForeignLayer(layer: Descriptor): boolean {
  return FOREIGN.test(layer.mediaType) || (layer.urls !== undefined && layer.urls.length > 0);
}

/**
 * Whether a client that sent these `Accept` values takes `mediaType`. No header, a wildcard, and the `application/json` of
 * old clients take everything; `q=0` excludes, and a range that names the type outweighs one that covers it
 * (RFC 9110, section 12.5.1, and what real clients send).
 */
export function accepts(acceptValues: readonly string[], mediaType: string): boolean {
  const ranges = acceptValues
    .flatMap((value) => value.split(","))
    .map(parseAcceptRange)
    .filter((range) => range.type !== "");
  if (ranges.length === 0) return true;
  const exact = ranges.find((range) => range.type === mediaType);
  if (exact !== undefined) return !exact.isRefused;
  return ranges.some((range) => !range.isRefused && CATCH_ALL.has(range.type));
}

const CATCH_ALL: ReadonlySet<string> = new Set(["*/*", "application/*", "application/json"]);

function parseAcceptRange(text: string): { type: string; isRefused: boolean } {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  return { type, isRefused: parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)) };
}
