import { excerpt } from "../lib/excerpt.ts";
import { OciError } from "./error.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** A refusal of a manifest that says what is wrong with it. */
export function invalidManifest(fault: string, options?: ErrorOptions): OciError {
  return new OciError("MANIFEST_INVALID", null, {
    ...options,
    message: `manifest invalid: ${fault}`,
  });
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Proves that `value` is an object that writes none of `names` in other case. Readers in Go take
 * `"Layers"` for `"layers"`, so such a manifest would mean one thing here and another on the machine
 * that runs the image.
 */
export function requireObject(
  value: unknown,
  path: string,
  names: ReadonlyMap<string, string>,
): JsonObject {
  if (!isJsonObject(value)) throw invalidManifest(`${path} is not an object`);
  for (const key of Object.keys(value)) {
    const name = names.get(foldCase(key));
    if (name !== undefined && name !== key) {
      throw invalidManifest(`${path} has a field "${excerpt(key)}", which is written "${name}"`);
    }
  }
  return value;
}

/** The known field names of an object, by their folded form. */
export function foldNames(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [foldCase(name), name]));
}

/** A field's value. Encoders in Go write null for what is empty, so null counts as absent. */
export function optional(fields: JsonObject, name: string): unknown {
  return fields[name] ?? undefined;
}

export function optionalText(fields: JsonObject, name: string, path: string): string | undefined {
  const value = optional(fields, name);
  if (value === undefined || typeof value === "string") return value;
  throw invalidManifest(`${path}.${name} is not text`);
}

export function optionalTextList(
  fields: JsonObject,
  name: string,
  path: string,
): readonly string[] | undefined {
  const value = optional(fields, name);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw invalidManifest(`${path}.${name} is not a list of texts`);
}

/** Annotations map text to text (image-spec, annotations.md). */
export function optionalTextMap(
  fields: JsonObject,
  name: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
  const value = optional(fields, name);
  if (value === undefined || isTextMap(value)) return value;
  throw invalidManifest(`${path}.${name} does not map text to text`);
}

function isTextMap(value: unknown): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((item) => typeof item === "string");
}

// Go folds by Unicode's simple rules, under which U+017F is an s too and U+212A a k.
function foldCase(key: string): string {
  return key.toUpperCase().toLowerCase();
}
