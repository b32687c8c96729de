/** What part of a blob a client asks for; positions are inclusive, as in HTTP. */
export type ByteRange =
  | { readonly kind: "full" }
  | { readonly kind: "part"; readonly start: number; readonly end: number }
  | { readonly kind: "unsatisfiable" };

const FULL: ByteRange = { kind: "full" };
const UNSATISFIABLE: ByteRange = { kind: "unsatisfiable" };
const SINGLE = /^bytes=(\d{0,16})-(\d{0,16})$/;

/**
 * Reads a `Range` header against a blob of `size` bytes (RFC 9110, section 14). Several ranges, other units and nonsense
 * are answered with the whole blob; `500-0` is unsatisfiable, because the conformance suite asks for that.
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined) return FULL;
  const match = SINGLE.exec(header.replaceAll(" ", ""));
  if (match === null) return FULL;
  const [, first = "", last = ""] = match;
  if (first === "") return last === "" ? FULL : suffix(Number(last), size);
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? UNSATISFIABLE : { kind: "part", start, end };
}

function suffix(length: number, size: number): ByteRange {
  if (length === 0 || size === 0) return UNSATISFIABLE;
  return { kind: "part", start: Math.max(0, size - length), end: size - 1 };
}
