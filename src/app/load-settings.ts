import { CommandError } from "../cli/command.ts";
import {
  ConfigError,
  type LoadedConfig,
  loadConfig,
  loadRegistry2,
} from "../platform/config/index.ts";

export interface SettingOptions {
  readonly config?: string | undefined;
  readonly registryConfig?: string | undefined;
  readonly listen?: string | undefined;
  readonly data?: string | undefined;
  readonly url?: string | undefined;
}

/** The configuration of a command: files, environment and its flags. What is wrong with it ends the command. */
export function loadSettings(
  options: SettingOptions,
  environment: Readonly<Record<string, string | undefined>>,
): LoadedConfig & { readonly isRegistry2: boolean } {
  try {
    const registry2 = loadRegistry2({ file: options.registryConfig, environment });
    const loaded = loadConfig({
      ...(registry2 === undefined ? {} : { base: registry2.base }),
      file: options.config,
      environment,
      flags: { listen: options.listen, data: options.data, url: options.url },
    });
    return {
      ...loaded,
      warnings: [...(registry2?.warnings ?? []), ...loaded.warnings],
      isRegistry2: registry2 !== undefined,
    };
  } catch (cause) {
    if (cause instanceof ConfigError) throw new CommandError("usage", cause.message, { cause });
    throw cause;
  }
}
