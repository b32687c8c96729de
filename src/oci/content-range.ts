import { excerpt } from "../lib/excerpt.ts";
import { OciError } from "./error.ts";

/** The place of a chunk in its blob, `end` inclusive. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
}

// The specification writes `0-1023`; RFC 9110 clients write `bytes 0-1023/*` or a total.
const CONTENT_RANGE = /^(?:bytes[ \t=]+)?(\d+)-(\d+)(?:\/(\d+|\*))?$/i;

/**
 * Reads the `Content-Range` of an uploaded chunk. What is no range at all is BLOB_UPLOAD_INVALID, a
 * range that cannot exist is RANGE_INVALID.
 */
export function parseContentRange(header: string): ContentRange {
  const match = CONTENT_RANGE.exec(header.trim());
  if (match === null) {
    const shown = excerpt(header);
    throw new OciError(
      "BLOB_UPLOAD_INVALID",
      { contentRange: shown },
      { message: `cannot read Content-Range "${shown}": write it like 0-1023` },
    );
  }
  const start = Number(match[1]);
  const end = Number(match[2]);
  const total =
    match[3] === undefined || match[3] === "*" ? Number.POSITIVE_INFINITY : Number(match[3]);
  if (!Number.isSafeInteger(end) || end < start || end >= total) {
    const shown = excerpt(header);
    throw new OciError(
      "RANGE_INVALID",
      { contentRange: shown },
      {
        message: `Content-Range "${shown}" is no range of a blob: it must start before it ends and end before the total`,
      },
    );
  }
  return { start, end };
}
