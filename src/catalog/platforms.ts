import { text } from "node:stream/consumers";
import { BoundedCache } from "../lib/bounded-cache.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { isDigest } from "../oci/digest.ts";
import type { BlobStore } from "../platform/blobs/index.ts";

/** What an image runs on; its configuration, or the index that lists it, says so. */
export interface ImagePlatform {
  readonly os: string;
  readonly osVersion: string | undefined;
  readonly architecture: string;
  readonly variant: string | undefined;
}

const UNKNOWN = "unknown";
const CONFIG_BYTES = 1024 * 1024;
/** A few megabytes of memory. */
const REMEMBERED = 20_000;

/** Reads what images run on from their configurations, and remembers it: what a digest names does not change. */
export class Platforms {
  readonly #blobs: Pick<BlobStore, "read" | "size">;
  readonly #remembered = new BoundedCache<ImagePlatform>(REMEMBERED);

  constructor(blobs: Pick<BlobStore, "read" | "size">) {
    this.#blobs = blobs;
  }

  async find(config: Descriptor | undefined): Promise<ImagePlatform> {
    if (config === undefined || !isDigest(config.digest) || config.size > CONFIG_BYTES) {
      return toPlatform({});
    }
    const remembered = this.#remembered.get(config.digest);
    if (remembered !== undefined) return remembered;
    const { version } = this.#remembered;
    // The size that counts is that of the bytes, not the one that the manifest claims.
    const size = await this.#blobs.size(config.digest);
    if (size === undefined || size > CONFIG_BYTES) return toPlatform({});
    const content = await this.#blobs.read(config.digest);
    if (content === undefined) return toPlatform({});
    const platform = parsePlatform(await text(content));
    this.#remembered.fill(config.digest, { value: platform, weight: 1, version });
    return platform;
  }
}

/** What an object of an image's configuration or of an index says; words that are no words are unknown. */
export function toPlatform(said: object): ImagePlatform {
  const { os, architecture, variant, "os.version": osVersion } = said as Record<string, unknown>;
  return {
    os: textOr(os, UNKNOWN) ?? UNKNOWN,
    architecture: textOr(architecture, UNKNOWN) ?? UNKNOWN,
    variant: textOr(variant, undefined),
    osVersion: textOr(osVersion, undefined),
  };
}

function parsePlatform(config: string): ImagePlatform {
  try {
    const parsed: unknown = JSON.parse(config);
    if (typeof parsed === "object" && parsed !== null) return toPlatform(parsed);
  } catch {
    // An artifact's configuration may be anything; then nobody knows what it runs on.
  }
  return toPlatform({});
}

function textOr(value: unknown, otherwise: string | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, 255) : otherwise;
}
