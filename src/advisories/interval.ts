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

export function formatInterval({ from, to }: Interval): string {
  if (from?.version === to?.version && from?.isIncluded && to?.isIncluded)
    return `=${from.version}`;
  const start = from === undefined ? "(" : `${from.isIncluded ? "[" : "("}${from.version}`;
  const end = to === undefined ? ")" : `${to.version}${to.isIncluded ? "]" : ")"}`;
  return `${start},${end}`;
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

/** What none of the intervals holds: some feeds list what is patched. */
export function complement(intervals: readonly Interval[], compare: CompareVersions): Interval[] {
  const sorted = [...intervals].sort((a, b) => compareStarts(a, b, compare));
  const gaps: Interval[] = [];
  // Where what is not covered yet begins; {} before the first version.
  let rest: Interval = {};
  for (const { from, to } of sorted) {
    const gap = from === undefined ? undefined : { ...rest, to: flip(from) };
    if (gap !== undefined && !isEmpty(gap, compare)) gaps.push(gap);
    if (to === undefined) return gaps;
    const next = flip(to);
    if (rest.from === undefined || compare(next.version, rest.from.version) > 0)
      rest = { from: next };
  }
  return [...gaps, rest];
}

type Bound = NonNullable<Interval["from"]>;

/** The bound on the other side of the same cut. */
function flip({ version, isIncluded }: Bound): Bound {
  return { version, isIncluded: !isIncluded };
}

function compareStarts(a: Interval, b: Interval, compare: CompareVersions): number {
  if (a.from === undefined || b.from === undefined)
    return Number(a.from !== undefined) - Number(b.from !== undefined);
  return compare(a.from.version, b.from.version);
}

function isEmpty({ from, to }: Interval, compare: CompareVersions): boolean {
  if (from === undefined || to === undefined) return false;
  const order = compare(from.version, to.version);
  return order > 0 || (order === 0 && !(from.isIncluded && to.isIncluded));
}
