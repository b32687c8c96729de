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
