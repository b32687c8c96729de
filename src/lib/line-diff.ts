const MOST = 4000;

/** The lines of both, each with what became of it: `+`, `-` or a blank before it. What is very long is told as a whole. */
export function diffLines(before: readonly string[], after: readonly string[]): string[] {
  if (before.length * after.length > MOST * MOST)
    return [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)];
  const lengths = commonLengths(before, after);
  const lines: string[] = [];
  let [one, other] = [0, 0];
  while (one < before.length && other < after.length) {
    if (before[one] === after[other]) {
      lines.push(` ${before[one]}`);
      one += 1;
      other += 1;
    } else if ((lengths[one + 1]?.[other] ?? 0) >= (lengths[one]?.[other + 1] ?? 0)) {
      lines.push(`-${before[one]}`);
      one += 1;
    } else {
      lines.push(`+${after[other]}`);
      other += 1;
    }
  }
  const dropped = before.slice(one).map((line) => `-${line}`);
  return [...lines, ...dropped, ...after.slice(other).map((line) => `+${line}`)];
}

/** How many lines the rests from each pair of places have in common, in order. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint16Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let one = before.length - 1; one >= 0; one -= 1) {
    const [row, below] = [rows[one], rows[one + 1]];
    if (row === undefined || below === undefined) continue;
    for (let other = after.length - 1; other >= 0; other -= 1) {
      const isSame = before[one] === after[other];
      row[other] = isSame
        ? (below[other + 1] ?? 0) + 1
        : Math.max(below[other] ?? 0, row[other + 1] ?? 0);
    }
  }
  return rows;
}
