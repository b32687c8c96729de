import { CONFIG_KEYS } from "./keys.ts";
import type { LoadedConfig, Source } from "./load.ts";

export interface PrintedSetting {
  readonly name: string;
  /** In the form the program works with; a secret is never more than "set". */
  readonly value: unknown;
  readonly variable: string;
  readonly source: Source;
  readonly description: string;
}

/** Every setting with its value and where that came from, fit for a log or a bug report. */
export function printConfig(
  loaded: Pick<LoadedConfig, "config" | "sources">,
): readonly PrintedSetting[] {
  return CONFIG_KEYS.map((key) => {
    const value = key.path.reduce<unknown>(
      (tree, part) => (tree as Record<string, unknown> | undefined)?.[part],
      loaded.config,
    );
    const isEmpty = value === undefined || (Array.isArray(value) && value.length === 0);
    const shown = key.isSecret && !isEmpty ? "(set)" : (value ?? null);
    const { name, variable, description } = key;
    const source = loaded.sources.get(name) ?? "default";
    return { name, variable, value: shown, source, description };
  });
}
