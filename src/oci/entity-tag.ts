import type { Digest } from "./digest.ts";

/** The `ETag` of content that is named by its digest. */
export function entityTag(digest: Digest): string {
  return `"${digest}"`;
}

/**
 * Whether an `If-Match` or `If-None-Match` value names `digest`: quoted, weak, in a list, `*`, and without quotes, as
 * some clients send it.
 */
export function matchesEntityTag(header: string, digest: Digest): boolean {
  return header.split(",").some((part) => {
    const tag = part.trim().replace(/^W\//, "").replaceAll('"', "");
    return tag === "*" || tag === digest;
  });
}
