import type { ControlParagraph } from "./control-file.ts";
import type { DeclaredDependency } from "./model.ts";

const FIELDS: readonly (readonly [string, DeclaredDependency["kind"]])[] = [
  ["pre-depends", "requires"],
  ["depends", "requires"],
  ["recommends", "optional"],
  ["conflicts", "conflicts"],
  ["breaks", "breaks"],
  ["provides", "provides"],
];

/** Fields of dpkg's database that name other packages. */
export const DEPENDENCY_FIELDS: readonly string[] = FIELDS.map(([field]) => field);

/** `libc6 (>= 2.36)`; `:any` and the like say for which architecture. */
const RELATION = /^([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(([^)]*)\))?/i;

export function dependenciesOf(paragraph: ControlParagraph): DeclaredDependency[] {
  return FIELDS.flatMap(([field, kind]) =>
    (paragraph.get(field) ?? "").split(",").flatMap((text) => parseRelation(text, kind) ?? []),
  );
}

function parseRelation(
  text: string,
  kind: DeclaredDependency["kind"],
): DeclaredDependency | undefined {
  const [first, ...others] = text.split("|").flatMap((one) => parseName(one.trim()) ?? []);
  if (first === undefined) return undefined;
  return { kind, ...first, ...(others.length > 0 ? { alternatives: others } : {}) };
}

function parseName(text: string): { name: string; constraint?: string } | undefined {
  const [, name, constraint] = RELATION.exec(text) ?? [];
  if (name === undefined) return undefined;
  return constraint === undefined ? { name } : { name, constraint: constraint.trim() };
}
