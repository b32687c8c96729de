interface Difference {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

type Config = Readonly<Record<string, unknown>>;

/** What two configurations say otherwise: of lists such as the environment each entry, of maps each key. */
export function differencesOf(before: Config, after: Config): readonly Difference[] {
  const [old, next] = [flatten(before), flatten(after)];
  const keys = [...new Set([...old.keys(), ...next.keys()])].sort();
  return keys
    .filter((key) => old.get(key) !== next.get(key))
    .map((key) => ({ key, from: old.get(key) ?? "", to: next.get(key) ?? "" }));
}

function flatten(config: Config): ReadonlyMap<string, string> {
  return new Map(Object.entries(config).flatMap(([name, value]) => [...entriesOf(name, value)]));
}

function* entriesOf(name: string, value: unknown): Iterable<[string, string]> {
  if (name === "Env" && Array.isArray(value)) {
    for (const entry of value) {
      const [key = "", ...rest] = print(entry).split("=");
      yield [`Env ${key}`, rest.join("=")];
    }
    return;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) yield [`${name} ${key}`, print(inner)];
    return;
  }
  yield [name, print(value)];
}

function print(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
