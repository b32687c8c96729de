/** A value that stands in a filter as nothing but itself (RFC 4515, section 3). */
export function escapeFilterValue(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : escapeByte(byte)))
    .join("");
}

/** Puts escaped values in the places of a filter that an operator wrote. */
export function fillFilter(filter: string, values: Readonly<Record<string, string>>): string {
  return filter.replaceAll(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    return value === undefined ? place : escapeFilterValue(value);
  });
}

/** The filter that holds for anybody who could be somebody by it. */
export function openFilter(filter: string): string {
  return filter.replaceAll("{user}", "*");
}

/** Octets as a filter matches them, such as those of an objectGUID. */
export function escapeBytes(bytes: Uint8Array): string {
  return [...bytes].map(escapeByte).join("");
}

function escapeByte(byte: number): string {
  return `\\${byte.toString(16).padStart(2, "0")}`;
}

/** Everything else than letters, digits and a few marks without a meaning is written by its octets. */
function isPlain(byte: number): boolean {
  return /[A-Za-z0-9,=._@+:/-]/.test(String.fromCharCode(byte)) && byte < 128;
}
