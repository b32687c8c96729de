import type { Digest } from "./digest.ts";

/** The `ETag` of content that is named by its digest. */
export function entityTag(digest: Digest): string {
  return `"${digest}"`;
}

/**
 * Whether an `If-Match`, `If-None-Match` or `If-Range` value names `digest`: quoted, in a list, `*`, and
 * without quotes, as some clients send it. A weak tag counts everywhere, because content of one digest
 * cannot differ (RFC 9110, section 8.8.3.2, compares more strictly for content that can).
 */
export function matchesEntityTag(header: string, digest: Digest): boolean {
  return header.split(",").some((item) => {
    const tag = item.trim().replace(/^W\//, "");
    return tag === "*" || tag === digest || tag === entityTag(digest);
  });
}
