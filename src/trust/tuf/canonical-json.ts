/**
 * The form that signatures are over (docker/go canonical JSON): keys in the order of their UTF-8 bytes, no spaces, whole
 * numbers, and only `"` and `\` escaped. Throws for a number with a fraction, which has no such form.
 */
export function printCanonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return printString(value);
  if (typeof value === "number") return printNumber(value);
  if (Array.isArray(value)) return `[${value.map(printCanonicalJson).join(",")}]`;
  if (typeof value !== "object") throw new Error(`${typeof value} has no canonical form`);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => compareBytes(one, other))
    .map(([key, member]) => `${printString(key)}:${printCanonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

function printString(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function printNumber(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  throw new Error(`${value} is no whole number that every reader reads alike`);
}

/** Only characters beyond the basic plane sort otherwise as UTF-16. */
function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
