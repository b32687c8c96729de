import { compare, valid } from "semver";
import { compareSemver } from "./semver.ts";

/** npm's order, by npm's own library; what is no version of npm's is ordered as semver.org orders. */
export function compareNpm(a: string, b: string): number {
  const [left, right] = [valid(a, true), valid(b, true)];
  return left === null || right === null ? compareSemver(a, b) : compare(left, right, true);
}
