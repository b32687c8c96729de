const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/y;

/** Reads `90s`, `1h30m`, `7d` as milliseconds; undefined for anything else. The units of Go, and days. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === "0") return 0;
  let total = 0;
  PART.lastIndex = 0;
  for (let at = 0; at < trimmed.length; at = PART.lastIndex) {
    PART.lastIndex = at;
    const match = PART.exec(trimmed);
    if (match === null) return undefined;
    total += Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? 0);
  }
  return trimmed === "" ? undefined : total;
}
