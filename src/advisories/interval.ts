/**
 * A set of versions that follow each other, written as people write it: "[1.0,2.0)" begins with 1.0 and ends before 2.0, "(,2.0]" ends with
 * 2.0, "[1.0,)" has no end, "=1.5" is one version. An index holds hundreds of thousands of them.
 */
export interface Interval {
  readonly from?: { readonly version: string; readonly isIncluded: boolean };
  readonly to?: { readonly version: string; readonly isIncluded: boolean };
}

export const EVERYTHING = "(,)";

type CompareVersions = (a: string, b: string) => number;

/** The versions before the one with the fix. */
export function before(fixed: string, introduced = ""): string {
  return introduced === "" || introduced === "0" ? `(,${fixed})` : `[${introduced},${fixed})`;
}

/** Undefined for what is none. */
export function parseInterval(text: string): Interval | undefined {
  if (text.startsWith("=")) {
    const only = { version: text.slice(1), isIncluded: true };
    return { from: only, to: only };
  }
  const comma = text.indexOf(",");
  if (comma < 1 || !/^[[(]/.test(text) || !/[\])]$/.test(text)) return undefined;
  const [start, end] = [text.slice(1, comma), text.slice(comma + 1, -1)];
  return {
    ...(start === "" ? {} : { from: { version: start, isIncluded: text.startsWith("[") } }),
    ...(end === "" ? {} : { to: { version: end, isIncluded: text.endsWith("]") } }),
  };
}

export function holds({ from, to }: Interval, version: string, compare: CompareVersions): boolean {
  if (from !== undefined) {
    const order = compare(version, from.version);
    if (order < 0 || (order === 0 && !from.isIncluded)) return false;
  }
  if (to === undefined) return true;
  const order = compare(version, to.version);
  return order < 0 || (order === 0 && to.isIncluded);
}
