import { ConfigError } from "../config-error.ts";
import { DISTRIBUTION_FIELDS, type Field } from "./fields.ts";
import { parseGoDuration } from "./go-yaml.ts";

/**
 * Proves that each value is of the kind its field takes, as distribution's parser does: what is read wrongly must not count as
 * not given, or a slip in `auth` would open the registry. Answers the keys that are no fields; throws {@link ConfigError}.
 */
export function checkKinds(tree: unknown): readonly string[] {
  const found: Found = { unknown: [], faults: [] };
  visit(tree, { field: DISTRIBUTION_FIELDS, path: [], tokens: [] }, found);
  if (found.faults.length > 0) throw new ConfigError(found.faults.join("\n"));
  return found.unknown;
}

interface Found {
  readonly unknown: string[];
  readonly faults: string[];
}

interface Place {
  readonly field: Field;
  readonly path: readonly string[];
  /** What the variable's name consists of. */
  readonly tokens: readonly string[];
}

const ALLOWED: Readonly<Record<Field["kind"], string>> = {
  text: "a text",
  flag: "true or false",
  number: "a whole number",
  duration: "a duration such as 10s or 1h30m, or a number of nanoseconds",
  list: "a list",
  parameters: "one name, or a name with its parameters below it",
  headers: "names of headers with a list of values each",
  struct: "settings by name",
  any: "anything",
};

/** What is empty counts as not given. */
function visit(value: unknown, place: Place, found: Found): void {
  if (value === null || value === undefined) return;
  const { field } = place;
  if (!isOfKind(value, field))
    found.faults.push(`${nameOf(place)}: must be ${ALLOWED[field.kind]}`);
  else if (field.kind === "struct") visitFields(value as object, { ...place, field }, found);
  else if (field.kind === "list") {
    for (const [index, item] of (value as unknown[]).entries()) {
      visit(item, childOf(place, { field: field.of, key: String(index) }), found);
    }
  }
}

function visitFields(
  value: object,
  place: Place & { field: Extract<Field, { kind: "struct" }> },
  found: Found,
): void {
  for (const [key, item] of Object.entries(value)) {
    const field = Object.entries(place.field.fields).find(([name]) => name === key)?.[1];
    if (field === undefined) found.unknown.push([...place.path, key].join("."));
    else visit(item, childOf(place, { field, key, token: field.goName ?? key }), found);
  }
}

function childOf(place: Place, child: { field: Field; key: string; token?: string }): Place {
  const { field, key, token = key } = child;
  return { field, path: [...place.path, key], tokens: [...place.tokens, token] };
}

function isOfKind(value: unknown, field: Field): boolean {
  switch (field.kind) {
    case "text":
      return ["string", "number", "boolean"].includes(typeof value);
    case "flag":
      return typeof value === "boolean";
    case "number":
      return Number.isInteger(value);
    case "duration":
      return parseGoDuration(value) !== undefined;
    case "list":
      return Array.isArray(value);
    case "parameters":
      return isMap(value) && Object.values(value).every((item) => item === null || isMap(item));
    case "headers":
      return isMap(value) && Object.values(value).every((item) => isTexts(item));
    case "struct":
      return isMap(value);
    case "any":
      return true;
  }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item !== "object");
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As the file has it, and as a variable would be called. */
function nameOf(place: Place): string {
  if (place.path.length === 0) return "the registry configuration";
  return `${place.path.join(".")} (REGISTRY_${place.tokens.join("_").toUpperCase()})`;
}
