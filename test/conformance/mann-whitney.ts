/** How likely it is that two samples of one distribution differ as much as these (two-sided Mann-Whitney U, with ties). */
export function mannWhitney(first: readonly number[], second: readonly number[]): number {
  const all = [...first.map((value) => ({ value, mine: true })), ...second.map(theirs)];
  all.sort((a, b) => a.value - b.value);
  let rankSum = 0;
  let ties = 0;
  for (let start = 0; start < all.length; ) {
    let end = start;
    while (end < all.length && all[end]?.value === all[start]?.value) end += 1;
    const rank = (start + end + 1) / 2;
    rankSum += rank * all.slice(start, end).filter(({ mine }) => mine).length;
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  const [n, m] = [first.length, second.length];
  const total = n + m;
  const mean = (n * (total + 1)) / 2;
  const deviation = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))));
  if (deviation === 0) return 1;
  return 2 * tail(Math.abs(rankSum - mean) / deviation);
}

function theirs(value: number) {
  return { value, mine: false };
}

/** Of the normal distribution (Abramowitz and Stegun 26.2.17). */
function tail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (series * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

export interface Comparison {
  /** Asks once; the times of two of these are compared. */
  readonly one: (round: number) => Promise<unknown>;
  readonly other: (round: number) => Promise<unknown>;
  readonly samples: number;
  /** Differences below this are nothing that a network would let through. */
  readonly toleranceMs: number;
}

const SIGNIFICANT = 0.01;

/**
 * What tells the two apart by time, in words; undefined when nothing does. They take turns, so that what else the machine
 * does falls on both, and only a difference that shows twice counts.
 */
export async function findTimingLeak(comparison: Comparison): Promise<string | undefined> {
  const first = await compare(comparison);
  if (first === undefined) return undefined;
  const second = await compare(comparison);
  if (second === undefined || second.sign !== first.sign) return undefined;
  return `differ by about ${second.medianMs.toFixed(2)} ms (p = ${second.p.toExponential(1)})`;
}

async function compare({ one, other, samples, toleranceMs }: Comparison) {
  const times = { one: [] as number[], other: [] as number[] };
  for (let round = 0; round < samples; round += 1) {
    const turns = [
      async () => times.one.push(await clocked(() => one(round))),
      async () => times.other.push(await clocked(() => other(round))),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  const medianMs = median(times.one) - median(times.other);
  if (Math.abs(medianMs) <= toleranceMs) return undefined;
  const sign = Math.sign(medianMs);
  // The question is whether they differ by more than the tolerance, so the slower ones are given it.
  const p = mannWhitney(
    times.one.map((ms) => ms - sign * toleranceMs),
    times.other,
  );
  return p < SIGNIFICANT ? { p, medianMs, sign } : undefined;
}

async function clocked(ask: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await ask();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
