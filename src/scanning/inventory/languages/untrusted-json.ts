/** An object of JSON that nobody has vouched for. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** JSON.parse keeps no stack of its own for nested values and needs no limit of depth; those who walk the result do. */
export function parseJson(content: Buffer): JsonObject {
  const text = content.toString("utf8").replace(/^\uFEFF/, "");
  return objectOf(JSON.parse(text));
}

/** Nothing at all where the value is no object. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The texts of a list, or the text itself. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return listOf(value).filter((entry) => typeof entry === "string");
}
