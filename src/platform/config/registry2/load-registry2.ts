import { readFileSync } from "node:fs";
import { isMissing } from "../../../lib/file-error.ts";
import { ConfigError } from "../config-error.ts";
import { checkKinds } from "./check-kinds.ts";
import { applyEnvironment, asParameters } from "./environment.ts";
import { parseGoYaml } from "./go-yaml.ts";
import { SETTING_ORIGINS, toSettings } from "./to-settings.ts";

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
  /** What each of these settings is called there, for messages. */
  readonly origins: ReadonlyMap<string, string>;
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
  const ignored = applyEnvironment(tree, from.environment);
  const unknown = checkKinds(tree).map((key) => `Ignoring unrecognized key ${key}`);
  const { base, warnings } = toSettings(tree);
  return { base, origins: SETTING_ORIGINS, warnings: [...ignored, ...unknown, ...warnings] };
}

function readTree(file: string | undefined): Tree {
  const files = file === undefined ? IMAGE_FILES : [file];
  const path = files.find((each) => readIfThere(each) !== undefined);
  if (path === undefined && file !== undefined) {
    throw new ConfigError(`could not read the registry configuration ${file}`);
  }
  const text = path === undefined ? IMAGE_DEFAULTS : (readIfThere(path) ?? "");
  return parseTree(text, path ?? "the registry configuration");
}

function parseTree(text: string, name: string): Tree {
  let tree: unknown;
  try {
    tree = parseGoYaml(text);
  } catch (cause) {
    throw new ConfigError(`${name} is not YAML`, { cause });
  }
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) {
    throw new ConfigError(`${name} must hold settings by name`);
  }
  const { version, storage, auth } = tree as Tree;
  if (String(version) !== "0.1") throw new ConfigError(`${name}: version: must be 0.1`);
  return { ...tree, storage: asParameters(storage), auth: asParameters(auth) };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new ConfigError(`could not read the registry configuration ${path}`, { cause });
  }
}
