/** Half of each is round, too. */
const STEPS = [1, 2, 4, 6, 8, 10];

/** A round number that all values lie below: what the upper edge of a chart stands for. */
export function roundUp(most: number): number {
  if (most <= 0) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(most));
  const step = STEPS.find((one) => one * magnitude >= most) ?? 10;
  return step * magnitude;
}

/** Up to `most` places, the first and the last with them, evenly between. */
export function spread(length: number, most: number): readonly number[] {
  if (length <= most) return Array.from({ length }, (_, at) => at);
  const step = (length - 1) / (most - 1);
  return Array.from({ length: most }, (_, at) => Math.round(at * step));
}
