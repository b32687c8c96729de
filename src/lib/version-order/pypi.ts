import { compare, valid } from "@renovatebot/pep440";
import { compareSemver } from "./semver.ts";

/** Python's order (PEP 440); versions of before it come first, as pip had them. */
export function comparePypi(a: string, b: string): number {
  const [left, right] = [valid(a), valid(b)];
  if (left !== null && right !== null) return compare(left, right);
  return Number(left !== null) - Number(right !== null) || compareSemver(a, b);
}
