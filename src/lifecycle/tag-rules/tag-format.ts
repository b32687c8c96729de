import { matchesText } from "../../access/index.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Patterns } from "./patterns.ts";

/** One line of a rule about names: a preset, `glob:release-*`, or `regex:v[0-9]+`. */
export type TagFormat =
  | { readonly kind: "semver" | "environment" | "architecture" }
  | { readonly kind: "glob" | "regex"; readonly pattern: string };

/** Semantic Versioning 2.0, with a `v` if somebody likes one. A tag cannot hold the `+` of build metadata. */
const SEMVER =
  /^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?$/;
export const ENVIRONMENTS = ["-dev", "-staging", "-prod"] as const;
export const ARCHITECTURES = ["-amd64", "-arm64"] as const;

const WORDS = new Set(["semver", "environment", "architecture"] as const);
/** What globs of tags are made of. */
const GLOB = /^[A-Za-z0-9_.*-]{1,128}$/;

/** Undefined for what is no format. The pattern of a regular expression is proven elsewhere. */
export function parseTagFormat(text: string): TagFormat | undefined {
  for (const kind of WORDS) if (text === kind) return { kind };
  const colon = text.indexOf(":");
  const [kind, pattern] = [text.slice(0, colon), text.slice(colon + 1)];
  if (kind === "glob" && GLOB.test(pattern)) return { kind, pattern };
  return kind === "regex" ? { kind, pattern } : undefined;
}

export function fitsFormat(format: TagFormat, tag: Tag, patterns: Patterns): boolean {
  switch (format.kind) {
    case "semver":
      return SEMVER.test(tag);
    case "environment":
      return hasEnding(tag, ENVIRONMENTS);
    case "architecture":
      return hasEnding(tag, ARCHITECTURES);
    case "glob":
      return matchesText(format.pattern, tag);
    case "regex":
      return patterns.open(format.pattern).matches(tag);
  }
}

function hasEnding(tag: Tag, endings: readonly string[]): boolean {
  return endings.some((ending) => tag.endsWith(ending) && tag.length > ending.length);
}

/** What the format wants, behind "wants". */
export function describeFormat(format: TagFormat): string {
  switch (format.kind) {
    case "semver":
      return "MAJOR.MINOR.PATCH";
    case "environment":
      return `a name that ends in ${listed(ENVIRONMENTS)}`;
    case "architecture":
      return `a name that ends in ${listed(ARCHITECTURES)}`;
    case "glob":
      return `names like ${format.pattern}`;
    case "regex":
      return "names that this regular expression describes as a whole";
  }
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
