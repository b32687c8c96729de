import { OciError } from "./error.ts";

/** Where a chunk belongs in its blob; positions are inclusive. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
}

const CONTENT_RANGE = /^(?:bytes[ =])?(\d{1,16})-(\d{1,16})(?:\/(?:\*|\d{1,16}))?$/;

/**
 * Reads the `Content-Range` of a chunk: `0-1023` as distribution-spec has it, or `bytes 0-1023/*` as HTTP has it.
 * Throws RANGE_INVALID.
 */
export function parseContentRange(header: string): ContentRange {
  const match = CONTENT_RANGE.exec(header.trim());
  const start = Number(match?.[1]);
  const end = Number(match?.[2]);
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start <= end)
    return { start, end };
  throw new OciError(
    "RANGE_INVALID",
    { contentRange: header.slice(0, 100) },
    { message: "Content-Range must be <first byte>-<last byte>, such as 0-1023" },
  );
}
