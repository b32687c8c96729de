/** What of a blob to send, as `end` inclusive. */
export type ByteRange =
  | { readonly kind: "full" }
  | { readonly kind: "part"; readonly start: number; readonly end: number }
  | { readonly kind: "unsatisfiable" };

const FULL: ByteRange = { kind: "full" };
const UNSATISFIABLE: ByteRange = { kind: "unsatisfiable" };
const SINGLE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * Reads a `Range` field (RFC 9110, 14.2). Three choices are ours: several ranges and malformed fields
 * get the whole content, which a server may always send; `500-0` is unsatisfiable, as the OCI
 * conformance suite asks; and of an empty blob every valid range is the whole of it, because clients
 * that resume ask for `0-` without knowing the size.
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined) return FULL;
  const match = SINGLE_RANGE.exec(header);
  if (match === null) return FULL;
  const [, first = "", last = ""] = match;
  if (first === "") return last === "" ? FULL : suffix(Number(last), size);

  const start = Number(first);
  const end = last === "" ? Number.POSITIVE_INFINITY : Number(last);
  if (end < start) return UNSATISFIABLE;
  if (size === 0) return FULL;
  return start >= size ? UNSATISFIABLE : { kind: "part", start, end: Math.min(end, size - 1) };
}

function suffix(length: number, size: number): ByteRange {
  if (length === 0) return UNSATISFIABLE;
  if (size === 0) return FULL;
  return { kind: "part", start: Math.max(0, size - length), end: size - 1 };
}
