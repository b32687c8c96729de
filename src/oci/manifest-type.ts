import { excerpt } from "../lib/excerpt.ts";
import type { OciError } from "./error.ts";
import { invalidManifest, type JsonObject, optional, optionalText } from "./json-field.ts";
import {
  DOCKER_IMAGE,
  DOCKER_LIST,
  isImageMediaType,
  isIndexMediaType,
  isSchema1,
  OCI_ARTIFACT,
  OCI_IMAGE,
  OCI_INDEX,
  parseMediaType,
} from "./media-type.ts";

/**
 * The one type that the Content-Type, the `mediaType` field and the shape of a manifest agree on.
 * Where they disagree, two readers would see two different images under one digest
 * (GHSA-qq97-vm5h-rrhg), so such a manifest is refused.
 */
export function resolveManifestType(fields: JsonObject, contentType: string | undefined): string {
  if (fields.schemaVersion === 1) throw schema1();
  const declared = optionalText(fields, "mediaType", "the manifest") || undefined;
  const sent = parseMediaType(contentType);
  const mediaType = sent ?? declared ?? detectType(fields);
  refuseUnsupported(mediaType);
  if (declared === undefined && isDockerType(mediaType)) {
    throw invalidManifest("mediaType is missing, which Docker's formats require");
  }
  if (declared !== undefined && declared !== mediaType) {
    throw invalidManifest(
      `mediaType is "${excerpt(declared)}", but the Content-Type is "${excerpt(mediaType)}"`,
    );
  }
  refuseForeignFields(fields, mediaType);
  return mediaType;
}

function refuseUnsupported(mediaType: string): void {
  if (isSchema1(mediaType)) throw schema1();
  if (!isImageMediaType(mediaType) && !isIndexMediaType(mediaType)) {
    throw invalidManifest(`"${excerpt(mediaType)}" is not a manifest type this registry knows`);
  }
}

function detectType(fields: JsonObject): string {
  if (optional(fields, "manifests") !== undefined) return OCI_INDEX;
  if (optional(fields, "config") !== undefined) return OCI_IMAGE;
  throw invalidManifest("neither a Content-Type nor a mediaType field says what it is");
}

/** Fields by which a reader that ignores the media type would take the manifest for another kind. */
function refuseForeignFields(fields: JsonObject, mediaType: string): void {
  for (const name of foreignFields(mediaType)) {
    if (optional(fields, name) !== undefined) {
      throw invalidManifest(`a manifest of type ${mediaType} must not have the field "${name}"`);
    }
  }
}

function foreignFields(mediaType: string): readonly string[] {
  if (isIndexMediaType(mediaType)) return ["config", "layers", "fsLayers"];
  if (mediaType === OCI_ARTIFACT) return ["config", "layers", "manifests", "fsLayers"];
  return ["manifests", "fsLayers"];
}

function isDockerType(mediaType: string): boolean {
  return mediaType === DOCKER_IMAGE || mediaType === DOCKER_LIST;
}

function schema1(): OciError {
  return invalidManifest("schema 1 not supported: push it again with a current client");
}
