const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};
/** A thousand years: a longer age is a slip of the finger. */
const LONGEST_MS = 1000 * 365 * 86_400_000;

/** Milliseconds of `30d`, `12h`, `6w`, `1y`, or of Go's `1h30m`; undefined for what is no age. */
export function parseAge(text: string): number | undefined {
  if (!/^(?:\d{1,9}[smhdwy])+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, digits = "", unit = ""] of text.matchAll(/(\d+)([smhdwy])/g))
    sum += Number(digits) * (UNITS[unit] ?? 0);
  return sum > 0 && sum <= LONGEST_MS ? sum : undefined;
}
