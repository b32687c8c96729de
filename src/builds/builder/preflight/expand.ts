/** `$NAME`, `${NAME}`, `${NAME:-else}` and `${NAME:+then}`, as Dockerfiles have them. */
const VARIABLE = /\\\$|\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^{}$]*))?\})/g;

/** What is not set is empty. */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(VARIABLE, (whole, ...found: (string | undefined)[]) => {
    const [plain, braced, kind = "", word = ""] = found;
    return whole === "\\$" ? "$" : choose(values.get(plain ?? braced ?? ""), kind, word);
  });
}

function choose(value: string | undefined, kind: string, word: string): string {
  const isSet = value !== undefined && (value !== "" || !kind.startsWith(":"));
  if (kind.endsWith("+")) return isSet ? word : "";
  if (isSet) return value;
  return kind.endsWith("-") ? word : "";
}
