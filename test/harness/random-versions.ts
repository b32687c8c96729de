import type { Randomness } from "./randomness.ts";

/** Pairs of versions made of pieces, half of them alike but for one piece: unlike ones are easy to compare. */
export function randomVersionPairs(
  count: number,
  random: Randomness,
  makeVersion: (random: Randomness) => string,
): readonly (readonly [string, string])[] {
  return Array.from({ length: count }, () => {
    const a = makeVersion(random);
    return [a, random.below(2) === 0 ? makeVersion(random) : vary(a, random)] as const;
  });
}

type Pieces = readonly [string, ...string[]];

/** Pieces in a row, as many as it says. */
export function joinPieces(random: Randomness, pieces: Pieces, most: number): string {
  return Array.from({ length: 1 + random.below(most) }, () => random.pick(pieces)).join("");
}

/** Another digit in place of one, or one more; separators stay as they are. */
function vary(version: string, random: Randomness): string {
  const at = random.below(version.length);
  if (!/\d/.test(version[at] ?? "")) return `${version}${random.below(10)}`;
  return `${version.slice(0, at)}${random.below(10)}${version.slice(at + random.below(2))}`;
}

/** What is ordered otherwise than the tool says, which says -1, 0 or 1 of each pair. */
export function listWrongPairs(
  pairs: readonly (readonly [string, string])[],
  said: readonly string[],
  compare: (a: string, b: string) => number,
): string[] {
  if (said.length !== pairs.length)
    throw new Error(`${said.length} answers for ${pairs.length} pairs`);
  return pairs.flatMap(([a, b], at) => {
    const order = Math.sign(compare(a, b));
    return order === Number(said[at]) ? [] : [`${a} ${b}: ${order}, and not ${said[at]}`];
  });
}
