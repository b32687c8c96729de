const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** For people: three digits at most and the unit ("1.4 GiB", "312 KiB"). */
export function formatBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}

const SIZE = /^(\d+(?:\.\d+)?)\s*([KMGTP]?)(?:i?B)?$/i;

/** Reads `64MiB`, `10G` or `4096` as bytes, with 1024 to the step; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const match = SIZE.exec(text.trim());
  if (match === null) return undefined;
  const step = "KMGTP".indexOf((match[2] ?? "").toUpperCase()) + 1;
  return Math.round(Number(match[1]) * 1024 ** (match[2] === "" ? 0 : step));
}
