import type { BuildRuleText } from "./build-rule.ts";

type Likeness = (rule: BuildRuleText) => readonly unknown[];

/** From the surest to what is still the same rule, written anew. */
const LIKENESSES: readonly Likeness[] = [
  (rule) => Object.entries(rule).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ({ sourceType, source, dockerTag }) => [sourceType, source, dockerTag],
  ({ sourceType, source, context, dockerfile }) => [sourceType, source, context, dockerfile],
];

/** Where each of the rules from before is now; undefined for those that are gone. */
export function matchRules(
  before: readonly BuildRuleText[],
  after: readonly BuildRuleText[],
): readonly (number | undefined)[] {
  const places = before.map((): number | undefined => undefined);
  const taken = new Set<number>();
  for (const likeness of LIKENESSES) {
    const words = after.map((rule) => JSON.stringify(likeness(rule)));
    for (const [index, rule] of before.entries()) {
      if (places[index] !== undefined) continue;
      const word = JSON.stringify(likeness(rule));
      const place = words.findIndex((one, at) => one === word && !taken.has(at));
      if (place < 0) continue;
      places[index] = place;
      taken.add(place);
    }
  }
  return places;
}
