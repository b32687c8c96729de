import { compareSemver } from "./semver.ts";

/** NuGet's order: up to four numbers, and pre-releases by semver.org's rules in any case. */
export function compareNuget(a: string, b: string): number {
  return compareSemver(a.toLowerCase(), b.toLowerCase());
}
