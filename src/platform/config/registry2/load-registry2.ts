import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { isMissing } from "../../../lib/file-error.ts";
import { ConfigError } from "../config-error.ts";
import { applyEnvironment } from "./environment.ts";
import { toSettings } from "./to-settings.ts";

type Tree = { [key: string]: unknown };

/** Where the images registry:2 and registry:3 keep their configuration. */
const IMAGE_FILES = ["/etc/docker/registry/config.yml", "/etc/distribution/config.yml"];

/** What those files say, for when only variables are given. */
const IMAGE_DEFAULTS = `
version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`;

export interface Registry2Settings {
  /** Berth's settings, to stand below `BERTH_*` and flags. */
  readonly base: Tree;
  readonly warnings: readonly string[];
}

/**
 * Reads a configuration of registry:2: its file, and `REGISTRY_*` variables over it. Undefined when neither is given: then
 * Berth runs with its own defaults. Throws {@link ConfigError} for what cannot be honoured and must not be ignored.
 */
export function loadRegistry2(from: {
  file: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
}): Registry2Settings | undefined {
  const hasVariables = Object.keys(from.environment).some((name) => name.startsWith("REGISTRY_"));
  if (from.file === undefined && !hasVariables) return undefined;
  const tree = readTree(from.file);
  const warnings = applyEnvironment(tree, from.environment);
  const settings = toSettings(tree);
  return { base: settings.base, warnings: [...warnings, ...settings.warnings] };
}

function readTree(file: string | undefined): Tree {
  const files = file === undefined ? IMAGE_FILES : [file];
  const found = files.map(readIfThere).find((text) => text !== undefined);
  if (found === undefined && file !== undefined) {
    throw new ConfigError(`could not read the registry configuration ${file}`);
  }
  try {
    const tree: unknown = parse(found ?? IMAGE_DEFAULTS);
    if (typeof tree === "object" && tree !== null && "version" in tree) return tree as Tree;
  } catch (cause) {
    throw new ConfigError(`${file ?? "the registry configuration"} is not YAML`, { cause });
  }
  throw new ConfigError(
    `${file ?? "the registry configuration"} has no version: it should say 0.1`,
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new ConfigError(`could not read the registry configuration ${path}`, { cause });
  }
}
