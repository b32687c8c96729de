import { ConfigError } from "../config-error.ts";
import { DISTRIBUTION_FIELDS, type Field } from "./fields.ts";
import { parseGoText, parseGoYaml } from "./go-yaml.ts";

type Tree = { [key: string]: unknown };

const PREFIX = "REGISTRY_";

/**
 * Applies `REGISTRY_*` variables as distribution's parser does: sorted by name, tokens split at `_`, each token a field, a
 * map key or a list index, the value read as YAML. Answers the warnings.
 */
export function applyEnvironment(
  tree: Tree,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const warnings: string[] = [];
  for (const name of Object.keys(environment)
    .filter((each) => each.startsWith(PREFIX))
    .sort()) {
    const value = environment[name];
    if (value === undefined) continue;
    const tokens = name.slice(PREFIX.length).split("_");
    if (tokens[0] === "VERSION") continue;
    const isKnown = assign({ name, value }, { holder: tree, tokens, field: DISTRIBUTION_FIELDS });
    if (!isKnown) warnings.push(`Ignoring unrecognized environment variable ${name}`);
  }
  return warnings;
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

interface Place {
  /** What the tokens lead into. */
  readonly holder: Tree;
  readonly tokens: readonly string[];
  readonly field: Field;
}

/** False if the tokens lead to no field. */
function assign(variable: Variable, place: Place): boolean {
  const { field } = place;
  switch (field.kind) {
    case "struct":
      return assignField(variable, place, field);
    case "parameters":
    case "headers":
    case "any":
      assignKey(variable, place);
      return true;
    default:
      return false;
  }
}

function assignField(
  variable: Variable,
  place: Place,
  struct: Extract<Field, { kind: "struct" }>,
): boolean {
  const [token = "", ...rest] = place.tokens;
  const entry = Object.entries(struct.fields).find(
    ([key, field]) => (field.goName ?? key).toUpperCase() === token,
  );
  if (entry === undefined) return false;
  const [key, field] = entry;
  return assignTo(variable, { holder: place.holder, key, rest, field });
}

function assignTo(
  variable: Variable,
  target: { holder: Tree; key: string; rest: readonly string[]; field: Field },
): boolean {
  const { holder, key, rest, field } = target;
  if (rest.length === 0) {
    holder[key] = readValue(variable, field);
    return true;
  }
  if (field.kind === "list") {
    const items = Array.isArray(holder[key]) ? (holder[key] as unknown[]) : [];
    holder[key] = items;
    return assignItem(variable, { items, tokens: rest, field: field.of });
  }
  const child = isTree(holder[key]) ? (holder[key] as Tree) : {};
  const isKnown = assign(variable, { holder: child, tokens: rest, field });
  if (isKnown) holder[key] = child;
  return isKnown;
}

function assignItem(
  variable: Variable,
  place: { items: unknown[]; tokens: readonly string[]; field: Field },
): boolean {
  const { items, field } = place;
  const [token = "", ...rest] = place.tokens;
  if (!/^\d+$/.test(token)) throw new ConfigError(`${variable.name}: non-numeric index: ${token}`);
  const index = Number(token);
  if (index > items.length) throw new ConfigError(`${variable.name}: undefined index: ${index}`);
  const holder: Tree = { item: items[index] };
  const isKnown = assignTo(variable, { holder, key: "item", rest, field });
  if (isKnown) items[index] = holder.item;
  return isKnown;
}

/** Keys of maps are stored in lower case; one that is there already is found whatever its case. */
function assignKey(variable: Variable, place: Place): void {
  const { holder, tokens } = place;
  const [token = "", ...rest] = tokens;
  if (rest.length === 0) {
    holder[token.toLowerCase()] = readValue(variable, { kind: "any" });
    return;
  }
  const known = Object.keys(holder).find((key) => key.toLowerCase() === token.toLowerCase());
  const key = known ?? token.toLowerCase();
  const child = isTree(holder[key]) ? (holder[key] as Tree) : {};
  holder[key] = child;
  assignKey(variable, { holder: child, tokens: rest, field: { kind: "any" } });
}

function readValue(variable: Variable, field: Field): unknown {
  const { value, name } = variable;
  let read: unknown;
  try {
    read = field.kind === "text" ? parseGoText(value) : parseGoYaml(value);
  } catch (cause) {
    throw new ConfigError(`${name}: its value is not YAML; put quotes around it`, { cause });
  }
  if (read === undefined) throw new ConfigError(`${name}: must be a text`);
  return field.kind === "parameters" ? asParameters(read) : read;
}

/** A text given for a storage driver or an auth scheme stands for it without parameters. */
export function asParameters(value: unknown): unknown {
  return typeof value === "string" ? { [value]: {} } : (value ?? {});
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
