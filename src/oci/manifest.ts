import { type Descriptor, isRecord, parseAnnotations, parseDescriptor } from "./descriptor.ts";
import { OciError } from "./error.ts";
import { findJsonTrap } from "./json-guard.ts";
import {
  isImageMediaType,
  isIndexMediaType,
  isSchema1,
  OCI_IMAGE,
  OCI_INDEX,
  parseMediaType,
} from "./media-type.ts";

/** The specification asks registries to take at least this; larger ones no client would read. */
export const MANIFEST_BYTES_LIMIT = 4 * 1024 * 1024;
/** More layers or children than any real image has; a limit on what one push can make the database do. */
const DESCRIPTORS_LIMIT = 10_000;

/** What a registry needs to know of a manifest. The bytes themselves are stored and served unchanged. */
export interface Manifest {
  readonly mediaType: string;
  readonly kind: "image" | "index";
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly children: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Reads the bytes of a pushed manifest; throws MANIFEST_INVALID with what is wrong, or MANIFEST_TOO_LARGE. */
export function parseManifest(pushed: {
  bytes: Uint8Array;
  contentType: string | undefined;
}): Manifest {
  if (pushed.bytes.length > MANIFEST_BYTES_LIMIT) {
    throw new OciError("MANIFEST_TOO_LARGE", { limit: MANIFEST_BYTES_LIMIT });
  }
  const document = parseDocument(pushed.bytes);
  const mediaType = decideMediaType(document, parseMediaType(pushed.contentType));
  const layers = parseList(document, "layers", "blobs");
  const children = parseList(document, "manifests");
  const isIndex = isIndexMediaType(mediaType);
  assertNotBoth(document, isIndex);
  const { artifactType } = document;
  if (artifactType !== undefined && typeof artifactType !== "string") {
    throw invalid("artifactType is not text");
  }
  return {
    mediaType,
    kind: isIndex ? "index" : "image",
    layers,
    children,
    ...(artifactType === undefined || artifactType === "" ? {} : { artifactType }),
    ...parseSingle(document, "config"),
    ...parseSingle(document, "subject"),
    ...optional("annotations", parseAnnotations(document.annotations, "annotations")),
  };
}

function parseDocument(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalid("it is not UTF-8", { cause });
  }
  const trap = findJsonTrap(text);
  if (trap !== undefined) throw invalid(trap);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalid("it is not JSON", { cause });
  }
  if (!isRecord(document)) throw invalid("it is not a JSON object");
  if (document.schemaVersion === 1) throw schema1();
  if ("schemaVersion" in document && document.schemaVersion !== 2) {
    throw invalid("schemaVersion must be 2");
  }
  return document;
}

/** The header and the document must agree: two readers must never take one manifest for two things. */
function decideMediaType(document: Record<string, unknown>, header: string | undefined): string {
  const { mediaType: own } = document;
  if (own !== undefined && typeof own !== "string") throw invalid("mediaType is not text");
  if (own !== undefined && header !== undefined && header !== own) {
    throw invalid(
      `its mediaType is ${own.slice(0, 200)}, but it was sent as ${header.slice(0, 200)}`,
    );
  }
  const mediaType = own ?? header ?? guessMediaType(document);
  if (isSchema1(mediaType)) throw schema1();
  if (isImageMediaType(mediaType) || isIndexMediaType(mediaType)) return mediaType;
  throw invalid(`${mediaType.slice(0, 200)} is not a manifest media type`);
}

function guessMediaType(document: Record<string, unknown>): string {
  if (Array.isArray(document.manifests)) return OCI_INDEX;
  if (isRecord(document.config) || Array.isArray(document.layers)) return OCI_IMAGE;
  throw invalid("it has no media type: send a Content-Type");
}

function assertNotBoth(document: Record<string, unknown>, isIndex: boolean): void {
  const foreign = isIndex ? ["config", "layers", "blobs"] : ["manifests"];
  const found = foreign.find((key) => document[key] !== undefined);
  if (found === undefined) return;
  throw invalid(`${isIndex ? "an index" : "an image manifest"} must not have "${found}"`);
}

function parseList(document: Record<string, unknown>, ...keys: string[]): readonly Descriptor[] {
  return keys.flatMap((key) => {
    const value = document[key];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw invalid(`${key} is not a list`);
    if (value.length > DESCRIPTORS_LIMIT) {
      throw invalid(`${key} has more than ${DESCRIPTORS_LIMIT} entries`);
    }
    return value.map((entry, index) => parseDescriptor(entry, `${key}[${index}]`));
  });
}

function parseSingle<Key extends "config" | "subject">(
  document: Record<string, unknown>,
  key: Key,
): { [K in Key]?: Descriptor } {
  const value = document[key];
  if (value === undefined || value === null) return {};
  return optional(key, parseDescriptor(value, key));
}

function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}

function schema1(): OciError {
  return invalid("schema 1 not supported: push it again with a current client");
}

function invalid(fault: string, options?: ErrorOptions): OciError {
  return new OciError("MANIFEST_INVALID", null, {
    ...options,
    message: `manifest invalid: ${fault}`,
  });
}
