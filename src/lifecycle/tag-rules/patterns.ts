import { BoundedCache } from "../../lib/bounded-cache.ts";
import { compilePattern, type LinearPattern } from "../../lib/linear-pattern.ts";

const CACHED_PATTERNS = 1024;

/** Regular expressions of rules, kept by their text once they are compiled. */
export interface Patterns {
  /** Throws PatternError. */
  open(source: string): LinearPattern;
}

export function createPatterns(): Patterns {
  const compiled = new BoundedCache<LinearPattern>(CACHED_PATTERNS);
  return {
    open(source) {
      const known = compiled.get(source);
      if (known !== undefined) return known;
      const { version } = compiled;
      const value = compilePattern(source);
      compiled.fill(source, { value, weight: 1, version });
      return value;
    },
  };
}
