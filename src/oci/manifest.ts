import { checkJsonStructure, type JsonLimits, JsonStructureError } from "../lib/json-structure.ts";
import { omitUndefined } from "../lib/omit-undefined.ts";
import { type Descriptor, parseDescriptor } from "./descriptor.ts";
import { OciError } from "./error.ts";
import {
  foldNames,
  invalidManifest,
  type JsonObject,
  optional,
  optionalText,
  optionalTextMap,
  requireObject,
} from "./json-field.ts";
import { resolveManifestType } from "./manifest-type.ts";
import { isIndexMediaType, OCI_ARTIFACT } from "./media-type.ts";

/** The specification asks registries to take at least this; larger ones no client would read. */
export const MANIFEST_BYTES_LIMIT = 4 * 1024 * 1024;

/** More than any image or index has; artifacts of many files reach thousands. */
const DESCRIPTORS_LIMIT = 10_000;

/** Nobody needs more annotations; a million of them would hold up every other request. */
const STRUCTURE_LIMITS: JsonLimits = { maxDepth: 32, maxKeys: 10_000 };

/** What a registry needs to know of a manifest. The bytes themselves are stored and served unchanged. */
export interface Manifest {
  readonly mediaType: string;
  readonly kind: "image" | "index";
  readonly artifactType?: string;
  readonly config?: Descriptor;
  /** Of an image its layers, of an artifact its blobs. */
  readonly layers: readonly Descriptor[];
  /** The manifests that an index lists. */
  readonly children: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

const MANIFEST_FIELDS = foldNames([
  "schemaVersion",
  "mediaType",
  "artifactType",
  "config",
  "layers",
  "blobs",
  "manifests",
  "fsLayers",
  "subject",
  "annotations",
]);

/**
 * Proves that pushed bytes are a manifest of a kind this registry keeps; throws MANIFEST_TOO_LARGE, or
 * MANIFEST_INVALID with the field that is wrong. Takes time in proportion to the bytes, whatever they are.
 */
export function parseManifest(pushed: {
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
}): Manifest {
  if (pushed.bytes.length > MANIFEST_BYTES_LIMIT) {
    throw new OciError("MANIFEST_TOO_LARGE", { limit: MANIFEST_BYTES_LIMIT });
  }
  const fields = requireObject(parseJson(pushed.bytes), "the manifest", MANIFEST_FIELDS);
  const mediaType = resolveManifestType(fields, pushed.contentType);
  // OCI's artifact manifest has no such field.
  if ((optional(fields, "schemaVersion") ?? 2) !== 2) {
    throw invalidManifest("schemaVersion is not 2");
  }
  return {
    mediaType,
    ...parseContent(fields, mediaType),
    ...omitUndefined({
      artifactType: optionalText(fields, "artifactType", "the manifest") || undefined,
      subject: optionalDescriptor(fields, "subject"),
      annotations: optionalTextMap(fields, "annotations", "the manifest"),
    }),
  };
}

/** One that is stored: what was adopted from another registry may be no manifest by our measure, and says nothing then. */
export function readStoredManifest(row: {
  readonly payload: Uint8Array;
  readonly mediaType: string;
}): Manifest | undefined {
  try {
    return parseManifest({ bytes: row.payload, contentType: row.mediaType });
  } catch (cause) {
    if (cause instanceof OciError) return undefined;
    throw cause;
  }
}

function parseJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  try {
    checkJsonStructure(text, STRUCTURE_LIMITS);
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof JsonStructureError) throw invalidManifest(cause.message, { cause });
    if (cause instanceof SyntaxError) throw invalidManifest("it is not JSON", { cause });
    throw cause;
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalidManifest("it is not UTF-8", { cause });
  }
}

function parseContent(
  fields: JsonObject,
  mediaType: string,
): Pick<Manifest, "kind" | "config" | "layers" | "children"> {
  if (isIndexMediaType(mediaType)) {
    return { kind: "index", layers: [], children: requireDescriptors(fields, "manifests") };
  }
  if (mediaType === OCI_ARTIFACT) {
    return { kind: "image", layers: parseDescriptors(fields, "blobs"), children: [] };
  }
  const config = optionalDescriptor(fields, "config");
  if (config === undefined) throw invalidManifest("config is missing");
  return { kind: "image", config, layers: requireDescriptors(fields, "layers"), children: [] };
}

function optionalDescriptor(fields: JsonObject, name: string): Descriptor | undefined {
  const value = optional(fields, name);
  return value === undefined ? undefined : parseDescriptor(value, name);
}

/** A list that may be empty or null, but not left out. */
function requireDescriptors(fields: JsonObject, name: string): readonly Descriptor[] {
  if (!Object.hasOwn(fields, name)) throw invalidManifest(`${name} is missing`);
  return parseDescriptors(fields, name);
}

function parseDescriptors(fields: JsonObject, name: string): readonly Descriptor[] {
  const value = optional(fields, name) ?? [];
  if (!Array.isArray(value)) throw invalidManifest(`${name} is not a list`);
  if (value.length > DESCRIPTORS_LIMIT) {
    throw invalidManifest(`${name} has more than ${DESCRIPTORS_LIMIT} entries`);
  }
  return value.map((item, index) => parseDescriptor(item, `${name}[${index}]`));
}
