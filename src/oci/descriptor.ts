import { createHash } from "node:crypto";
import { excerpt } from "../lib/excerpt.ts";
import { omitUndefined } from "../lib/omit-undefined.ts";
import { type Digest, digestAlgorithm, digestHex, isDigest } from "./digest.ts";
import {
  foldNames,
  invalidManifest,
  type JsonObject,
  optional,
  optionalText,
  optionalTextList,
  optionalTextMap,
  requireObject,
} from "./json-field.ts";

/** How a manifest names content (image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly platform?: Platform;
  /** The content itself, in base64. */
  readonly data?: string;
}

/** What an image runs on (image-spec, image-index.md). */
interface Platform {
  readonly architecture?: string;
  readonly os?: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

/** Whether an index lists it as what BuildKit says of an image, for a platform that does not exist, and not as an image. */
export function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.["vnd.docker.reference.type"] !== undefined || platform?.os === "unknown";
}

const DESCRIPTOR_FIELDS = foldNames([
  "mediaType",
  "digest",
  "size",
  "urls",
  "annotations",
  "artifactType",
  "platform",
  "data",
]);
const PLATFORM_FIELDS = foldNames(["architecture", "os", "variant", "os.version", "os.features"]);
const MEDIA_TYPE_LIMIT = 255;

/** Proves that `value` is a descriptor; throws MANIFEST_INVALID with a sentence that names `path`. */
export function parseDescriptor(value: unknown, path: string): Descriptor {
  const fields = requireObject(value, path, DESCRIPTOR_FIELDS);
  const data = optionalText(fields, "data", path);
  const descriptor = {
    mediaType: parseMediaTypeField(fields, path),
    digest: requireDigest(fields, path),
    size: requireSize(fields, path),
    ...omitUndefined({
      urls: optionalTextList(fields, "urls", path),
      annotations: optionalTextMap(fields, "annotations", path),
      artifactType: optionalText(fields, "artifactType", path),
      platform: parsePlatform(optional(fields, "platform"), `${path}.platform`),
      data,
    }),
  };
  if (data !== undefined) checkData(data, descriptor, path);
  return descriptor;
}

// Neither its presence nor RFC 6838's grammar is insisted on: what other registries took must be taken here.
function parseMediaTypeField(fields: JsonObject, path: string): string {
  const mediaType = optionalText(fields, "mediaType", path) || "application/octet-stream";
  if (mediaType.length <= MEDIA_TYPE_LIMIT) return mediaType;
  throw invalidManifest(`${path}.mediaType is longer than ${MEDIA_TYPE_LIMIT} characters`);
}

function requireDigest(fields: JsonObject, path: string): Digest {
  const digest = optionalText(fields, "digest", path);
  if (digest === undefined) throw invalidManifest(`${path}.digest is missing`);
  if (isDigest(digest)) return digest;
  throw invalidManifest(`${path}.digest "${excerpt(digest)}" is not a sha256 or sha512 digest`);
}

function requireSize(fields: JsonObject, path: string): number {
  const size = fields.size;
  if (typeof size === "number" && Number.isSafeInteger(size) && size >= 0) return size;
  throw invalidManifest(`${path}.size is not a number of bytes`);
}

function parsePlatform(value: unknown, path: string): Platform | undefined {
  if (value === undefined) return undefined;
  const fields = requireObject(value, path, PLATFORM_FIELDS);
  return omitUndefined({
    architecture: optionalText(fields, "architecture", path),
    os: optionalText(fields, "os", path),
    variant: optionalText(fields, "variant", path),
    "os.version": optionalText(fields, "os.version", path),
    "os.features": optionalTextList(fields, "os.features", path),
  });
}

/** Embedded content is used in place of the blob, so it must be the blob. */
function checkData(
  data: string,
  descriptor: { readonly digest: Digest; readonly size: number },
  path: string,
): void {
  const content = Buffer.from(data, "base64");
  if (content.toString("base64") !== data) throw invalidManifest(`${path}.data is not base64`);
  if (content.length !== descriptor.size) {
    throw invalidManifest(
      `${path}.data has ${content.length} bytes, but size is ${descriptor.size}`,
    );
  }
  const hash = createHash(digestAlgorithm(descriptor.digest)).update(content).digest("hex");
  if (hash !== digestHex(descriptor.digest)) {
    throw invalidManifest(`${path}.data does not match its digest`);
  }
}
