import type { Category } from "../contract/discovery.ts";

/** What a repository is found by, beside its name and what is said of it. */
export interface Facets {
  readonly categories: readonly Category[];
  /** As platforms are written, without the system: `amd64`, `arm/v7`. */
  readonly architectures: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export const NO_FACETS: Facets = { categories: [], architectures: [], labels: {} };

const MOST_LABELS = 50;
const KEY_CHARACTERS = 128;
const VALUE_CHARACTERS = 256;

/** Such as `architecture:arm64` between line breaks, which no part of another line equals. */
export function facetLine(kind: "category" | "architecture" | "label", value: string): string {
  return `\n${kind}:${value.replace(/\s+/g, " ").toLowerCase()}\n`;
}

/** What a search looks through. */
export function toWords({ categories, architectures, labels }: Facets): string {
  return [
    ...categories.map((one) => facetLine("category", one)),
    ...architectures.map((one) => facetLine("architecture", one)),
    ...Object.entries(labels).map(([key, value]) => facetLine("label", `${key}=${value}`)),
  ].join("");
}

/** The first so many, each cut to what a search needs of it. */
export function cutLabels(labels: Readonly<Record<string, unknown>>): Record<string, string> {
  const kept = Object.entries(labels).flatMap(([key, value]) =>
    typeof value === "string" && key.length <= KEY_CHARACTERS
      ? [[key, value.slice(0, VALUE_CHARACTERS)] as const]
      : [],
  );
  return Object.fromEntries(kept.slice(0, MOST_LABELS));
}
