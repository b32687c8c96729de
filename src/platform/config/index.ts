export { ConfigError } from "./config-error.ts";
export { describeConfig } from "./docs.ts";
export { type LoadedConfig, loadConfig } from "./load.ts";
export { printConfig } from "./print.ts";
export { loadRegistry2 } from "./registry2/load-registry2.ts";
export type { Config } from "./schema.ts";
