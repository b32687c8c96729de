const BYTES_LIMIT = 4096;
const PREFIX = '299 - "';

/**
 * The value of a `Warning` header that clients show to their user (distribution-spec, "Warnings"): no agent, no date,
 * at most 4096 bytes, only characters that a header may hold.
 */
export function warningHeader(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]+/g, "?").replace(/["\\]/g, "'");
  return `${PREFIX}${printable.slice(0, BYTES_LIMIT - PREFIX.length - 1)}"`;
}
