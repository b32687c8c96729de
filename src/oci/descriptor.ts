import { type Digest, isDigest } from "./digest.ts";
import { OciError } from "./error.ts";

/** A content descriptor (image-spec, descriptor.md), reduced to what a registry acts on. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Reads the descriptor at `path` of a manifest; throws MANIFEST_INVALID naming the path. */
export function parseDescriptor(value: unknown, path: string): Descriptor {
  if (!isRecord(value)) throw invalid(path, "is not a descriptor");
  const { mediaType, digest, size } = value;
  if (typeof digest !== "string" || !isDigest(digest)) {
    throw invalid(`${path}.digest`, "is not a sha256 or sha512 digest");
  }
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`${path}.size`, "is not a number of bytes");
  }
  if (mediaType !== undefined && typeof mediaType !== "string") {
    throw invalid(`${path}.mediaType`, "is not text");
  }
  return {
    mediaType: mediaType ?? "application/octet-stream",
    digest,
    size,
    ...parseOptional(value, path),
  };
}

function parseOptional(value: Record<string, unknown>, path: string): Partial<Descriptor> {
  const { urls, artifactType } = value;
  const isUrlList = Array.isArray(urls) && urls.every((url) => typeof url === "string");
  if (urls !== undefined && urls !== null && !isUrlList) {
    throw invalid(`${path}.urls`, "is not a list of addresses");
  }
  const annotations = parseAnnotations(value.annotations, `${path}.annotations`);
  return {
    ...(isUrlList ? { urls } : {}),
    ...(typeof artifactType === "string" ? { artifactType } : {}),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** Annotations map text to text (image-spec, annotations.md). */
export function parseAnnotations(
  value: unknown,
  path: string,
): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw invalid(path, "is not an object");
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") throw invalid(`${path}["${key.slice(0, 100)}"]`, "is not text");
  }
  return value as Record<string, string>;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(path: string, fault: string): OciError {
  return new OciError(
    "MANIFEST_INVALID",
    { path },
    { message: `manifest invalid: ${path} ${fault}` },
  );
}
